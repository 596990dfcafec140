#include "framer.h"

#include <string.h>

void ae_hop_reset(struct ae_hop *hop) {
    hop->filled = 0;
    hop->missing = AE_FRAME_LENGTH;
}

/* The first frame is longer than a hop: what overflows the hop goes to the history. */
static void make_room(struct ae_hop *hop, int16_t *samples, size_t history) {
    memmove(samples, samples + hop->filled, history * sizeof *samples);
    hop->filled = 0;
}

/* Take up to `n` samples, no more than the hop has room for and the frame needs. Returns how many
 * were taken. */
static size_t take(struct ae_hop *hop, int16_t *samples, size_t history, const int16_t *pcm,
                   size_t n) {
    if (hop->filled == AE_HOP_LENGTH)
        make_room(hop, samples, history);
    const size_t space = (size_t)(AE_HOP_LENGTH - hop->filled);
    size_t taken = n < hop->missing ? n : hop->missing;
    taken = taken < space ? taken : space;
    memcpy(samples + history + hop->filled, pcm, taken * sizeof *pcm);
    hop->filled = (uint16_t)(hop->filled + taken);
    hop->missing = (uint16_t)(hop->missing - taken);
    return taken;
}

bool ae_hop_next_frame(struct ae_hop *hop, int16_t *samples, size_t history, const int16_t **pcm,
                       size_t *n) {
    while (*n > 0) {
        const size_t taken = take(hop, samples, history, *pcm, *n);
        *pcm += taken;
        *n -= taken;
        if (hop->missing == 0) {
            make_room(hop, samples, history);
            hop->missing = AE_HOP_LENGTH;
            return true;
        }
    }
    return false;
}
