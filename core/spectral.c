#include "spectral.h"

#include <string.h>

#include "fixed_point.h"
#include "maths.h"

#define BIN_HZ        ((float)AE_SAMPLE_RATE / AE_N_FFT)
#define DB_PER_OCTAVE 3.01029996f /* of power */
#define Q15           (1.0f / 32768.0f)

/* First and last bin of a band whose edges, in Hz, lie in it. */
#define FIRST_BIN(hz) (((hz) * AE_N_FFT + AE_SAMPLE_RATE - 1) / AE_SAMPLE_RATE)
#define LAST_BIN(hz)  ((hz) * AE_N_FFT / AE_SAMPLE_RATE)

/* Sums over the bins k and their magnitudes m. */
struct sums {
    uint32_t m, km;    /* at most 2^16 257 and 2^16 2^15 */
    uint64_t kkm;      /* k k m */
    uint64_t squares;  /* m m */
    uint64_t product;  /* m times that of the frame before */
    uint32_t mantissa; /* product of the powers = mantissa 2^(exponent - 15), Q15 */
    int32_t exponent;
};

void ae_spectral_reset(struct ae_spectral *spectral) {
    memset(spectral, 0, sizeof *spectral);
}

/* Take a power above 0 into the product: 16 bits of it, normal like the product. */
static void multiply(struct sums *sums, uint32_t power) {
    const int zeros = ae_clz32(power);
    const uint32_t product = sums->mantissa * (power << zeros >> 16); /* at least 2^30 */
    const uint32_t carry = product >> 31;
    sums->mantissa = product >> (15 + carry);
    sums->exponent += 31 - zeros + (int32_t)carry;
}

/* Replace the magnitudes by those of `power` and sum up, in two passes, so that the
 * sums of each stay in registers. */
static struct sums renew(uint16_t magnitude[AE_N_BINS], const uint32_t power[AE_N_BINS]) {
    struct sums sums = {0, 0, 0, 0, 0, 1 << 15, 0};
    for (int k = 0; k < AE_N_BINS; k++) {
        const uint32_t m = ae_sqrt_u32(power[k]);
        sums.product = ae_add_product(sums.product, m, magnitude[k]);
        magnitude[k] = (uint16_t)m;
        if (power[k] > 0)
            multiply(&sums, power[k]);
    }
    for (uint32_t k = 0; k < AE_N_BINS; k++) {
        const uint32_t m = magnitude[k], km = k * m;
        sums.m += m;
        sums.km += km;
        sums.kkm = ae_add_product(sums.kkm, km, k);
        sums.squares = ae_add_product(sums.squares, m, m);
    }
    return sums;
}

/* Variance about the bin nearest to the centroid, which keeps the sums exact,
 * moved to the centroid itself. */
static float bandwidth_of(const struct sums *sums, float centroid) {
    const int64_t near = (int64_t)(centroid + 0.5f);
    const int64_t moment =
        (int64_t)sums->kkm - 2 * near * (int64_t)sums->km + near * near * (int64_t)sums->m;
    const float offset = centroid - (float)near;
    return ae_sqrtf((float)moment / (float)sums->m - offset * offset);
}

static float rolloff_of(const uint16_t magnitude[AE_N_BINS], uint32_t total) {
    const uint32_t threshold = (total * 17 + 19) / 20;
    uint32_t sum = magnitude[0];
    int k = 0;
    while (sum < threshold)
        sum += magnitude[++k];
    return (float)k;
}

/* |a/|a| - b/|b||^2 = 2 - 2 a.b / (|a| |b|); 0 if either is silent. */
static float flux_of(float product, float energy, float energy_before) {
    const float length = ae_sqrtf(energy) * ae_sqrtf(energy_before);
    return length > 0.0f ? ae_sqrtf(2.0f - 2.0f * product / length) : 0.0f;
}

static uint64_t energy_of(const uint32_t power[AE_N_BINS], int first, int last) {
    uint64_t energy = 0;
    for (int k = first; k <= last; k++)
        energy += power[k];
    return energy;
}

static float flatness_of(const struct sums *sums, uint64_t energy) {
    const float log2_product = (float)sums->exponent + ae_log2f((float)sums->mantissa * Q15);
    return ae_exp2f(log2_product * (1.0f / AE_N_BINS) -
                    ae_log2f((float)energy * (1.0f / AE_N_BINS)));
}

static uint32_t strongest_of(const uint32_t power[AE_N_BINS], int first, int last) {
    uint32_t strongest = 0;
    for (int k = first; k <= last; k++)
        strongest = power[k] > strongest ? power[k] : strongest;
    return strongest;
}

/* dB; bands without energy count as if they had the least there is. */
static float ratio_db(float above, float below) {
    return DB_PER_OCTAVE *
           (ae_log2f(above > 1.0f ? above : 1.0f) - ae_log2f(below > 1.0f ? below : 1.0f));
}

/* Least squares; of at most 33 bins the sum of products stays below 2^30. */
static float slope_of(const uint32_t power[AE_N_BINS], int first, int last) {
    int32_t product = 0;
    int32_t squares = 0;
    for (int k = first; k <= last; k++) {
        const int32_t x = 2 * k - first - last; /* twice the distance from the middle */
        product += x * ae_log2_q15(power[k]);
        squares += x * x;
    }
    return (float)product / (float)squares * (2.0f * Q15 * DB_PER_OCTAVE / BIN_HZ);
}

void ae_spectral_update(struct ae_spectral *spectral, const struct ae_spectrum *spectrum,
                        struct ae_spectral_shape *shape) {
    const uint32_t *power = spectrum->power;
    const struct sums sums = renew(spectral->magnitude, power);
    const float energy = (float)sums.squares;
    memset(shape, 0, sizeof *shape);
    shape->flatness = 1.0f;
    if (sums.m > 0) {
        const float centroid = (float)sums.km / (float)sums.m;
        shape->centroid = centroid * BIN_HZ;
        shape->bandwidth = bandwidth_of(&sums, centroid) * BIN_HZ;
        shape->rolloff_85 = rolloff_of(spectral->magnitude, sums.m) * BIN_HZ;
        shape->flux = flux_of((float)sums.product, energy, spectral->energy);
        const uint64_t low = energy_of(power, FIRST_BIN(50), LAST_BIN(1000));
        const uint64_t high = energy_of(power, LAST_BIN(1000) + 1, LAST_BIN(5000));
        shape->alpha_ratio = ratio_db((float)high, (float)low);
        shape->flatness =
            flatness_of(&sums, energy_of(power, 0, FIRST_BIN(50) - 1) + low + high +
                                   energy_of(power, LAST_BIN(5000) + 1, AE_N_BINS - 1));
        shape->hammarberg =
            ratio_db((float)strongest_of(power, 0, LAST_BIN(2000)),
                     (float)strongest_of(power, LAST_BIN(2000) + 1, LAST_BIN(5000)));
        shape->slope_0_500 = slope_of(power, 0, LAST_BIN(500));
        shape->slope_500_1500 = slope_of(power, FIRST_BIN(500), LAST_BIN(1500));
    }
    spectral->energy = energy;
}
