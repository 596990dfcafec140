/* The emotions on a stream by a network: all that a program needs to have. What is in memory is
 * the listener; a single utterance can be heard in its place. */
#include "model.h"

static struct ae_net net;
static union {
    struct ae_net_stream listener;
    struct {
        struct ae_net_utterance recognizer;
        struct ae_adapt speaker;
        struct ae_prediction recognition;
    } utterance;
} memory;
CALLABLE static float result[AE_N_EMOTIONS], probabilities[AE_N_EMOTIONS];

CALLABLE int begin(void) {
    if (net.header == NULL &&
        ae_net_open(&net, ae_emotion_network, sizeof ae_emotion_network) != AE_OK)
        return AE_ERR_MODEL;
    ae_net_utterance_reset(&memory.utterance.recognizer, &net);
    ae_adapt_reset(&memory.utterance.speaker);
    return AE_OK;
}

CALLABLE int hear(const int16_t *pcm, size_t n) {
    return ae_net_utterance_process(&memory.utterance.recognizer, &net, pcm, n);
}

CALLABLE int answer(void) {
    const struct ae_prediction *recognition = &memory.utterance.recognition;
    const int status = ae_net_utterance_finish(&memory.utterance.recognizer, &net,
                                            &memory.utterance.speaker,
                                            &memory.utterance.recognition);
    for (int i = 0; i < AE_N_EMOTIONS; i++) {
        result[i] = recognition->logits[i];
        probabilities[i] = recognition->probabilities[i];
    }
    return status;
}

CALLABLE int begin_stream(void) {
    return ae_net_stream_reset(&memory.listener, &net, &ae_endpointer_defaults);
}

CALLABLE int hear_stream(const int16_t *pcm, size_t n, size_t *used) {
    return ae_net_stream_process(&memory.listener, &net, pcm, n, used);
}

CALLABLE int finish_stream(void) {
    return ae_net_stream_finish(&memory.listener, &net);
}
