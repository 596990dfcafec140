#include "pooling.h"

#include "conv.h"
#include "products.h"

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

/* floor(x / y): a product of 64 bits has a library divide it, which takes long. */
static uint64_t quotient(uint64_t x, uint32_t y) {
    return x >> 32 ? x / y : (uint32_t)x / y;
}

/* floor(256 * x / y) */
static uint32_t in_256ths(uint64_t x, uint32_t y) {
    const uint64_t whole = quotient(x, y);
    const uint64_t rest = x - whole * y;
    return (uint32_t)(whole * 256 + quotient(rest * 256, y));
}

/* floor(sqrt(x)), bit by bit, for x below 2^24. */
static int16_t square_root(int32_t x) {
    int32_t root = 0;
    for (int32_t bit = 1 << 11; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return (int16_t)root;
}

void ae_pooling_finish(const struct ae_pooling *pooling, uint32_t total, int16_t *pooled) {
    const uint32_t n = pooling->n;
    for (uint32_t i = 0; i < n; i++) {
        int32_t mean = 0, variance = 0;
        if (total > 0) {
            mean = (int32_t)quotient((uint64_t)pooling->sums[i] * 16 + total / 2, total);
            variance = (int32_t)in_256ths(pooling->squares[i], total) - mean * mean;
        }
        pooled[i] = (int16_t)mean;
        pooled[n + i] = square_root(variance > 0 ? variance : 0);
    }
}
