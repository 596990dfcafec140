/* Utterances on a live stream and their acoustic features.
 *
 *     static struct ae_listener listener;
 *     ae_listener_reset(&listener, &ae_endpointer_defaults);
 *     while ((n = read_microphone(pcm)) > 0)
 *         for (size_t i = 0, used; i < n; i += used)
 *             if (ae_listener_process(&listener, pcm + i, n - i, &used) == AE_UTTERANCE_ENDED)
 *                 use(&listener.utterance.result);
 *
 * The features have the same bits as those that ae_reset, ae_process and ae_finish give for the
 * samples between utterance.start and utterance.end.
 */
#ifndef AE_LISTENER_H
#define AE_LISTENER_H

#include "acoustic_features.h"
#include "endpointer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ae_utterance {
    uint64_t start, end;     /* samples since ae_listener_reset; end is the first one after */
    struct ae_result result; /* of these samples */
    bool cut;                /* at longest_s: the speaker goes on */
};

/* Holds no pointer: it may be copied, moved and stored. */
struct ae_listener {
    struct ae_utterance utterance; /* valid until the next call */
    struct ae_endpointer endpointer;
    int16_t blocks[AE_ENDPOINTER_SLOTS][AE_HOP_LENGTH]; /* 4 KB: the ring of endpointer.h */
    struct ae_state core;
};

/* Begin a new stream. Returns AE_OK, or AE_ERR_ARG for a field outside its limits. */
int ae_listener_reset(struct ae_listener *listener, const struct ae_endpointer_config *config);

/* Take samples until something happens. Returns an event, or AE_ERR_ARG; `used` is how many
 * samples were taken: call again with the others. */
int ae_listener_process(struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used);

/* End the stream. Returns AE_UTTERANCE_ENDED if that ended an utterance, else AE_NOTHING. Then only
 * ae_listener_reset may follow. */
int ae_listener_finish(struct ae_listener *listener);

#ifdef __cplusplus
}
#endif
#endif
