#include "chroma.h"

#include "tables.h"

/* A power of 18 bits times a weight below 2^14 fills 32 bits; so does the sum of
 * 257 such products, each without its lowest 8 bits. */
#define POWER_SHIFT   14
#define PRODUCT_SHIFT 8

static uint32_t rounded(uint32_t power) {
    return ((power >> (POWER_SHIFT - 1)) + 1) >> 1;
}

/* Low bins are wider than a semitone and count for every class, the others for four
 * neighbors, which may run over the end of the octave. Those of the same four are
 * summed up first. */
static void collect(const uint32_t *power, uint32_t energy[AE_N_CHROMA + 3]) {
    const uint16_t *weight = ae_chroma_wide;
    for (int k = 0; k < AE_CHROMA_WIDE_BINS; k++) {
        const uint32_t p = rounded(*power++);
        for (int c = 0; c < AE_N_CHROMA; c++)
            energy[c] += p * *weight++ >> PRODUCT_SHIFT;
    }
    weight = ae_chroma_narrow;
    for (int run = 0; run < AE_CHROMA_RUNS; run++) {
        uint32_t sum[4] = {0, 0, 0, 0};
        for (int i = 0; i < ae_chroma_run_length[run]; i++) {
            const uint32_t p = rounded(*power++);
            for (int c = 0; c < 4; c++)
                sum[c] += p * *weight++ >> PRODUCT_SHIFT;
        }
        for (int c = 0; c < 4; c++)
            energy[ae_chroma_run_class[run] + c] += sum[c];
    }
    for (int c = 0; c < 3; c++)
        energy[c] += energy[c + AE_N_CHROMA];
}

void ae_chroma(const struct ae_spectrum *spectrum, float chroma[AE_N_CHROMA]) {
    uint32_t energy[AE_N_CHROMA + 3] = {0};
    collect(spectrum->power, energy);
    uint32_t strongest = 1;
    for (int c = 0; c < AE_N_CHROMA; c++)
        strongest = energy[c] > strongest ? energy[c] : strongest;
    const float scale = 1.0f / (float)strongest;
    for (int c = 0; c < AE_N_CHROMA; c++)
        chroma[c] = (float)energy[c] * scale;
}
