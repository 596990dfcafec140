/* Sums of products with four rows of weights at once, modulo 2^32.
 *
 * Weights have 128 added, so that all bytes are loaded without a sign: Cortex-M0+ has an
 * address with an offset for those only. They lie in blocks: four of the first row, four
 * of the second and so on, then the next four of each. */
#ifndef AE_DOT_H
#define AE_DOT_H

#include <stdint.h>

#include "simd.h"

#define AE_BLOCK 4 /* rows at once, and weights of each that lie together */

/* For inputs of 8 bits; n is a multiple of 4. */
void ae_four_dots(const uint8_t *x, const uint8_t *weights, uint32_t n, uint32_t sums[AE_BLOCK]);

#ifdef AE_SIMD
void ae_sixteen_dots(const uint8_t *x, const uint8_t *weights, uint32_t n,
                     uint32_t sums[4 * AE_BLOCK]);
#endif

/* For inputs of 15 bits. Of four weights the second and the third have changed
 * places. */
void ae_four_wide_dots(const uint16_t *x, const uint8_t *weights, uint32_t n,
                       uint32_t sums[AE_BLOCK]);

#endif
