/* Prediction of one utterance by the network, where the program knows its ends.
 *
 *     static struct ae_net net;
 *     static struct ae_net_utterance utterance;
 *     static struct ae_prediction result;
 *     if (ae_net_open(&net, ae_emotion_network, sizeof ae_emotion_network) != AE_OK)
 *         return;
 *     ae_net_utterance_reset(&utterance, &net);
 *     while ((n = read_microphone(pcm)) > 0)
 *         ae_net_utterance_process(&utterance, &net, pcm, n);
 *     if (ae_net_utterance_finish(&utterance, &net, NULL, &result) == AE_OK)
 *         show(ae_net_is_speech(&net, result.speech)
 *                  ? ae_emotion_names[ae_likeliest(result.probabilities)]
 *                  : "no speech");
 *
 * To adapt to a speaker, keep a struct ae_adapt and pass it to every finish.
 */
#ifndef AE_NET_UTTERANCE_H
#define AE_NET_UTTERANCE_H

#include <stddef.h>

#include "framer.h"
#include "mel.h"
#include "net.h"
#include "spectrum.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory that one stage needs during a frame and the next may overwrite. */
union ae_net_utterance_work {
    struct ae_spectrum_work spectrum;
    union ae_net_work net;
};

/* Holds no pointer: it may be copied, moved and stored, for the same network. */
struct ae_net_utterance {
    struct ae_net_state net;
    union ae_net_utterance_work work;
    struct ae_spectrum spectrum;
    int16_t log_mel[AE_N_MELS];                       /* of the newest frame, Q9 */
    int16_t samples[AE_FRAME_LENGTH + AE_HOP_LENGTH]; /* of framer.h */
    struct ae_hop hop;
    uint32_t n_frames;
};

/* Begin a new utterance. */
void ae_net_utterance_reset(struct ae_net_utterance *utterance, const struct ae_net *net);

/* Take `n` samples, 16 kHz mono. Returns the number of frames completed, or AE_ERR_ARG. */
int ae_net_utterance_process(struct ae_net_utterance *utterance, const struct ae_net *net,
                             const int16_t *pcm, size_t n);

/* Predict from the samples since ae_net_utterance_reset; more may follow. `adapt` is NULL for an
 * unknown speaker and is left as it was.
 *
 * Returns AE_OK, AE_ERR_ARG or AE_ERR_SHORT. */
int ae_net_utterance_estimate(struct ae_net_utterance *utterance, const struct ae_net *net,
                              const struct ae_adapt *adapt, struct ae_prediction *result);

/* The same at the end of the utterance, which is added to `adapt` if it is speech, unless that is
 * NULL. */
int ae_net_utterance_finish(struct ae_net_utterance *utterance, const struct ae_net *net,
                            struct ae_adapt *adapt, struct ae_prediction *result);

#ifdef __cplusplus
}
#endif
#endif
