/* Products wider than 32 bits.
 *
 * Cortex-M0, M0+, M1 and M23 have no instruction for the upper half of a product and
 * would call a library for it; there (AE_SHORT_PRODUCTS) they are put together from
 * products of halves. Both ways give the same bits.
 */
#ifndef AE_FIXED_POINT_H
#define AE_FIXED_POINT_H

#include <stdint.h>

#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define AE_SHORT_PRODUCTS
#endif

/* floor(x * factor / 2^16), for |factor| <= 2^15. */
static inline int32_t ae_multiply_q16(int32_t x, int32_t factor) {
#ifdef AE_SHORT_PRODUCTS
    return (x >> 16) * factor + ((uint16_t)x * factor >> 16);
#else
    return (int32_t)((int64_t)x * factor >> 16);
#endif
}

/* x * factor, exact. */
static inline uint64_t ae_multiply_wide(uint32_t x, uint16_t factor) {
#ifdef AE_SHORT_PRODUCTS
    return ((uint64_t)((x >> 16) * factor) << 16) + (x & 0xffff) * factor;
#else
    return (uint64_t)x * factor;
#endif
}

/* floor(x * y / 2^32) */
static inline uint32_t ae_multiply_high(uint32_t x, uint32_t y) {
#ifdef AE_SHORT_PRODUCTS
    uint32_t low = (x & 0xffff) * (y & 0xffff), high = (x >> 16) * (y >> 16);
    uint32_t one = (x >> 16) * (y & 0xffff) + (low >> 16);
    uint32_t other = (x & 0xffff) * (y >> 16) + (one & 0xffff);
    return high + (one >> 16) + (other >> 16);
#else
    return (uint32_t)((uint64_t)x * y >> 32);
#endif
}

/* sum + x * y, for a product below 2^32. */
static inline uint64_t ae_add_product(uint64_t sum, uint32_t x, uint32_t y) {
#ifdef AE_SHORT_PRODUCTS
    return sum + x * y;
#else
    return sum + (uint64_t)x * y; /* as wide as the sum: one instruction on Cortex-M4 */
#endif
}

/* (x^2 + y^2) / 2^shift, rounded, for |x| and |y| below 2^30, 16 <= shift <= 28 and a
 * result below 2^32. */
static inline uint32_t ae_sum_of_squares(int32_t x, int32_t y, int shift) {
#ifdef AE_SHORT_PRODUCTS
    int32_t x_high = (x + (1 << 13)) >> 14, x_low = x - x_high * (1 << 14);
    int32_t y_high = (y + (1 << 13)) >> 14, y_low = y - y_high * (1 << 14);
    uint32_t high = (uint32_t)x_high * (uint32_t)x_high + (uint32_t)y_high * (uint32_t)y_high;
    int32_t mixed = x_high * x_low + y_high * y_low;
    int32_t low = (x_low * x_low + y_low * y_low) >> 15;
    int32_t rounding = 1 << (shift - 16);
    return (high << (28 - shift)) + (uint32_t)((mixed + low + rounding) >> (shift - 15));
#else
    uint64_t sum = (uint64_t)((int64_t)x * x + (int64_t)y * y) + (1u << (shift - 1));
    return (uint32_t)(sum >> 32) << (32 - shift) | (uint32_t)sum >> shift;
#endif
}

/* floor((x * a - y * b) / 2^14), for |a| <= 2^15, |b| <= 2^14 and a result that fits. */
static inline int32_t ae_difference_q14(int32_t x, int32_t a, int32_t y, int32_t b) {
#ifdef AE_SHORT_PRODUCTS
    int32_t high = (x >> 15) * a - (y >> 15) * b;
    int32_t low = (x & 0x7fff) * a - (y & 0x7fff) * b;
    return high * 2 + (low >> 14);
#else
    return (int32_t)(((int64_t)x * a - (int64_t)y * b) >> 14);
#endif
}

/* floor(sum of x[i] * y[i] / 2^18), for |y[i]| <= 2^24, |x[i]| that add up to 2^24 at
 * most, and n < 120. */
static inline int32_t ae_dot_q18(const int32_t *x, const int32_t *y, int n) {
#ifdef AE_SHORT_PRODUCTS
    int32_t high = 0, mixed = 0, low = 0;
    for (int i = 0; i < n; i++) {
        int32_t x_high = x[i] >> 9, x_low = x[i] & 0x1ff;
        int32_t y_high = y[i] >> 9, y_low = y[i] & 0x1ff;
        high += x_high * y_high;
        mixed += x_high * y_low + x_low * y_high;
        low += x_low * y_low;
    }
    return high + ((mixed + (low >> 9)) >> 9);
#else
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (int64_t)x[i] * y[i];
    return (int32_t)(sum >> 18);
#endif
}

#endif
