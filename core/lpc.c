/* Selective linear prediction (Makhoul 1975): the autocorrelation comes from the
 * part of the power spectrum below the ceiling, so no resampling is needed, and
 * the reflection coefficients from Levinson's recursion. Burg's method differs
 * only by products that involve the first and last AE_LPC_ORDER samples of the
 * frame; under the Hann window these vanish, and so does the difference. */
#include "lpc.h"

#include <string.h>

#include "fixed_point.h"
#include "maths.h"
#include "tables.h"

#define MIDDLE     (AE_LPC_CEILING_BIN / 2)
#define POWER_BITS 24 /* of the whole band's power: what ae_dot_q18 takes */

/* Power of bin k after pre-emphasis. */
static int32_t emphasised(const struct ae_spectrum *spectrum, int k) {
    uint32_t power = spectrum->power[k], weight = ae_pre_emphasis[k];
    return (int32_t)((power >> 16) * weight + ((power & 0xFFFF) * weight >> 16));
}

/* Fold the band, as cos(pi lag k / ceiling) is even or odd about its middle, after
 * scaling its power to add up to less than 2^POWER_BITS. */
static void fold(const struct ae_spectrum *spectrum, struct ae_lpc_work *work) {
    int32_t *lower = work->even, *upper = work->odd;
    uint32_t sum = 0;
    for (int k = 0; k <= MIDDLE; k++) {
        lower[k] = emphasised(spectrum, k);
        upper[k] = emphasised(spectrum, AE_LPC_CEILING_BIN - k);
        sum += (uint32_t)(lower[k] >> 8) + (uint32_t)(upper[k] >> 8) + 2;
    }
    int excess = 8 + 32 - ae_clz32(sum) - POWER_BITS;
    int shift = excess > 0 ? excess : 0;
    int32_t half = (1 << shift) / 2;
    for (int k = 0; k <= MIDDLE; k++) {
        int32_t a = (lower[k] + half) >> shift, b = (upper[k] + half) >> shift;
        work->even[k] = a + b;
        work->odd[k] = a - b;
    }
    work->even[MIDDLE] /= 2; /* it is its own mirror image */
}

/* Autocorrelation of the band, in any unit. Cosines are Q24: with 15 bits, formants
 * that are near each other would be 30 Hz off. */
static void autocorrelate(const struct ae_lpc_work *work, float r[AE_LPC_ORDER + 1]) {
    const int32_t *cosines = ae_lpc_cosine;
    int32_t power = 0;
    for (int k = 0; k <= MIDDLE; k++)
        power += work->even[k];
    r[0] = (float)(power << (24 - 18));
    for (int lag = 1; lag <= AE_LPC_ORDER; lag++, cosines += MIDDLE + 1) {
        const int32_t *folded = lag % 2 ? work->odd : work->even;
        r[lag] = (float)ae_dot_q18(folded, cosines, MIDDLE + 1);
    }
}

/* Levinson's recursion. It ends early, with an even order, where the prediction
 * error is lost in rounding and the next reflection would leave the unit circle. */
static int levinson(const float r[AE_LPC_ORDER + 1], float a[AE_LPC_ORDER + 1]) {
    float error = r[0];
    memset(a, 0, (AE_LPC_ORDER + 1) * sizeof a[0]);
    a[0] = 1.0f;
    for (int m = 1; m <= AE_LPC_ORDER; m++) {
        float sum = r[m];
        for (int i = 1; i < m; i++)
            sum += a[i] * r[m - i];
        float reflection = -sum / error;
        if (!(reflection > -1.0f && reflection < 1.0f))
            return m & ~1;
        for (int i = 1; 2 * i <= m; i++) {
            float front = a[i], back = a[m - i];
            a[i] = front + reflection * back;
            a[m - i] = back + reflection * front;
        }
        a[m] = reflection;
        error *= 1.0f - reflection * reflection;
    }
    return AE_LPC_ORDER;
}

int ae_lpc(const struct ae_spectrum *spectrum, struct ae_lpc_work *work,
           float a[AE_LPC_ORDER + 1]) {
    float r[AE_LPC_ORDER + 1];
    fold(spectrum, work);
    autocorrelate(work, r);
    return r[0] > 0.0f ? levinson(r, a) : 0;
}
