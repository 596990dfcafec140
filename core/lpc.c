/* Selective linear prediction (Makhoul 1975): the autocorrelation comes from the
 * part of the power spectrum below the ceiling, so no resampling is needed, and
 * the reflection coefficients from Levinson's recursion. Burg's method differs
 * only by products that involve the first and last AE_LPC_ORDER samples of the
 * frame; under the Hann window these vanish, and so does the difference. */
#include "lpc.h"

#include <stdbool.h>
#include <string.h>

#include "maths.h"
#include "tables.h"

#define MIDDLE     (AE_LPC_CEILING_BIN / 2)
#define N_POINTS   (2 * AE_LPC_CEILING_BIN) /* of the transform that the band is half of */
#define POWER_BITS 24                       /* of the whole band's power */
#define LOW_BITS   9                        /* split off so that products fit into 32 bits */

/* Power of bin k after pre-emphasis; it has to be shifted up first. */
static uint32_t emphasised(uint32_t power, int k) {
    uint32_t weight = ae_pre_emphasis[k];
    return (power >> 16) * weight + ((power & 0xFFFF) * weight >> 16);
}

static uint32_t strongest(const struct ae_spectrum *spectrum) {
    uint32_t power = 0;
    for (int k = 0; k <= AE_LPC_CEILING_BIN; k++)
        if (spectrum->power[k] > power)
            power = spectrum->power[k];
    return power;
}

/* Pre-emphasise the band, scale it to add up to less than 2^POWER_BITS and fold
 * it, as cos(pi lag k / ceiling) is even or odd about its middle. */
static bool fold(const struct ae_spectrum *spectrum, struct ae_lpc_work *work) {
    uint32_t peak = strongest(spectrum);
    if (peak == 0)
        return false;
    int up = ae_clz32(peak);
    uint32_t sum = AE_LPC_CEILING_BIN + 1; /* at least what the shift by 8 drops */
    for (int k = 0; k <= AE_LPC_CEILING_BIN; k++)
        sum += emphasised(spectrum->power[k] << up, k) >> 8;
    int excess = 8 + 32 - ae_clz32(sum) - POWER_BITS;
    int down = excess > 0 ? excess : 0;
    for (int k = 0; k <= MIDDLE; k++) {
        int mirror = AE_LPC_CEILING_BIN - k;
        int32_t lower = (int32_t)(emphasised(spectrum->power[k] << up, k) >> down);
        int32_t upper = (int32_t)(emphasised(spectrum->power[mirror] << up, mirror) >> down);
        work->even[k] = lower + upper;
        work->odd[k] = lower - upper;
    }
    work->even[MIDDLE] /= 2; /* its own mirror image */
    return true;
}

/* Sum of x[k] cos(pi lag k / ceiling), within 2^-15 of the sum of |x[k]|, whose
 * bound of 2^POWER_BITS keeps each of the two halves below 2^31. */
static int32_t cosine_sum(const int32_t x[MIDDLE + 1], int lag) {
    int32_t high = 0, low = 0;
    int point = 0;
    for (int k = 0; k <= MIDDLE; k++) {
        int32_t cosine = ae_lpc_cosine[point];
        high += (x[k] >> LOW_BITS) * cosine;
        low += (x[k] & ((1 << LOW_BITS) - 1)) * cosine;
        point += lag;
        if (point >= N_POINTS)
            point -= N_POINTS;
    }
    return high + (low >> LOW_BITS);
}

/* Autocorrelation of the band, in any unit. */
static void autocorrelate(const struct ae_lpc_work *work, float r[AE_LPC_ORDER + 1]) {
    int32_t power = 0;
    for (int k = 0; k <= MIDDLE; k++)
        power += work->even[k];
    r[0] = (float)(power << (15 - LOW_BITS)); /* cosines are Q15 */
    for (int lag = 1; lag <= AE_LPC_ORDER; lag++)
        r[lag] = (float)cosine_sum(lag % 2 ? work->odd : work->even, lag);
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
    if (!fold(spectrum, work))
        return 0;
    float r[AE_LPC_ORDER + 1];
    autocorrelate(work, r);
    return levinson(r, a);
}
