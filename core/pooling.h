/* From any number of rows to their weighted means and standard deviations. */
#ifndef AE_POOLING_H
#define AE_POOLING_H

#include <stdint.h>

/* Sums over rows of n channels. Exact for 2^25 / 127 rows of the largest weight, 44
 * minutes if every frame gives one; later rows are not counted. */
struct ae_pooling {
    uint64_t *squares; /* of weight * x^2 */
    uint32_t *sums;    /* of weight * x */
    uint32_t n;
};

/* Add a row as conv.h stores it, none of whose values is below 0; `total` is the sum of
 * all weights. */
void ae_pooling_add(const struct ae_pooling *pooling, const uint8_t *row, uint32_t weight,
                    uint32_t *total);

/* n means, then n deviations, in 256ths; zeros if nothing had a weight. */
void ae_pooling_finish(const struct ae_pooling *pooling, uint32_t total, uint16_t *pooled);

#endif
