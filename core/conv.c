#include "conv.h"

#include <stddef.h>

#define BLOCK 4 /* outputs at once, and weights of each that lie together */

static int32_t clamp(int32_t x, int32_t least, int32_t most) {
    return x < least ? least : x > most ? most : x;
}

/* From the sums of up to four outputs, the first of which is `first`. The sums wrap around
 * on their way; what arrives has 32 bits. */
static void activate(const struct ae_filters *filters, uint32_t first, const uint32_t sums[BLOCK],
                     const uint8_t *residual, uint8_t *outputs) {
    const int32_t least = filters->relu ? AE_ZERO : 0;
    const uint32_t end = first + BLOCK < filters->n_outputs ? first + BLOCK : filters->n_outputs;
    for (uint32_t i = first; i < end; i++) {
        const int32_t sum = (int32_t)(*sums++ + (uint32_t)filters->bias[i]);
        int32_t y = clamp(ae_shift_rounded(sum, filters->shift[i]) + AE_ZERO, 0, 255);
        if (residual)
            y += residual[i] - AE_ZERO;
        outputs[i] = (uint8_t)clamp(y, least, 255);
    }
}

static uint32_t sum_of(const uint8_t *x, uint32_t n) {
    uint32_t sum = 0;
    for (const uint8_t *end = x + n; x != end; x += 4)
        sum += (uint32_t)x[0] + x[1] + x[2] + x[3];
    return sum;
}

#ifdef __ARM_FEATURE_DSP

/* Two products at once, as assembly because compilers do not find the instruction. */
#define FOUR_PRODUCTS(sum)                                                                         \
    "ldr %[two], [%[weights]], #4\n\t"                                                             \
    "uxtb16 %[even], %[two]\n\t"                                                                   \
    "uxtb16 %[two], %[two], ror #8\n\t"                                                            \
    "smlad %[" sum "], %[even], %[even_x], %[" sum "]\n\t"                                         \
    "smlad %[" sum "], %[two], %[odd_x], %[" sum "]\n\t"

static void add_products(const uint8_t *x, const uint8_t *weights, uint32_t n,
                         uint32_t sums[BLOCK]) {
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    uint32_t even_x, odd_x, even, two;
    for (const uint8_t *end = x + n; x != end;)
        __asm__ volatile("ldr %[odd_x], [%[x]], #4\n\t"
                         "uxtb16 %[even_x], %[odd_x]\n\t"
                         "uxtb16 %[odd_x], %[odd_x], ror #8\n\t" FOUR_PRODUCTS("a")
                             FOUR_PRODUCTS("b") FOUR_PRODUCTS("c") FOUR_PRODUCTS("d")
                         : [even_x] "=&r"(even_x), [odd_x] "=&r"(odd_x), [even] "=&r"(even),
                           [two] "=&r"(two), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),
                           [x] "+r"(x), [weights] "+r"(weights)
                         :
                         : "memory");
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#else

static void add_products(const uint8_t *x, const uint8_t *weights, uint32_t n,
                         uint32_t sums[BLOCK]) {
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    for (const uint8_t *end = x + n; x != end; x += 4, weights += 16)
        for (int i = 0; i < 4; i++) {
            a += (uint32_t)x[i] * weights[i];
            b += (uint32_t)x[i] * weights[4 + i];
            c += (uint32_t)x[i] * weights[8 + i];
            d += (uint32_t)x[i] * weights[12 + i];
        }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#endif

void ae_dense(const struct ae_filters *filters, const uint8_t *window, const uint8_t *residual,
              uint8_t *outputs) {
    const uint8_t *weights = filters->weights;
    const uint32_t too_much = 128 * sum_of(window, filters->n_inputs);
    for (uint32_t first = 0; first < filters->n_outputs; first += BLOCK) {
        uint32_t sums[BLOCK] = {0u - too_much, 0u - too_much, 0u - too_much, 0u - too_much};
        add_products(window, weights, filters->n_inputs, sums);
        activate(filters, first, sums, residual, outputs);
        weights += BLOCK * filters->n_inputs;
    }
}

void ae_depthwise(const struct ae_filters *filters, const uint8_t *const *rows, uint8_t *outputs) {
    const uint32_t step = (filters->n_outputs + 3) / 4 * 4;
    for (uint32_t first = 0; first < filters->n_outputs; first += BLOCK) {
        const int8_t *weights = (const int8_t *)filters->weights + first;
        int32_t a = 0, b = 0, c = 0, d = 0;
        for (uint32_t t = 0; t < filters->n_inputs; t++, weights += step) {
            const uint8_t *x = rows[t] + first;
            a += x[0] * weights[0];
            b += x[1] * weights[1];
            c += x[2] * weights[2];
            d += x[3] * weights[3];
        }
        const uint32_t sums[BLOCK] = {(uint32_t)a, (uint32_t)b, (uint32_t)c, (uint32_t)d};
        activate(filters, first, sums, NULL, outputs);
    }
}
