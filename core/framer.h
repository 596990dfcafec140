/* From chunks of any size to frames on the hop grid. */
#ifndef AE_FRAMER_H
#define AE_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* How far the hop that is being filled has come. The samples lie elsewhere: `history`
 * of them, zeros before the first one, and behind them AE_HOP_LENGTH for the hop. */
struct ae_hop {
    uint16_t filled;  /* samples of the hop so far */
    uint16_t missing; /* samples until the next frame is complete */
};

void ae_hop_reset(struct ae_hop *hop);

/* Take samples from `*pcm`, of which there are `*n`, until a frame is complete; both are moved
 * past the samples taken. Returns true if a frame is complete: its samples are the last
 * AE_FRAME_LENGTH of the history. Returns false if all samples are taken.
 *
 *     while (ae_hop_next_frame(&hop, samples, AE_FRAME_LENGTH, &pcm, &n))
 *         use(samples);
 */
bool ae_hop_next_frame(struct ae_hop *hop, int16_t *samples, size_t history, const int16_t **pcm,
                       size_t *n);

#endif
