#include "speech.h"

#include <string.h>

#include "maths.h"

#define CENTI_DB          100
#define CENTI_DB_PER_BIT  301  /* of energy */
#define FULL_SCALE_BLOCK  11235 /* the energy 160 * 32768^2 */
#ifndef RISE
#define RISE 3
#define RISE_LOUD 1
#define FALL 4
#endif

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/* First-order high-pass at 160 Hz, then the energy: below 160 * 2^32. */
static uint64_t energy_above_low(struct ae_speech *speech, const int16_t block[AE_HOP_LENGTH]) {
    int32_t low = speech->low;
    uint64_t energy = 0;
    for (int i = 0; i < AE_HOP_LENGTH; i++) {
        low += (block[i] * 256 - low) >> 4;
        const uint32_t high = (uint32_t)(block[i] - (low >> 8));
        energy += (uint32_t)(high * high);
    }
    speech->low = low;
    return energy;
}

static int32_t level_of(uint64_t energy) {
    const int shift = energy >> 32 != 0 ? 8 : 0;
    const int32_t bits_q15 = ae_log2_q15((uint32_t)(energy >> shift)) + (shift << 15);
    return (bits_q15 * CENTI_DB_PER_BIT >> 15) - FULL_SCALE_BLOCK;
}

static void follow_floor(struct ae_speech *speech) {
    if (speech->level < speech->floor)
        speech->floor -= (speech->floor - speech->level) / FALL;
    else
        speech->floor += speech->loud ? RISE_LOUD : RISE;
}

void ae_speech_reset(struct ae_speech *speech, int on_db, int off_db, int quietest_dbfs) {
    memset(speech, 0, sizeof *speech);
    speech->on = on_db * CENTI_DB;
    speech->off = off_db * CENTI_DB;
    speech->quietest = quietest_dbfs * CENTI_DB;
}

bool ae_speech_update(struct ae_speech *speech, const int16_t block[AE_HOP_LENGTH]) {
    speech->level = level_of(energy_above_low(speech, block));
    if (!speech->started) {
        speech->started = true;
        speech->floor = speech->level;
    }
    follow_floor(speech);
    const int32_t above = speech->loud ? speech->off : speech->on;
    speech->loud = speech->level > larger(speech->floor, speech->quietest - speech->on) + above;
    return speech->loud;
}
