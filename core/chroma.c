#include "chroma.h"

#include "tables.h"

/* A power of 18 bits times a Q14 weight fills 32 bits; of 257 such products, each
 * without its lowest 8 bits, so does the sum. */
#define POWER_SHIFT   14
#define PRODUCT_SHIFT 8

void ae_chroma(const struct ae_spectrum *spectrum, float chroma[AE_N_CHROMA]) {
    uint32_t energy[AE_N_CHROMA] = {0};
    const uint16_t *weight = ae_chroma_weight;
    for (int k = 0; k < AE_N_BINS; k++) {
        const uint32_t power = spectrum->power[k] >> POWER_SHIFT;
        int c = ae_chroma_first[k];
        for (int n = ae_chroma_count[k]; n > 0; n--) {
            energy[c] += power * *weight++ >> PRODUCT_SHIFT;
            c = c == AE_N_CHROMA - 1 ? 0 : c + 1;
        }
    }
    uint32_t strongest = 1;
    for (int c = 0; c < AE_N_CHROMA; c++)
        strongest = energy[c] > strongest ? energy[c] : strongest;
    const float scale = 1.0f / (float)strongest;
    for (int c = 0; c < AE_N_CHROMA; c++)
        chroma[c] = (float)energy[c] * scale;
}
