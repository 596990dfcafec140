/* The layers of the network: 8-bit weights and inputs, sums of 32 bits.
 *
 * Rows hold x + 128, as weights do and for the same reason: see dot.h. net_file.h says how
 * biases make up for it.
 * Every activation counts in 16ths; what a weight stands for is a power of two, which
 * `shift` takes away again.
 */
#ifndef AE_CONV_H
#define AE_CONV_H

#include <stdbool.h>
#include <stdint.h>

#define AE_ZERO 128 /* what 0 is in a row */

/* What makes the outputs of a layer from sums of products. */
struct ae_filters {
    const uint8_t *weights;
    const int32_t *bias;
    const uint8_t *shift;
    uint32_t n_inputs; /* of one output; of a dense one padded to a multiple of 4 */
    uint32_t n_outputs;
    bool relu;
};

/* Outputs that see all of `window`. What they are added to is NULL for nothing. */
void ae_dense(const struct ae_filters *filters, const uint8_t *window, const uint8_t *residual,
              uint8_t *outputs);

/* Outputs that see their own channel of n_inputs rows, the oldest first. */
void ae_depthwise(const struct ae_filters *filters, const uint8_t *const *rows, uint8_t *outputs);

#endif
