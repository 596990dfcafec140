#include "listener.h"

#include <string.h>

static int obey(struct ae_listener *listener, const struct ae_cue *cue) {
    const struct ae_segmenter *segmenter = &listener->segmenter;
    struct ae_utterance *utterance = &listener->utterance;
    if (cue->begin)
        ae_reset(&listener->core);
    if (cue->hear)
        ae_process(&listener->core, listener->blocks[cue->oldest], AE_HOP_LENGTH);
    if (cue->summarize)
        ae_finish(&listener->core, &utterance->result);
    utterance->start = segmenter->start;
    utterance->end = segmenter->end;
    utterance->cut = segmenter->cut;
    return (int)cue->event;
}

int ae_listener_reset(struct ae_listener *listener, const struct ae_listener_config *config) {
    if (listener == NULL || config == NULL)
        return AE_ERR_ARG;
    memset(listener, 0, sizeof *listener);
    return ae_segmenter_reset(&listener->segmenter, config) ? AE_OK : AE_ERR_ARG;
}

int ae_listener_process(struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used) {
    if (listener == NULL || (pcm == NULL && n > 0) || used == NULL)
        return AE_ERR_ARG;
    *used = 0;
    while (*used < n) {
        struct ae_segmenter *segmenter = &listener->segmenter;
        struct ae_cue cue;
        *used += ae_segmenter_take(segmenter, listener->blocks[segmenter->newest], pcm + *used,
                                   n - *used, &cue);
        if (obey(listener, &cue) != AE_NOTHING)
            return (int)cue.event;
    }
    return AE_NOTHING;
}

int ae_listener_finish(struct ae_listener *listener) {
    if (listener == NULL)
        return AE_ERR_ARG;
    struct ae_cue cue;
    do {
        ae_segmenter_finish(&listener->segmenter, &cue);
        obey(listener, &cue);
    } while (cue.hear);
    return (int)cue.event;
}
