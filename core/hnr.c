#include "hnr.h"

#include <string.h>

#include "maths.h"

#define SILENCE_THRESHOLD 0.1f /* of Sound: To Harmonicity (cc)... */

void ae_hnr_reset(struct ae_hnr *hnr) {
    memset(hnr, 0, sizeof *hnr);
}

/* floor(2 log2(x)) but for the half steps, which are at 1.5 instead of 1.414. */
static int32_t loudness_step(uint32_t x) {
    int32_t octave = 31 - ae_clz32(x | 1);
    int32_t half = octave > 0 ? (int32_t)(x >> (octave - 1)) & 1 : 0;
    return 2 * octave + half;
}

void ae_hnr_update(struct ae_hnr *hnr, const struct ae_pitch_frame *pitch) {
    /* Praat calls a frame silent when r < 2 - peak / (threshold * highest peak). */
    uint32_t loudness = (uint32_t)((float)pitch->peak / (2.0f - pitch->strength));
    int32_t step = loudness_step(loudness);
    int32_t db = (int32_t)(pitch->hnr_db * 256.0f);
    if (pitch->peak > hnr->peak)
        hnr->peak = pitch->peak;
    hnr->n[step]++;
    hnr->sum[step] += db;
    hnr->sum_of_squares[step] += (uint64_t)(uint32_t)(db * db);
}

void ae_hnr_finish(const struct ae_hnr *hnr, float *mean_db, float *std_db) {
    uint32_t n = 0;
    int64_t sum = 0;
    uint64_t sum_of_squares = 0;
    *mean_db = *std_db = 0.0f;
    /* A step counts when its middle is loud enough. */
    int32_t first = loudness_step((uint32_t)(SILENCE_THRESHOLD * 0.85f * (float)hnr->peak));
    for (int32_t step = first; step < AE_HNR_STEPS; step++) {
        n += hnr->n[step];
        sum += hnr->sum[step];
        sum_of_squares += hnr->sum_of_squares[step];
    }
    if (n == 0 || hnr->peak == 0)
        return;
    float mean = (float)sum / (float)n;
    float variance = (float)sum_of_squares / (float)n - mean * mean;
    *mean_db = mean / 256.0f;
    *std_db = variance > 0.0f ? ae_sqrtf(variance) / 256.0f : 0.0f;
}
