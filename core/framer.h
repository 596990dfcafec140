/* From chunks of any size to frames on the hop grid. */
#ifndef AE_FRAMER_H
#define AE_FRAMER_H

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

/* Take up to `n` samples, no more than the next frame needs. Returns how many
 * were taken; the frame is complete when hop->missing is 0. */
size_t ae_hop_take(struct ae_hop *hop, int16_t *samples, size_t history, const int16_t *pcm,
                   size_t n);

/* Move the completed hop into the history and begin the next one. */
void ae_hop_advance(struct ae_hop *hop, int16_t *samples, size_t history);

#endif
