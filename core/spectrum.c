#include "spectrum.h"

#include <string.h>

#include "fixed_point.h"
#include "maths.h"
#include "tables.h"

#define FIRST_LOW 2 /* bin, where the mel bands begin */

/* Put the windowed samples, Q16, in pairs where ae_fft_real wants them; return the OR
 * of their magnitudes, each to within one. */
static uint32_t window(const int16_t *frame, struct ae_complex *z) {
    uint32_t magnitude = 0;
    for (int n = 0; n < AE_FRAME_LENGTH / 2; n++) {
        int32_t even = frame[2 * n] * ae_hann[2 * n];
        int32_t odd = frame[2 * n + 1] * ae_hann[2 * n + 1];
        magnitude |= (uint32_t)(even < 0 ? ~even : even) | (uint32_t)(odd < 0 ? ~odd : odd);
        z[ae_digit_reversed[n]] = (struct ae_complex){even, odd};
    }
    for (int n = AE_FRAME_LENGTH / 2; n < AE_N_FFT / 2; n++) {
        z[ae_digit_reversed[n]] = (struct ae_complex){0, 0};
    }
    return magnitude;
}

/* Take away what a microphone's offset leaves in the low bins: the weighted mean of the frame is
 * bin 0, and its spectrum is known. Each frame for itself, so that no answer depends on what was
 * heard before. */
static void remove_mean(struct ae_spectrum_work *work) {
    const int16_t *of_mean = ae_mean_bins;
    for (int k = FIRST_LOW; k < AE_LOW_BINS; k++) {
        work->low[k].re = work->z[k].re - ae_multiply_q16(work->z[0].re, *of_mean++);
        work->low[k].im = work->z[k].im - ae_multiply_q16(work->z[0].re, *of_mean++);
    }
}

static uint32_t square(int32_t x) {
    const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    return magnitude * magnitude;
}

static uint32_t strongest_of(const struct ae_complex *z, int n, uint32_t strongest) {
    for (const struct ae_complex *end = z + n; z != end; z++) {
        int32_t re = z->re >> 14, im = z->im >> 14;
        uint32_t power = (uint32_t)(re * re + im * im);
        strongest = power > strongest ? power : strongest;
    }
    return strongest;
}

/* An upper bound of |z|^2 / 2^28 over the block, less than 12 % too high.
 *
 * The transform of a frame with a windowed sample of 2^30 has, by Parseval, a bin of
 * at least 2^30 / 2^AE_FFT_EXPONENT, so what the shift by 14 cuts off is less than a
 * 64th of the strongest. Whatever the frame, its 400 windowed samples are below 2^31:
 * no bin exceeds 400 * 2^31 / 2^AE_FFT_EXPONENT, the magnitude of a square is below
 * 2^16, and their sum below 2^32. (Only the bins at 0 and at 8 kHz come near, when all
 * windowed samples are equal; others stay below 2 / pi of that.) */
static uint32_t strongest_power(const struct ae_spectrum_work *work) {
    const struct ae_complex *z = work->z;
    const uint32_t first = square(z[0].re >> 14), last = square(z[0].im >> 14);
    uint32_t strongest = first > last ? first : last;
    strongest = strongest_of(z + 1, AE_N_FFT / 2 - 1, strongest);
    strongest = strongest_of(work->low + FIRST_LOW, AE_LOW_BINS - FIRST_LOW, strongest);
    return strongest + (strongest >> 4);
}

void ae_spectrum_compute(const int16_t frame[AE_FRAME_LENGTH], struct ae_spectrum_work *work,
                         struct ae_spectrum *spectrum) {
    struct ae_complex *z = work->z;
    uint32_t magnitude = window(frame, z);
    if (magnitude == 0) {
        memset(spectrum, 0, sizeof *spectrum);
        return;
    }
    int headroom = ae_clz32(magnitude) - 1;
    ae_fft_real(z, 1 << headroom);

    remove_mean(work);
    int zeros = ae_clz32(strongest_power(work));
    int32_t gain = 1 << (zeros / 2);
    int shift = 28 - zeros % 2;
    spectrum->power[0] = ae_sum_of_squares(z[0].re * gain, 0, shift);
    spectrum->power[AE_N_FFT / 2] = ae_sum_of_squares(z[0].im * gain, 0, shift);
    for (int k = 1; k < AE_N_FFT / 2; k++) {
        spectrum->power[k] = ae_sum_of_squares(z[k].re * gain, z[k].im * gain, shift);
    }
    spectrum->low[0] = spectrum->low[1] = 0;
    for (int k = FIRST_LOW; k < AE_LOW_BINS; k++)
        spectrum->low[k] = ae_sum_of_squares(work->low[k].re * gain, work->low[k].im * gain, shift);
    spectrum->exponent = 28 - zeros + 2 * (AE_FFT_EXPONENT - 16 - headroom);
}
