#include "mel.h"

#include "tables.h"

/* log2(x * 2^exponent), Q9, rounded, at least 0. */
static int16_t log2_q9(uint64_t x, int32_t exponent) {
    int32_t length =
        (x >> 32) != 0 ? 32 + ae_bit_length((uint32_t)(x >> 32)) : ae_bit_length((uint32_t)x);
    if (length == 0) {
        return 0;
    }
    /* The mantissa, 1 <= m < 2, Q31; its leading fraction bits choose the line. */
    uint32_t m = (uint32_t)(length > 32 ? x >> (length - 32) : x << (32 - length));
    uint32_t fraction = m << 1;
    uint32_t step = fraction >> 26;
    uint32_t along = (fraction >> 10) & 0xffff;
    uint32_t low = ae_log2_mantissa[step], high = ae_log2_mantissa[step + 1];
    uint32_t q15 = low + (((high - low) * along) >> 16);
    int32_t q9 = (length - 1 + exponent) * 512 + (int32_t)((q15 + 32) >> 6);
    return (int16_t)(q9 > 0 ? q9 : 0);
}

void ae_log_mel(const struct ae_spectrum *spectrum, int16_t log_mel[AE_N_MELS]) {
    uint64_t risen = 0;
    for (int edge = 0; edge <= AE_N_MELS; edge++) {
        uint64_t all = 0, rising = 0;
        for (int k = ae_mel_first_bin[edge]; k < ae_mel_first_bin[edge + 1]; k++) {
            uint32_t power = spectrum->power[k], weight = ae_mel_rise[k];
            all += power;
            rising += (power >> 16) * weight + (((power & 0xffff) * weight) >> 16);
        }
        if (edge > 0) {
            log_mel[edge - 1] = log2_q9(risen + (all - rising), spectrum->exponent);
        }
        risen = rising;
    }
}
