#include "correlation.h"

#include <string.h>

#include "maths.h"

#ifdef __ARM_FEATURE_DSP

/* Two products at once. Written as assembly, loads included, because compilers do
 * not find the instruction and split loads that may not be aligned to 4 bytes. */
#define TWO_PRODUCTS                                                                               \
    "ldr %0, [%3], #4\n\t"                                                                         \
    "ldr %1, [%4], #4\n\t"                                                                         \
    "smlad %2, %0, %1, %2\n\t"
#define OPERANDS "=&r"(two_a), "=&r"(two_b), "+r"(sum), "+r"(a), "+r"(b) : : "memory"

int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n) {
    int32_t sum = 0;
    uint32_t two_a, two_b;
    for (; n >= 8; n -= 8)
        __asm__ volatile(TWO_PRODUCTS TWO_PRODUCTS TWO_PRODUCTS TWO_PRODUCTS : OPERANDS);
    for (; n >= 2; n -= 2)
        __asm__ volatile(TWO_PRODUCTS : OPERANDS);
    return n ? sum + *a * *b : sum;
}

/* Eight products from three loads: what the third and fourth lag load is what the
 * first and second take next. */
#define EIGHT_PRODUCTS                                                                             \
    "ldr %0, [%7], #4\n\t"                                                                         \
    "smlad %3, %0, %1, %3\n\t"                                                                     \
    "smlad %4, %0, %2, %4\n\t"                                                                     \
    "ldr %1, [%8, #4]!\n\t"                                                                        \
    "ldr %2, [%8, #2]\n\t"                                                                         \
    "smlad %5, %0, %1, %5\n\t"                                                                     \
    "smlad %6, %0, %2, %6\n\t"

void ae_four_correlations(const int16_t *x, const int16_t *later, int32_t n, int32_t r[4]) {
    /* cppcheck-suppress constVariable ; the assembly adds to them */
    int32_t sum[4] = {0, 0, 0, 0};
    uint32_t two_x, first, second;
    memcpy(&first, later, sizeof first);
    memcpy(&second, later + 1, sizeof second);
    for (; n >= 2 * 4 + 3; n -= 2 * 4)
        __asm__ volatile(EIGHT_PRODUCTS EIGHT_PRODUCTS EIGHT_PRODUCTS EIGHT_PRODUCTS
                         : "=&r"(two_x), "+r"(first), "+r"(second), "+r"(sum[0]), "+r"(sum[1]),
                           "+r"(sum[2]), "+r"(sum[3]), "+r"(x), "+r"(later)
                         :
                         : "memory");
    for (int32_t i = 0; i < 4; i++)
        r[i] = sum[i] + ae_correlation(x, later + i, n - i);
}

#else

int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n) {
    int32_t sum = 0;
    /* On Cortex-M0+ a third fewer instructions than with an index. */
    for (const int16_t *end = a + n; a != end;)
        sum += *a++ * *b++;
    return sum;
}

#endif

int32_t ae_correlation_shift(uint32_t magnitude) {
    return 21 - ae_clz32(magnitude);
}

float ae_cross_correlation(const struct ae_stretch *stretch, int32_t lag) {
    const int16_t *x = stretch->x, *later = x + lag;
    float energies = stretch->scale * (float)ae_correlation(later, later, stretch->n);
    float product = (float)ae_correlation(x, later, stretch->n);
    return energies > 0.0f ? product / ae_sqrtf(energies) : 0.0f;
}

struct ae_stretch ae_cross_stretch(const int16_t *x, int32_t n) {
    return (struct ae_stretch){x, n, (float)ae_correlation(x, x, n)};
}

bool ae_climb(ae_correlation_at *at, const struct ae_stretch *stretch, int32_t lag, int32_t steps,
              struct ae_peak *peak) {
    float r[3];
    for (int32_t i = 0; i < 3; i++)
        r[i] = at(stretch, lag - 1 + i);
    for (; steps > 0 && (r[0] > r[1] || r[2] > r[1]); steps--) {
        if (r[2] > r[0]) {
            lag++;
            r[0] = r[1];
            r[1] = r[2];
            r[2] = at(stretch, lag + 1);
        } else {
            lag--;
            r[2] = r[1];
            r[1] = r[0];
            r[0] = at(stretch, lag - 1);
        }
    }
    bool found = r[1] >= r[0] && r[1] >= r[2];
    *peak = found ? ae_parabola(r, lag) : (struct ae_peak){(float)lag, r[1]};
    return found;
}

struct ae_peak ae_parabola(const float value[3], int32_t lag) {
    float slope = 0.5f * (value[2] - value[0]);
    float curvature = 2.0f * value[1] - value[0] - value[2];
    float offset = curvature > 0.0f ? slope / curvature : 0.0f;
    return (struct ae_peak){(float)lag + offset, value[1] + 0.5f * slope * offset};
}
