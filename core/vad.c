#include "vad.h"

#include <string.h>

#include "maths.h"

#define CENTI_DB         100
#define CENTI_DB_PER_BIT 301   /* of energy */
#define FULL_SCALE_BLOCK 11235 /* the energy 160 * 32768^2 */

#define N_SMOOTH       4    /* blocks, time constant of the smooth level */
#define MINIMUM_BLOCKS 80   /* that share a minimum */
#define PEAK_FALL      5    /* per block */
#define PEAK_RANGE     2500 /* what is further below the peak is room, not speech */
#define SHORTEST_SOUND 4    /* blocks; a shorter one is a click */

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/* Energy from 160 Hz (first order) to 1.8 kHz (mean of four samples, zero at 4 and 8 kHz),
 * where speech is strongest against rain, wind and hiss. Below 160 * 2^32. */
static uint64_t energy_of_voice_band(struct ae_vad *vad, const int16_t block[AE_HOP_LENGTH]) {
    int32_t low = vad->low;
    int32_t *past = vad->past;
    uint64_t energy = 0;
    for (int i = 0; i < AE_HOP_LENGTH; i++) {
        low += (block[i] * 256 - low) >> 4;
        const int32_t high = block[i] - (low >> 8);
        const uint32_t mean = (uint32_t)((high + past[0] + past[1] + past[2]) >> 2);
        energy += (uint32_t)(mean * mean);
        past[2] = past[1];
        past[1] = past[0];
        past[0] = high;
    }
    vad->low = low;
    return energy;
}

static int32_t level_of(uint64_t energy) {
    const int shift = energy >> 32 != 0 ? 8 : 0;
    const int32_t bits = ae_log2_q15((uint32_t)(energy >> shift)) + shift * (1 << 15);
    return (bits * CENTI_DB_PER_BIT >> 15) - FULL_SCALE_BLOCK;
}

static void start(struct ae_vad *vad, int32_t level) {
    vad->started = true;
    vad->smooth = level;
    vad->peak = level;
    for (int i = 0; i < AE_VAD_N_MINIMA; i++)
        vad->minima[i] = level;
}

static void follow_noise(struct ae_vad *vad, int32_t level) {
    int32_t *minima = vad->minima;
    vad->smooth += (level - vad->smooth) / N_SMOOTH;
    if (++vad->n_in_minimum > MINIMUM_BLOCKS) {
        vad->n_in_minimum = 1;
        memmove(minima + 1, minima, (AE_VAD_N_MINIMA - 1) * sizeof *minima);
        minima[0] = vad->smooth;
    }
    if (vad->smooth < minima[0])
        minima[0] = vad->smooth;
}

static int32_t noise_floor(const struct ae_vad *vad) {
    int32_t lowest = vad->minima[0];
    for (int i = 1; i < AE_VAD_N_MINIMA; i++) {
        if (vad->minima[i] < lowest)
            lowest = vad->minima[i];
    }
    return lowest;
}

void ae_vad_reset(struct ae_vad *vad, int on_db, int off_db, int quietest_dbfs) {
    memset(vad, 0, sizeof *vad);
    vad->on = on_db * CENTI_DB;
    vad->off = off_db * CENTI_DB;
    vad->quietest = quietest_dbfs * CENTI_DB;
}

bool ae_vad_update(struct ae_vad *vad, const int16_t block[AE_HOP_LENGTH]) {
    const int32_t level = level_of(energy_of_voice_band(vad, block));
    if (!vad->started)
        start(vad, level);
    follow_noise(vad, level);
    vad->peak = larger(level, vad->peak - PEAK_FALL);
    const int32_t above_floor = vad->n_loud > 0 ? vad->off : vad->on;
    const int32_t threshold =
        larger(noise_floor(vad) + above_floor, larger(vad->quietest, vad->peak - PEAK_RANGE));
    if (level <= threshold)
        vad->n_loud = 0;
    else if (vad->n_loud < SHORTEST_SOUND)
        vad->n_loud++;
    return vad->n_loud == SHORTEST_SOUND;
}
