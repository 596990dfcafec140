/* The emotions of a stream by a network: the least that a program contains. The memory is that of
 * the stream; a single utterance takes its place. */
#include "model.h"

static struct ae_net net;
static union {
    struct ae_net_stream stream;
    struct {
        struct ae_net_utterance state;
        struct ae_adapt speaker;
        struct ae_prediction prediction;
    } utterance;
} memory;
CALLABLE static float result[AE_N_EMOTIONS], probabilities[AE_N_EMOTIONS], speech;

CALLABLE int reset(void) {
    if (net.header == NULL &&
        ae_net_open(&net, ae_emotion_network, sizeof ae_emotion_network) != AE_OK)
        return AE_ERR_MODEL;
    ae_net_utterance_reset(&memory.utterance.state, &net);
    ae_adapt_reset(&memory.utterance.speaker);
    return AE_OK;
}

CALLABLE int process(const int16_t *pcm, size_t n) {
    return ae_net_utterance_process(&memory.utterance.state, &net, pcm, n);
}

CALLABLE int finish(void) {
    const struct ae_prediction *prediction = &memory.utterance.prediction;
    const int status = ae_net_utterance_finish(&memory.utterance.state, &net,
                                            &memory.utterance.speaker,
                                            &memory.utterance.prediction);
    for (int i = 0; i < AE_N_EMOTIONS; i++) {
        result[i] = prediction->logits[i];
        probabilities[i] = prediction->probabilities[i];
    }
    speech = prediction->speech;
    return status;
}

CALLABLE int reset_stream(void) {
    return ae_net_stream_reset(&memory.stream, &net, &ae_endpointer_defaults);
}

CALLABLE int process_stream(const int16_t *pcm, size_t n, size_t *used) {
    return ae_net_stream_process(&memory.stream, &net, pcm, n, used);
}

CALLABLE int finish_stream(void) {
    return ae_net_stream_finish(&memory.stream, &net);
}
