/* Layers of odd sizes with random weights and inputs: a hash of all their outputs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conv.h"
#include "dot.h"

#define MOST 512

static uint32_t seed = 1;
static uint8_t weights[MOST * MOST + MOST * 8], window[MOST], outputs[MOST], residual[MOST];
static int32_t bias[MOST];
static uint8_t shift[MOST];

static uint32_t drawn(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void fill(uint8_t *bytes, uint32_t n, int extreme) {
    for (uint32_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(extreme ? 255 : drawn());
}

static uint64_t hashed(uint64_t hash, const void *bytes, uint32_t n) {
    for (const uint8_t *byte = bytes; n--; byte++)
        hash = (hash ^ *byte) * 1099511628211u;
    return hash;
}

int main(void) {
    uint64_t hash = 14695981039346656037u;
    for (uint32_t run = 0; run < 80; run++) {
        const uint32_t n_inputs = 4 + drawn() % 120 * 4, n_outputs = 1 + drawn() % 200;
        const struct ae_filters dense = {weights, bias, shift, n_inputs, n_outputs, run % 3 == 0};
        const uint8_t *rows[9];
        fill(weights, sizeof weights, run % 16 == 0);
        fill(window, sizeof window, run % 8 == 0);
        fill(residual, sizeof residual, 0);
        for (uint32_t i = 0; i < MOST; i++) {
            bias[i] = (int32_t)drawn() - (1 << 23);
            shift[i] = (uint8_t)(drawn() % 15);
        }
        ae_dense(&dense, window, run % 2 ? residual : NULL, outputs);
        hash = hashed(hash, outputs, n_outputs);

        struct ae_filters depthwise = dense;
        depthwise.n_inputs = 1 + drawn() % 9;
        for (uint32_t i = 0; i < depthwise.n_inputs; i++)
            rows[i] = (i % 2 ? window : residual) + drawn() % 64 * 4;
        ae_depthwise(&depthwise, rows, outputs);
        hash = hashed(hash, outputs, n_outputs);

        uint32_t sums[AE_BLOCK];
        uint16_t wide[MOST];
        for (uint32_t i = 0; i < MOST; i++)
            wide[i] = (uint16_t)(run % 8 ? drawn() & 0x7fff : 0x7fff);
        ae_four_wide_dots(wide, weights, n_inputs, sums);
        for (int i = 0; i < AE_BLOCK; i++)
            hash = hashed(hash,
                          &(uint8_t[]){(uint8_t)sums[i], (uint8_t)(sums[i] >> 8),
                                       (uint8_t)(sums[i] >> 16), (uint8_t)(sums[i] >> 24)},
                          4);
    }
    printf("%016" PRIx64 "\n", hash);
    return 0;
}
