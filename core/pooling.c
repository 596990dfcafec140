#include "pooling.h"

#include <string.h>

#include "conv.h"
#include "fixed_point.h"

#define LARGEST_TOTAL (1u << 25) /* times 127 fits into 32 bits, with a row to come */

void ae_pooling_add(const struct ae_pooling *pooling, const uint8_t *row, uint32_t weight,
                    uint32_t *total) {
    if (weight == 0 || *total > LARGEST_TOTAL)
        return;
    *total += weight;
    for (uint32_t i = 0; i < pooling->n; i++) {
        const uint32_t x = row[i] - (uint32_t)AE_ZERO, product = weight * x;
        pooling->sums[i] += product;
        pooling->squares[i] = ae_add_product(pooling->squares[i], product, x);
    }
}

/* What many numbers are divided by. Not every processor can divide, all can multiply. */
struct divisor {
    uint32_t y, reciprocal; /* floor((2^32 - 1) / y) */
};

/* floor(x / y). The estimate is too small by 1 at most. */
static uint32_t quotient(uint32_t x, const struct divisor *by) {
    const uint32_t estimate = ae_multiply_high(x, by->reciprocal);
    return estimate + (x - estimate * by->y >= by->y);
}

/* The same for a wide x, six bits at a time; y is below 2^26. */
static uint64_t wide_quotient(uint64_t x, const struct divisor *by) {
    if (x >> 32 == 0)
        return quotient((uint32_t)x, by);
    uint64_t result = 0;
    uint32_t rest = 0;
    for (int shift = 60; shift >= 0; shift -= 6) {
        rest = rest << 6 | (x >> shift & 63);
        const uint32_t digit = quotient(rest, by);
        rest -= digit * by->y;
        result = result << 6 | digit;
    }
    return result;
}

/* floor(256 * x / y), for x / y below 2^24. */
static uint32_t in_256ths(uint64_t x, const struct divisor *by) {
    const uint32_t whole = (uint32_t)wide_quotient(x, by);
    const uint32_t rest = (uint32_t)x - whole * by->y;
    return whole * 256 + (uint32_t)wide_quotient((uint64_t)rest << 8, by);
}

/* floor(sqrt(x)), bit by bit, for x below 2^24. */
static uint16_t square_root(int32_t x) {
    int32_t root = 0;
    for (int32_t bit = 1 << 11; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return (uint16_t)root;
}

void ae_pooling_finish(const struct ae_pooling *pooling, uint32_t total, uint16_t *pooled) {
    const uint32_t n = pooling->n;
    memset(pooled, 0, 2 * n * sizeof *pooled);
    if (total == 0)
        return;
    const struct divisor by = {total, UINT32_MAX / total};
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t sum = (uint64_t)pooling->sums[i] * 16 + total / 2;
        const int32_t mean = (int32_t)wide_quotient(sum, &by);
        const int32_t variance = (int32_t)in_256ths(pooling->squares[i], &by) - mean * mean;
        pooled[i] = (uint16_t)mean;
        pooled[n + i] = square_root(variance > 0 ? variance : 0);
    }
}
