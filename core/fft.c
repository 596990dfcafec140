#include "fft.h"

#include "fixed_point.h"
#include "tables.h"

#define HALF (AE_N_FFT / 2)

/* With a constant step, addresses are offsets: a third of the instructions. */
#ifdef __GNUC__
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

/* The first stage adds four values, so moduli grow from sqrt(2) * 2^25 to at most
 * sqrt(2) * 2^27. The others halve theirs and add four, which makes it
 * sqrt(2) * 2^30 after the last: no component can overflow. */
#define FIRST_SHIFT 6

static struct ae_complex add(struct ae_complex a, struct ae_complex b) {
    return (struct ae_complex){a.re + b.re, a.im + b.im};
}

static struct ae_complex subtract(struct ae_complex a, struct ae_complex b) {
    return (struct ae_complex){a.re - b.re, a.im - b.im};
}

static struct ae_complex scaled(struct ae_complex x, int32_t gain) {
    return (struct ae_complex){x.re * gain >> FIRST_SHIFT, x.im * gain >> FIRST_SHIFT};
}

static struct ae_complex halved(struct ae_complex x) {
    return (struct ae_complex){x.re >> 1, x.im >> 1};
}

/* Half of x times the twiddle factor exp(-2 pi j turn / 512), turn > 0. */
static struct ae_complex half_rotated(struct ae_complex x, uint32_t twiddle) {
    int32_t cosine = (int16_t)twiddle, minus_sine = (int32_t)twiddle >> 16;
    return (struct ae_complex){
        ae_multiply_q16(x.re, cosine) - ae_multiply_q16(x.im, minus_sine),
        ae_multiply_q16(x.re, minus_sine) + ae_multiply_q16(x.im, cosine),
    };
}

/* The four-point transform of a, b, c, d, to z[0], z[step], z[2 step], z[3 step]. */
static void join(struct ae_complex *z, int step, struct ae_complex a, struct ae_complex b,
                 struct ae_complex c, struct ae_complex d) {
    struct ae_complex sum_a_c = add(a, c), difference_a_c = subtract(a, c);
    struct ae_complex sum_b_d = add(b, d), turned = {b.im - d.im, d.re - b.re}; /* -j (b - d) */
    z[0] = add(sum_a_c, sum_b_d);
    z[step] = add(difference_a_c, turned);
    z[2 * step] = subtract(sum_a_c, sum_b_d);
    z[3 * step] = subtract(difference_a_c, turned);
}

static void first_stage(struct ae_complex *z, int32_t gain) {
    for (int i = 0; i < HALF; i += 4)
        join(z + i, 1, scaled(z[i], gain), scaled(z[i + 1], gain), scaled(z[i + 2], gain),
             scaled(z[i + 3], gain));
}

/* Join four transforms of `step` points each into one, all along the block. */
static ALWAYS_INLINE void stage(struct ae_complex *z, int step) {
    for (struct ae_complex *block = z; block < z + HALF; block += 4 * step) {
        struct ae_complex *a = block;
        join(a, step, halved(a[0]), halved(a[step]), halved(a[2 * step]), halved(a[3 * step]));
        const uint32_t *twiddle = ae_three_twiddles;
        for (a++; a < block + step; a++) {
            twiddle += 3 * (HALF / 4 / step);
            join(a, step, halved(a[0]), half_rotated(a[step], twiddle[0]),
                 half_rotated(a[2 * step], twiddle[1]), half_rotated(a[3 * step], twiddle[2]));
        }
    }
}

/* From Z, the transform of the pairs x[2n] + j x[2n + 1], that of x: with
 * E = Z_k + conj(Z_256-k) and O = (Z_k - conj(Z_256-k)) / j,
 * 2 X_k = E + W^k O and 2 X_256-k = conj(E - W^k O). Here E and O are halved, then
 * their sums. */
static void split(struct ae_complex *z) {
    struct ae_complex first = halved(z[0]);
    z[0] = (struct ae_complex){first.re + first.im, first.re - first.im};
    for (int k = 1; k <= HALF / 2; k++) {
        struct ae_complex p = halved(z[k]), q = halved(z[HALF - k]);
        struct ae_complex even = {p.re + q.re, p.im - q.im};
        struct ae_complex odd = {p.im + q.im, q.re - p.re};
        struct ae_complex turned = half_rotated(odd, ae_twiddle[k]);
        even = halved(even);
        z[k] = add(even, turned);
        z[HALF - k] = (struct ae_complex){even.re - turned.re, turned.im - even.im};
    }
}

void ae_fft_real(struct ae_complex z[HALF], int32_t gain) {
    first_stage(z, gain);
    stage(z, 4);
    stage(z, 16);
    stage(z, 64);
    split(z);
}
