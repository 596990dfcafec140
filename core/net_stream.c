#include "net_stream.h"

#include <string.h>

#include "status.h"

#define N_PAST (AE_FRAME_BLOCKS - 1) /* blocks before the newest */

/* The newest block is complete, and with it a frame that began two blocks earlier. */
static void describe_frame(struct ae_net_listener *listener, int16_t log_mel[AE_N_MELS]) {
    struct ae_spectrum *spectrum = &listener->work.front_end.spectrum;
    ae_spectrum_compute(listener->samples, &listener->work.front_end.work, spectrum);
    ae_log_mel(spectrum, log_mel);
    memmove(listener->samples, listener->samples + AE_HOP_LENGTH,
            N_PAST * AE_HOP_LENGTH * sizeof listener->samples[0]);
}

/* The frames that end in the first blocks of an utterance began before it. */
static void hear(struct ae_net_listener *listener, const struct ae_net *net, uint16_t slot) {
    if (listener->n_heard < N_PAST)
        listener->n_heard++;
    else
        ae_net_push(&listener->state, net, listener->log_mel[slot], &listener->work.net);
}

static void answer(struct ae_net_listener *listener, const struct ae_net *net) {
    ae_net_answer(&listener->state, net, listener->adapts ? &listener->speaker : NULL,
                  &listener->work.net, &listener->utterance.result);
}

static int obey(struct ae_net_listener *listener, const struct ae_net *net,
                const struct ae_cue *cue) {
    struct ae_net_utterance *utterance = &listener->utterance;
    if (cue->complete)
        describe_frame(listener, listener->log_mel[cue->newest]);
    if (cue->begin) {
        listener->n_heard = 0;
        ae_net_reset(&listener->state, net);
    }
    if (cue->hear)
        hear(listener, net, cue->oldest);
    if (cue->summarize)
        answer(listener, net);
    if (cue->event == AE_UTTERANCE_ENDED && listener->adapts)
        ae_adapt_update(&listener->speaker, net, utterance->result.embedding);
    utterance->start = listener->segmenter.start;
    utterance->end = listener->segmenter.end;
    utterance->cut = listener->segmenter.cut;
    return (int)cue->event;
}

int ae_net_listener_reset(struct ae_net_listener *listener, const struct ae_net *net,
                          const struct ae_listener_config *config) {
    if (listener == NULL || net == NULL || config == NULL)
        return AE_ERR_ARG;
    memset(listener, 0, sizeof *listener);
    listener->adapts = true;
    ae_adapt_reset(&listener->speaker);
    ae_net_reset(&listener->state, net);
    return ae_segmenter_reset(&listener->segmenter, config) ? AE_OK : AE_ERR_ARG;
}

int ae_net_listener_process(struct ae_net_listener *listener, const struct ae_net *net,
                            const int16_t *pcm, size_t n, size_t *used) {
    if (listener == NULL || net == NULL || (pcm == NULL && n > 0) || used == NULL)
        return AE_ERR_ARG;
    *used = 0;
    while (*used < n) {
        struct ae_cue cue;
        *used += ae_segmenter_take(&listener->segmenter, listener->samples + N_PAST * AE_HOP_LENGTH,
                                   pcm + *used, n - *used, &cue);
        if (obey(listener, net, &cue) != AE_NOTHING)
            return (int)cue.event;
    }
    return AE_NOTHING;
}

int ae_net_listener_finish(struct ae_net_listener *listener, const struct ae_net *net) {
    if (listener == NULL || net == NULL)
        return AE_ERR_ARG;
    struct ae_cue cue;
    do {
        ae_segmenter_finish(&listener->segmenter, &cue);
        obey(listener, net, &cue);
    } while (cue.hear);
    return (int)cue.event;
}
