#include "fft.h"

#include "tables.h"

#define HALF (AE_N_FFT / 2)

/* What multiplication by a twiddle factor adds to the fraction: 14 bits of the
 * factor, less the 3 that keep the sum of four products within 32 bits. */
#define FRACTION_BITS 11

/* Bits of a component before it is multiplied: two products of 2^16 * 2^14 add up
 * to at most sqrt(2) * 2^30. */
#define FACTOR_BITS 16

int32_t ae_bit_length(uint32_t x) {
    int32_t n = 0;
    for (; x >= 256; x >>= 8) {
        n += 8;
    }
    for (; x != 0; x >>= 1) {
        n++;
    }
    return n;
}

/* At least |x|, and never of more bits; cheaper than |x| and, unlike it, can be OR-ed. */
static uint32_t magnitude(struct ae_complex x) {
    return (uint32_t)((x.re ^ (x.re >> 31)) | (x.im ^ (x.im >> 31)));
}

static int32_t excess_bits(uint32_t block_magnitude, int32_t allowed) {
    int32_t excess = ae_bit_length(block_magnitude) - allowed;
    return excess > 0 ? excess : 0;
}

static struct ae_complex add(struct ae_complex a, struct ae_complex b) {
    return (struct ae_complex){a.re + b.re, a.im + b.im};
}

static struct ae_complex subtract(struct ae_complex a, struct ae_complex b) {
    return (struct ae_complex){a.re - b.re, a.im - b.im};
}

static struct ae_complex shift_right(struct ae_complex x, int32_t shift) {
    int32_t half = (1 << shift) >> 1;
    return (struct ae_complex){(x.re + half) >> shift, (x.im + half) >> shift};
}

static struct ae_complex rotate(struct ae_complex x, int32_t cosine, int32_t minus_sine) {
    return (struct ae_complex){
        (x.re * cosine - x.im * minus_sine) >> (14 - FRACTION_BITS),
        (x.re * minus_sine + x.im * cosine) >> (14 - FRACTION_BITS),
    };
}

/* The four-point transform of a, b, c, d, to z[0], z[step], z[2 step], z[3 step]. */
static uint32_t butterfly(struct ae_complex *z, int step, struct ae_complex a, struct ae_complex b,
                          struct ae_complex c, struct ae_complex d) {
    struct ae_complex ac = add(a, c), bd = add(b, d);
    struct ae_complex even = subtract(a, c), odd = subtract(b, d);
    struct ae_complex minus_j_odd = {odd.im, -odd.re};
    z[0] = add(ac, bd);
    z[step] = add(even, minus_j_odd);
    z[2 * step] = subtract(ac, bd);
    z[3 * step] = subtract(even, minus_j_odd);
    return magnitude(z[0]) | magnitude(z[step]) | magnitude(z[2 * step]) | magnitude(z[3 * step]);
}

static uint32_t first_stage(struct ae_complex *z, int32_t shift) {
    uint32_t block_magnitude = 0;
    for (int i = 0; i < HALF; i += 4) {
        block_magnitude |=
            butterfly(z + i, 1, shift_right(z[i], shift), shift_right(z[i + 1], shift),
                      shift_right(z[i + 2], shift), shift_right(z[i + 3], shift));
    }
    return block_magnitude;
}

static uint32_t stage(struct ae_complex *z, int step, int32_t shift) {
    uint32_t block_magnitude = 0;
    for (int k = 0; k < step; k++) {
        const int16_t *w = ae_cosine;
        int turn = k * (HALF / 2 / step);
        for (int i = k; i < HALF; i += 4 * step) {
            struct ae_complex a = shift_right(z[i], shift);
            struct ae_complex b = shift_right(z[i + step], shift);
            struct ae_complex c = shift_right(z[i + 2 * step], shift);
            struct ae_complex d = shift_right(z[i + 3 * step], shift);
            a.re *= 1 << FRACTION_BITS;
            a.im *= 1 << FRACTION_BITS;
            block_magnitude |= butterfly(z + i, step, a, rotate(b, w[turn], w[turn + 128]),
                                         rotate(c, w[2 * turn], w[2 * turn + 128]),
                                         rotate(d, w[3 * turn], w[3 * turn + 128]));
        }
    }
    return block_magnitude;
}

/* From the transform of the pairs x[2n] + j x[2n + 1], that of x: with
 * E = Z_k + conj(Z_256-k) and O = (Z_k - conj(Z_256-k)) / j,
 * 2 X_k = E + W^k O and 2 X_256-k = conj(E - W^k O). */
static void split(struct ae_complex *z, int32_t shift) {
    struct ae_complex first = shift_right(z[0], shift);
    z[0].re = (first.re + first.im) * (1 << (FRACTION_BITS + 1));
    z[0].im = (first.re - first.im) * (1 << (FRACTION_BITS + 1));
    for (int k = 1; k <= HALF / 2; k++) {
        struct ae_complex p = z[k], q = {z[HALF - k].re, -z[HALF - k].im};
        struct ae_complex even = shift_right(add(p, q), shift);
        struct ae_complex odd = shift_right(subtract(p, q), shift);
        struct ae_complex minus_j_odd = {odd.im, -odd.re};
        struct ae_complex turned = rotate(minus_j_odd, ae_cosine[k], ae_cosine[k + 128]);
        even.re *= 1 << FRACTION_BITS;
        even.im *= 1 << FRACTION_BITS;
        z[k] = add(even, turned);
        z[HALF - k] = subtract(even, turned);
        z[HALF - k].im = -z[HALF - k].im;
    }
}

int32_t ae_fft_real(struct ae_complex z[HALF]) {
    uint32_t block_magnitude = 0;
    for (int i = 0; i < HALF; i++) {
        block_magnitude |= magnitude(z[i]);
    }
    /* Sums of four without a product may use 31 bits; so 29 bits going in. */
    int32_t shift = excess_bits(block_magnitude, 29);
    int32_t exponent = shift;
    block_magnitude = first_stage(z, shift);
    for (int step = 4; step < HALF; step *= 4) {
        shift = excess_bits(block_magnitude, FACTOR_BITS);
        exponent += shift - FRACTION_BITS;
        block_magnitude = stage(z, step, shift);
    }
    shift = excess_bits(block_magnitude, FACTOR_BITS - 1);
    split(z, shift);
    return exponent + shift - FRACTION_BITS - 1;
}
