/* From chunks of any size to frames on the hop grid. */
#ifndef AE_FRAMER_H
#define AE_FRAMER_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* The newest AE_HISTORY_LENGTH samples, zeros before the first one, and behind
 * them those of the hop that is being filled. */
struct ae_framer {
    int16_t samples[AE_HISTORY_LENGTH + AE_HOP_LENGTH];
    uint16_t filled;  /* samples of the hop so far */
    uint16_t missing; /* samples until the next frame is complete */
};

void ae_framer_reset(struct ae_framer *framer);

/* Take up to `n` samples, no more than the next frame needs. Returns how many
 * were taken; the frame is complete when framer->missing is 0. */
size_t ae_framer_take(struct ae_framer *framer, const int16_t *pcm, size_t n);

/* Move the completed hop into the history and begin the next one. */
void ae_framer_advance(struct ae_framer *framer);

#endif
