/* Lets tests move the clocks of a stream, as if it had run for years. */
#include "net_stream.h"

int probe_begin(const void *bytes, size_t n, uint64_t sample, uint32_t n_quiet);
int probe_process(const int16_t *pcm, size_t n, size_t *used);
const struct ae_net_stream_utterance *probe_utterance(void);

static struct ae_net net;
static struct ae_net_stream stream;

int probe_begin(const void *bytes, size_t n, uint64_t sample, uint32_t n_quiet) {
    const int status = ae_net_open(&net, bytes, n);
    if (status == AE_OK)
        ae_net_stream_reset(&stream, &net, &ae_endpointer_defaults);
    stream.endpointer.consumed_until = sample;
    stream.endpointer.n_quiet = n_quiet;
    return status;
}

int probe_process(const int16_t *pcm, size_t n, size_t *used) {
    return ae_net_stream_process(&stream, &net, pcm, n, used);
}

const struct ae_net_stream_utterance *probe_utterance(void) {
    return &stream.utterance;
}
