#include "listener.h"

#include <string.h>

static int apply(struct ae_listener *listener, const struct ae_actions *actions) {
    const struct ae_endpointer *endpointer = &listener->endpointer;
    struct ae_utterance *utterance = &listener->utterance;
    if (actions->begin)
        ae_reset(&listener->core);
    if (actions->consume)
        ae_process(&listener->core, listener->blocks[actions->oldest], AE_HOP_LENGTH);
    if (actions->summarize)
        ae_finish(&listener->core, &utterance->result);
    utterance->start = endpointer->start;
    utterance->end = endpointer->end;
    utterance->cut = endpointer->cut;
    return (int)actions->event;
}

int ae_listener_reset(struct ae_listener *listener, const struct ae_endpointer_config *config) {
    if (listener == NULL || config == NULL)
        return AE_ERR_ARG;
    memset(listener, 0, sizeof *listener);
    return ae_endpointer_reset(&listener->endpointer, config) ? AE_OK : AE_ERR_ARG;
}

int ae_listener_process(struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used) {
    if (listener == NULL || (pcm == NULL && n > 0) || used == NULL)
        return AE_ERR_ARG;
    *used = 0;
    while (*used < n) {
        struct ae_endpointer *endpointer = &listener->endpointer;
        struct ae_actions actions;
        *used += ae_endpointer_take(endpointer, listener->blocks[endpointer->newest], pcm + *used,
                                    n - *used, &actions);
        if (apply(listener, &actions) != AE_NOTHING)
            return (int)actions.event;
    }
    return AE_NOTHING;
}

int ae_listener_finish(struct ae_listener *listener) {
    if (listener == NULL)
        return AE_ERR_ARG;
    struct ae_actions actions;
    do {
        ae_endpointer_finish(&listener->endpointer, &actions);
        apply(listener, &actions);
    } while (actions.consume);
    return (int)actions.event;
}
