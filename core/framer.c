#include "framer.h"

#include <string.h>

void ae_framer_reset(struct ae_framer *framer) {
    memset(framer, 0, sizeof *framer);
    framer->missing = AE_FRAME_LENGTH;
}

/* The first frame is longer than a hop: what overflows the hop goes to the history. */
static void make_room(struct ae_framer *framer) {
    memmove(framer->samples, framer->samples + framer->filled,
            AE_HISTORY_LENGTH * sizeof framer->samples[0]);
    framer->filled = 0;
}

size_t ae_framer_take(struct ae_framer *framer, const int16_t *pcm, size_t n) {
    if (framer->filled == AE_HOP_LENGTH)
        make_room(framer);
    const size_t space = AE_HOP_LENGTH - framer->filled;
    size_t taken = n < framer->missing ? n : framer->missing;
    taken = taken < space ? taken : space;
    memcpy(framer->samples + AE_HISTORY_LENGTH + framer->filled, pcm, taken * sizeof *pcm);
    framer->filled = (uint16_t)(framer->filled + taken);
    framer->missing = (uint16_t)(framer->missing - taken);
    return taken;
}

void ae_framer_advance(struct ae_framer *framer) {
    make_room(framer);
    framer->missing = AE_HOP_LENGTH;
}
