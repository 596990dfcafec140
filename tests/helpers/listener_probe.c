/* Lets tests move a listener's clock, as if it had run for days. */
#include "listener.h"

void probe_skip_to(uint64_t sample);
int probe_process(const int16_t *pcm, size_t n, size_t *used);
struct ae_utterance *probe_utterance(void);
size_t probe_bytes(void);

static struct ae_listener listener;

void probe_skip_to(uint64_t sample) {
    ae_listener_reset(&listener, &ae_endpointer_defaults);
    listener.endpointer.consumed_until = sample;
}

int probe_process(const int16_t *pcm, size_t n, size_t *used) {
    return ae_listener_process(&listener, pcm, n, used);
}

struct ae_utterance *probe_utterance(void) {
    return &listener.utterance;
}

size_t probe_bytes(void) {
    return sizeof listener;
}
