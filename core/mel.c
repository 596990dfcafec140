#include "mel.h"

#include <stdbool.h>

#include "fixed_point.h"
#include "maths.h"
#include "tables.h"

/* log2(energy * 2^exponent), Q9, rounded, at least 0. */
static int16_t log2_q9(uint64_t energy, int32_t exponent) {
    int32_t above = 32 - ae_clz32((uint32_t)(energy >> 32)); /* bits beyond the lower 32 */
    uint32_t mantissa = (uint32_t)(energy >> above);
    int32_t q15 = ae_log2_q15(mantissa) + (exponent + above) * (1 << 15);
    return (int16_t)(mantissa != 0 && q15 > 0 ? (q15 + 32) >> 6 : 0);
}

void ae_log_mel(const struct ae_spectrum *spectrum, int16_t log_mel[AE_N_MELS]) {
    uint64_t risen = 0;
    for (int edge = 0; edge <= AE_N_MELS; edge++) {
        const bool low = ae_mel_first_bin[edge] < AE_LOW_BINS; /* where the next edge is one, too */
        const uint32_t *power = low ? spectrum->low : spectrum->power;
        uint64_t all = 0, rising = 0;
        for (int k = ae_mel_first_bin[edge]; k < ae_mel_first_bin[edge + 1]; k++) {
            all += power[k];
            rising += ae_multiply_wide(power[k], ae_mel_rise[k]);
        }
        if (edge > 0) {
            uint64_t falling = (all << 16) - rising;
            log_mel[edge - 1] = log2_q9(risen + falling, spectrum->exponent - 16);
        }
        risen = rising;
    }
}
