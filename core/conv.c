#include "conv.h"

#include <stddef.h>
#include <string.h>

#include "dot.h"

#define CHUNK 32 /* outputs whose sums are kept until they are activated together */

static int32_t clamp(int32_t x, int32_t least, int32_t most) {
    return x < least ? least : x > most ? most : x;
}

/* From the sums of outputs `first` to `end`, all of which lack `offset`, to the outputs.
 * Sums wrap around on their way; what arrives has 32 bits. What outputs are added to has
 * its 128 already; without a residual it is 0. */
static void activate(const struct ae_filters *filters, uint32_t first, uint32_t end,
                     const uint32_t *sums, uint32_t offset, const uint8_t *residual,
                     uint8_t *outputs) {
    const int32_t *bias = filters->bias + first;
    const uint8_t *shift = filters->shift + first;
    const int32_t least = filters->relu ? AE_ZERO : 0;
#ifdef AE_SIMD /* as compilers find vectors in it */
    uint8_t others[CHUNK], *const output = outputs + first;
    memset(others, AE_ZERO, sizeof others);
    if (residual)
        memcpy(others, residual + first, end - first);
    for (uint32_t i = 0; i < end - first; i++) {
        const int32_t sum = (int32_t)(sums[i] + (uint32_t)bias[i] + offset);
        output[i] = (uint8_t)clamp(clamp(sum >> shift[i], -128, 127) + others[i], least, 255);
    }
#else
    static const uint8_t nothing = AE_ZERO;
    const uint32_t step = residual != NULL;
    const uint8_t *add = residual ? residual + first : &nothing;
    uint8_t *output = outputs + first;
    for (; output != outputs + end; add += step) {
        const int32_t sum = (int32_t)(*sums++ + (uint32_t)*bias++ + offset);
        *output++ = (uint8_t)clamp(clamp(sum >> *shift++, -128, 127) + *add, least, 255);
    }
#endif
}

static uint32_t end_of_chunk(uint32_t first, uint32_t n) {
    return n - first < CHUNK ? n : first + CHUNK;
}

static uint32_t sum_of(const uint8_t *x, uint32_t n) {
    uint32_t sum = 0;
    for (const uint8_t *end = x + n; x != end; x += 4)
        sum += (uint32_t)x[0] + x[1] + x[2] + x[3];
    return sum;
}

void ae_dense(const struct ae_filters *filters, const uint8_t *window, const uint8_t *residual,
              uint8_t *outputs) {
    const uint32_t n_inputs = filters->n_inputs, n_outputs = filters->n_outputs;
    const uint32_t offset = 0u - AE_ZERO * sum_of(window, n_inputs); /* of the weights' 128 */
    const uint8_t *weights = filters->weights;
    uint32_t sums[CHUNK];
    for (uint32_t end, first = 0; first < n_outputs; first = end) {
        end = end_of_chunk(first, n_outputs);
        uint32_t i = first;
#ifdef AE_SIMD
        for (; i + 4 * AE_BLOCK <= end; i += 4 * AE_BLOCK, weights += 4 * AE_BLOCK * n_inputs)
            ae_sixteen_dots(window, weights, n_inputs, sums + (i - first));
#endif
        for (; i < end; i += AE_BLOCK, weights += AE_BLOCK * n_inputs)
            ae_four_dots(window, weights, n_inputs, sums + (i - first));
        activate(filters, first, end, sums, offset, residual, outputs);
    }
}

/* Sums of four channels from `channel` on; returns the weights of the next four. */
static const int8_t *add_rows(const uint8_t *const *rows, uint32_t n_rows, uint32_t channel,
                              const int8_t *weights, uint32_t sums[AE_BLOCK]) {
#ifdef AE_SIMD
    ae_four four = ae_no_four();
    for (const uint8_t *const *end = rows + n_rows; rows != end; weights += AE_BLOCK)
        four = ae_accumulate_four(four, *rows++ + channel, weights);
    ae_store_four(four, sums);
#else
    int32_t a = 0, b = 0, c = 0, d = 0;
    for (const uint8_t *const *end = rows + n_rows; rows != end; weights += AE_BLOCK) {
        const uint8_t *const x = *rows++ + channel;
        a += x[0] * weights[0];
        b += x[1] * weights[1];
        c += x[2] * weights[2];
        d += x[3] * weights[3];
    }
    sums[0] = (uint32_t)a;
    sums[1] = (uint32_t)b;
    sums[2] = (uint32_t)c;
    sums[3] = (uint32_t)d;
#endif
    return weights;
}

void ae_depthwise(const struct ae_filters *filters, const uint8_t *const *rows, uint8_t *outputs) {
    const uint32_t n_rows = filters->n_inputs, n_outputs = filters->n_outputs;
    const int8_t *weights = (const int8_t *)filters->weights;
    uint32_t sums[CHUNK];
    for (uint32_t end, first = 0; first < n_outputs; first = end) {
        end = end_of_chunk(first, n_outputs);
        for (uint32_t i = first; i < end; i += AE_BLOCK)
            weights = add_rows(rows, n_rows, i, weights, sums + (i - first));
        activate(filters, first, end, sums, 0, NULL, outputs);
    }
}
