/* Emotions by the network: the small counterpart of acoustic_features.h and classifier.h.
 *
 *     static struct ae_net_utterance utterance;
 *     static struct ae_prediction result;
 *     struct ae_net net;
 *     if (ae_net_open(&net, ae_emotion_net, sizeof ae_emotion_net) != AE_OK) return;
 *     ae_net_utterance_reset(&utterance, &net);
 *     while (microphone_read(pcm, n)) ae_net_utterance_process(&utterance, &net, pcm, n);
 *     if (ae_net_utterance_finish(&utterance, &net, NULL, &result) == AE_OK)
 *         show(ae_emotion_names[ae_likeliest(result.probabilities)]);
 *
 * To get used to a speaker, keep a struct ae_adapt and give it to every finish.
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

/* Answer about what was heard since ae_net_utterance_reset, while the speaker goes on: more
 * samples may follow. `adapt` is NULL for an unknown speaker and stays as it is.
 *
 * Returns AE_OK, AE_ERR_ARG or AE_ERR_SHORT. */
int ae_net_utterance_estimate(struct ae_net_utterance *utterance, const struct ae_net *net,
                              const struct ae_adapt *adapt, struct ae_prediction *result);

/* The same at the end of the utterance, which `adapt` remembers unless it is NULL. */
int ae_net_utterance_finish(struct ae_net_utterance *utterance, const struct ae_net *net,
                            struct ae_adapt *adapt, struct ae_prediction *result);

#ifdef __cplusplus
}
#endif
#endif
