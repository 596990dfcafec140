/* audio_emotion: emotions from speech on a microcontroller.
 *
 * Input is 16 kHz mono 16-bit samples in pieces of any size. The caller owns all memory: no
 * allocation, no libm, no mutable globals. The same samples give the same bits on every target
 * that compiles it, however they are cut into pieces.
 *
 * A model is constant data that `audio-emotion export` writes as model.h and model.c. There are
 * two kinds.
 *
 * **A network** over log-mel energies (models/default.aem) is what most programs want. On a live
 * stream it finds the utterances, predicts the emotion of each at its end and adapts to the
 * speaker. The end of a sound that is no speech is an event of its own:
 *
 *     #include "audio_emotion.h"
 *     #include "model.h"
 *
 *     size_t read_microphone(int16_t *pcm, size_t n);  // yours: returns how many, 0 at the end
 *     void show(const char *text);                     // yours
 *
 *     static struct ae_net net;
 *     static struct ae_net_stream stream;
 *
 *     static void show_event(int event) {
 *         const float *probabilities = stream.utterance.result.probabilities;
 *         if (event == AE_NO_SPEECH)
 *             show("no speech");
 *         else if (event == AE_UTTERANCE_ENDED)
 *             show(ae_net_is_confident(&net, probabilities)
 *                      ? ae_emotion_names[ae_likeliest(probabilities)]
 *                      : "not confident");
 *     }
 *
 *     int main(void) {
 *         int16_t pcm[256];
 *         size_t n, used;
 *         if (ae_net_open(&net, ae_emotion_network, sizeof ae_emotion_network) != AE_OK ||
 *             ae_net_stream_reset(&stream, &net, &ae_endpointer_defaults) != AE_OK)
 *             return 1;
 *         while ((n = read_microphone(pcm, 256)) > 0)
 *             for (size_t i = 0; i < n; i += used)
 *                 show_event(ae_net_stream_process(&stream, &net, pcm + i, n - i, &used));
 *         show_event(ae_net_stream_finish(&stream, &net));
 *         return 0;
 *     }
 *
 * For another speaker call ae_adapt_reset(&stream.speaker), or set stream.adapts to false. If the
 * program knows where an utterance begins and ends, use net_utterance.h.
 *
 * **Acoustic features**, which have names, and a scikit-learn classifier of them
 * (models/default.skops). Of one utterance:
 *
 *     #include "audio_emotion.h"
 *     #include "model.h"
 *
 *     size_t read_microphone(int16_t *pcm, size_t n);  // yours: returns how many, 0 at the end
 *     void show(const char *text);                     // yours
 *
 *     static struct ae_state state;
 *     static struct ae_result result;
 *     static struct ae_classifier_work work;
 *
 *     int main(void) {
 *         int16_t pcm[256];
 *         size_t n;
 *         float probabilities[AE_N_EMOTIONS], speech;
 *         ae_reset(&state);
 *         while ((n = read_microphone(pcm, 256)) > 0)
 *             ae_process(&state, pcm, n);
 *         if (ae_finish(&state, &result) != AE_OK ||
 *             ae_classify(&ae_emotion_model, &result, &work, probabilities, &speech) != AE_OK)
 *             return 1;
 *         show(!ae_model_is_speech(&ae_emotion_model, speech) ? "no speech"
 *              : ae_model_is_confident(&ae_emotion_model, probabilities)
 *                  ? ae_emotion_names[ae_likeliest(probabilities)]
 *                  : "not confident");
 *         return 0;
 *     }
 *
 * The features alone are result.features, named by ae_feature_name(). To find utterances on a live
 * stream, use listener.h.
 */
#ifndef AUDIO_EMOTION_H
#define AUDIO_EMOTION_H

/* The network. */
#include "adapt.h"
#include "net_stream.h"
#include "net_utterance.h"

/* The acoustic features and their classifiers. */
#include "acoustic_features.h"
#include "classifier.h"
#include "listener.h"

#endif
