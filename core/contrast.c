#include "contrast.h"

#include <stdbool.h>

#include "maths.h"

#define DB_PER_OCTAVE 3.01029996f /* of power */

/* First bin of each band, and how many bins are 2 % of it, rounded as librosa does. */
static const uint16_t first_bin[AE_N_CONTRAST + 1] = {0, 6, 12, 25, 51, 102, 204, AE_N_BINS};
static const uint8_t quantile[AE_N_CONTRAST] = {1, 1, 1, 1, 1, 2, 1};

/* The two smallest and the two largest of some numbers, the most extreme first. */
struct extremes {
    uint32_t low[2], high[2];
};

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

/* The second ones only if `two` of each are asked for. */
static struct extremes extremes_of(const uint32_t *power, int n, bool two) {
    struct extremes e = {{UINT32_MAX, UINT32_MAX}, {0, 0}};
    for (int i = 0; i < n; i++) {
        if (two) {
            e.low[1] = smaller(e.low[1], larger(e.low[0], power[i]));
            e.high[1] = larger(e.high[1], smaller(e.high[0], power[i]));
        }
        e.low[0] = smaller(e.low[0], power[i]);
        e.high[0] = larger(e.high[0], power[i]);
    }
    return e;
}

/* log2 of the sum of the square roots of n powers, Q15; of powers of 0, as of 1. */
static int32_t log2_magnitude(const uint32_t power[2], int n) {
    const uint32_t last = power[n - 1];
    const int half = ae_clz32(larger(power[0], last) | 1) / 2; /* bits the roots can gain */
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += ae_sqrt_u32(power[i] << (2 * half));
    return sum > 0 ? ae_log2_q15(sum) - half * (1 << 15) : 0;
}

void ae_contrast(const struct ae_spectrum *spectrum, float contrast[AE_N_CONTRAST]) {
    for (int band = 0; band < AE_N_CONTRAST; band++) {
        const int first = first_bin[band];
        const int n = first_bin[band + 1] - first;
        const struct extremes e = extremes_of(&spectrum->power[first], n, quantile[band] == 2);
        const int32_t peak = log2_magnitude(e.high, quantile[band]);
        const int32_t valley = log2_magnitude(e.low, quantile[band]);
        contrast[band] = (float)(peak - valley) * (DB_PER_OCTAVE / 32768.0f);
    }
}
