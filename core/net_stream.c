#include "net_stream.h"

#include <string.h>

#include "status.h"

#define N_PAST (AE_FRAME_BLOCKS - 1) /* blocks before the newest */

/* Compute the log-mel energies of the frame that ends with the newest block. */
static void describe_frame(struct ae_net_stream *stream, int16_t log_mel[AE_N_MELS]) {
    struct ae_spectrum *spectrum = &stream->work.front_end.spectrum;
    ae_spectrum_compute(stream->samples, &stream->work.front_end.work, spectrum);
    ae_log_mel(spectrum, log_mel);
    memmove(stream->samples, stream->samples + AE_HOP_LENGTH,
            N_PAST * AE_HOP_LENGTH * sizeof stream->samples[0]);
}

/* The frames that end in the first blocks of an utterance began before it: skip them. */
static void consume(struct ae_net_stream *stream, const struct ae_net *net, uint16_t slot) {
    if (stream->n_consumed < N_PAST)
        stream->n_consumed++;
    else
        ae_net_push(&stream->state, net, stream->log_mel[slot], &stream->work.net);
}

static void predict(struct ae_net_stream *stream, const struct ae_net *net) {
    ae_net_predict(&stream->state, net, stream->adapts ? &stream->speaker : NULL, &stream->work.net,
                   &stream->utterance.result);
}

/* What the end of a sound is. By speech the stream adapts to the speaker. */
static enum ae_endpointer_event end(struct ae_net_stream *stream, const struct ae_net *net) {
    if (!ae_net_is_speech(net, stream->utterance.result.speech))
        return AE_NO_SPEECH;
    if (stream->adapts)
        ae_adapt_update(&stream->speaker, net, stream->utterance.result.embedding);
    return AE_UTTERANCE_ENDED;
}

static int apply(struct ae_net_stream *stream, const struct ae_net *net,
                 const struct ae_actions *actions) {
    struct ae_net_stream_utterance *utterance = &stream->utterance;
    if (actions->complete)
        describe_frame(stream, stream->log_mel[actions->newest]);
    if (actions->begin) {
        stream->n_consumed = 0;
        ae_net_reset(&stream->state, net);
    }
    if (actions->consume)
        consume(stream, net, actions->oldest);
    if (actions->summarize)
        predict(stream, net);
    utterance->start = stream->endpointer.start;
    utterance->end = stream->endpointer.end;
    utterance->cut = stream->endpointer.cut;
    return (int)(actions->event == AE_UTTERANCE_ENDED ? end(stream, net) : actions->event);
}

int ae_net_stream_reset(struct ae_net_stream *stream, const struct ae_net *net,
                        const struct ae_endpointer_config *config) {
    if (stream == NULL || net == NULL || config == NULL)
        return AE_ERR_ARG;
    memset(stream, 0, sizeof *stream);
    stream->adapts = true;
    ae_adapt_reset(&stream->speaker);
    ae_net_reset(&stream->state, net);
    return ae_endpointer_reset(&stream->endpointer, config) ? AE_OK : AE_ERR_ARG;
}

int ae_net_stream_process(struct ae_net_stream *stream, const struct ae_net *net,
                          const int16_t *pcm, size_t n, size_t *used) {
    if (stream == NULL || net == NULL || (pcm == NULL && n > 0) || used == NULL)
        return AE_ERR_ARG;
    *used = 0;
    while (*used < n) {
        struct ae_actions actions;
        *used += ae_endpointer_take(&stream->endpointer, stream->samples + N_PAST * AE_HOP_LENGTH,
                                    pcm + *used, n - *used, &actions);
        const int event = apply(stream, net, &actions);
        if (event != AE_NOTHING)
            return event;
    }
    return AE_NOTHING;
}

int ae_net_stream_finish(struct ae_net_stream *stream, const struct ae_net *net) {
    if (stream == NULL || net == NULL)
        return AE_ERR_ARG;
    struct ae_actions actions;
    int event;
    do {
        ae_endpointer_finish(&stream->endpointer, &actions);
        event = apply(stream, net, &actions);
    } while (actions.consume);
    return event;
}
