#include "conv.h"

#include <stddef.h>

#include "products.h"

#define BLOCK 4  /* outputs at once, and weights of each that lie together */
#define CHUNK 32 /* outputs between sums and activation */

static int32_t clamp(int32_t x, int32_t least, int32_t most) {
    return x < least ? least : x > most ? most : x;
}

/* From sums, all of which lack `offset`, to outputs, from number `first` on. Sums wrap
 * around on their way; what arrives has 32 bits. */
static void activate(const struct ae_filters *filters, uint32_t first, const uint32_t *sums,
                     uint32_t offset, const uint8_t *residual, uint8_t *outputs) {
    static const uint8_t nothing = AE_ZERO;
    const int32_t *bias = filters->bias + first;
    const uint8_t *shift = filters->shift + first;
    const int32_t least = filters->relu ? AE_ZERO : 0;
    const uint32_t left = filters->n_outputs - first, step = residual != NULL;
    const uint8_t *add = residual ? residual + first : &nothing;
    outputs += first;
    for (const uint8_t *end = outputs + (left < CHUNK ? left : CHUNK); outputs != end;
         add += step) {
        const int32_t sum = (int32_t)(*sums++ + (uint32_t)*bias++ + offset);
        *outputs++ = (uint8_t)clamp(clamp(sum >> *shift++, -128, 127) + *add, least, 255);
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
    uint32_t a = 0, b = 0, c = 0, d = 0;
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

/* A Cortex-M0+ has eight registers for everything, as many as are needed here as long as
 * the compiler keeps to this order. */
#if defined(__GNUC__) && defined(AE_SHORT_PRODUCTS)
#define STAY_IN_ORDER                                                                              \
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(x), "+r"(weights))
#else
#define STAY_IN_ORDER (void)0
#endif

static void add_products(const uint8_t *x, const uint8_t *weights, uint32_t n,
                         uint32_t sums[BLOCK]) {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    for (const uint8_t *end = x + n; x != end; x += 4, weights += 16) {
#define ONE_INPUT(i)                                                                               \
    a += (uint32_t)x[i] * weights[i];                                                              \
    b += (uint32_t)x[i] * weights[4 + (i)];                                                        \
    c += (uint32_t)x[i] * weights[8 + (i)];                                                        \
    d += (uint32_t)x[i] * weights[12 + (i)];                                                       \
    STAY_IN_ORDER;
        ONE_INPUT(0)
        ONE_INPUT(1)
        ONE_INPUT(2)
        ONE_INPUT(3)
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

#endif

void ae_dense(const struct ae_filters *filters, const uint8_t *window, const uint8_t *residual,
              uint8_t *outputs) {
    const uint32_t n_inputs = filters->n_inputs, n_outputs = filters->n_outputs;
    const uint32_t offset = 0u - AE_ZERO * sum_of(window, n_inputs);
    const uint8_t *weights = filters->weights;
    uint32_t sums[CHUNK];
    for (uint32_t i = 0; i < n_outputs; i += BLOCK) {
        add_products(window, weights, n_inputs, sums + i % CHUNK);
        weights += BLOCK * n_inputs;
        if (i % CHUNK == CHUNK - BLOCK || i + BLOCK >= n_outputs)
            activate(filters, i / CHUNK * CHUNK, sums, offset, residual, outputs);
    }
}

/* Sums of four channels from `channel` on; returns the weights of the next four. */
static const int8_t *add_rows(const uint8_t *const *rows, uint32_t n_rows, uint32_t channel,
                              const int8_t *weights, uint32_t sums[BLOCK]) {
    int32_t a = 0, b = 0, c = 0, d = 0;
    for (const uint8_t *const *end = rows + n_rows; rows != end; weights += BLOCK) {
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
    return weights;
}

void ae_depthwise(const struct ae_filters *filters, const uint8_t *const *rows, uint8_t *outputs) {
    const uint32_t n_rows = filters->n_inputs, n_outputs = filters->n_outputs;
    const int8_t *weights = (const int8_t *)filters->weights;
    uint32_t sums[CHUNK];
    for (uint32_t i = 0; i < n_outputs; i += BLOCK) {
        weights = add_rows(rows, n_rows, i, weights, sums + i % CHUNK);
        if (i % CHUNK == CHUNK - BLOCK || i + BLOCK >= n_outputs)
            activate(filters, i / CHUNK * CHUNK, sums, 0, NULL, outputs);
    }
}
