/* The layers of the network: 8-bit weights and inputs, sums of 32 bits.
 *
 * Rows hold x + 128, as weights do and for the same reason: see dot.h; the biases compensate it,
 * see net_file.h. Activations are in units of 1/16, weights in units of a power of two, which
 * `shift` divides by.
 */
#ifndef AE_CONV_H
#define AE_CONV_H

#include <stdbool.h>
#include <stdint.h>

#define AE_ZERO 128 /* stands for 0 in a row */

/* Parameters of a layer. */
struct ae_filters {
    const uint8_t *weights;
    const int32_t *bias;
    const uint8_t *shift;
    uint32_t n_inputs; /* of one output; of a dense one padded to a multiple of 4 */
    uint32_t n_outputs;
    bool relu;
};

/* Compute outputs of which each sees all of `window`, and add `residual` unless it is NULL. */
void ae_dense(const struct ae_filters *filters, const uint8_t *window, const uint8_t *residual,
              uint8_t *outputs);

/* Compute outputs of which each sees its own channel of n_inputs rows, the oldest first. */
void ae_depthwise(const struct ae_filters *filters, const uint8_t *const *rows, uint8_t *outputs);

#endif
