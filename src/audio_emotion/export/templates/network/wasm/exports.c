/* What JavaScript calls: one stream, all memory static. */
#include "model.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

static struct ae_net net;
static struct ae_net_stream listener;
static int16_t samples[4096];
static size_t n_used;

/* Begin a new stream of a new speaker. Returns AE_OK, or an error < 0. */
int EXPORT(reset)(int estimate_ms) {
    struct ae_endpointer_config config = ae_endpointer_defaults;
    config.estimate_ms = (uint16_t)estimate_ms;
    const int status = ae_net_open(&net, @SYMBOL@, sizeof @SYMBOL@);
    return status == AE_OK ? ae_net_stream_reset(&listener, &net, &config) : status;
}

/* Adapt anew: another person speaks from here on. */
void EXPORT(new_speaker)(void) {
    ae_adapt_reset(&listener.speaker);
}

void EXPORT(set_adapts)(int adapts) {
    listener.adapts = adapts != 0;
}

/* Where to put samples before process(start, n). */
int16_t *EXPORT(pcm)(void) {
    return samples;
}

int EXPORT(capacity)(void) {
    return sizeof samples / sizeof *samples;
}

/* Take samples from `start` on until something happens; used() tells how many. */
int EXPORT(process)(int start, int n) {
    if (start < 0 || n < 0 || n > capacity() - start)
        return AE_ERR_ARG;
    return ae_net_stream_process(&listener, &net, samples + start, (size_t)n, &n_used);
}

int EXPORT(used)(void) {
    return (int)n_used;
}

int EXPORT(finish)(void) {
    return ae_net_stream_finish(&listener, &net);
}

/* Of the utterance, in samples since reset. */
double EXPORT(start)(void) {
    return (double)listener.utterance.start;
}

double EXPORT(end)(void) {
    return (double)listener.utterance.end;
}

int EXPORT(cut)(void) {
    return listener.utterance.cut;
}

float *EXPORT(probabilities)(void) {
    return listener.utterance.result.probabilities;
}

float *EXPORT(scores)(void) {
    return listener.utterance.result.logits;
}

/* Probability that somebody speaks. */
float EXPORT(speech)(void) {
    return listener.utterance.result.speech;
}

int EXPORT(is_speech)(void) {
    return ae_net_is_speech(&net, listener.utterance.result.speech);
}

int EXPORT(confident)(void) {
    return is_speech() && ae_net_is_confident(&net, listener.utterance.result.probabilities);
}
