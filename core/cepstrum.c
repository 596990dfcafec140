#include "cepstrum.h"

#include "tables.h"

#define HALF        (AE_N_MELS / 2)
#define FULL_SCALE  (30 * 512)             /* log2 of 32768^2, Q9 */
#define DB_PER_STEP (3.01029996f / 512.0f) /* of log_mel */
#define Q14         (1.0f / 16384.0f)
#define SQRT_1_MELS 0.158113883f /* sqrt(1 / AE_N_MELS) */

/* Bands m and 39 - m share a weight up to its sign, so their sum serves the even
 * coefficients and their difference the odd ones. The mean, which only rounding
 * lets into coefficients 1 to 12, is taken off first. No sum leaves 32 bits: the
 * bands lie within 2^15, so |band - mean| averages at most 2^14, and the magnitudes
 * of all 40 weights sum to less than 2^17. */
void ae_mfcc(const int16_t log_mel[AE_N_MELS], float mfcc[AE_N_MFCC]) {
    int32_t sum = 0;
    for (int m = 0; m < AE_N_MELS; m++)
        sum += log_mel[m];
    mfcc[0] = (float)(sum - AE_N_MELS * FULL_SCALE) * (DB_PER_STEP * SQRT_1_MELS);

    const int32_t mean = sum / AE_N_MELS;
    int32_t folded[2][HALF];
    for (int m = 0; m < HALF; m++) {
        const int32_t low = log_mel[m] - mean;
        const int32_t high = log_mel[AE_N_MELS - 1 - m] - mean;
        folded[0][m] = low + high;
        folded[1][m] = low - high;
    }
    const int16_t *weight = ae_dct;
    for (int k = 1; k < AE_N_MFCC; k++) {
        int32_t dot = 0;
        for (int m = 0; m < HALF; m++)
            dot += *weight++ * folded[k & 1][m];
        mfcc[k] = (float)dot * (Q14 * DB_PER_STEP);
    }
}
