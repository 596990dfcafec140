#include "pitch.h"

#include <string.h>

#include "correlation.h"
#include "maths.h"
#include "tables.h"

/* Praat's standard settings (Sound: To Pitch (ac)...). */
#define SILENCE_THRESHOLD   0.03f
#define VOICING_THRESHOLD   0.45f
#define OCTAVE_COST         0.01f
#define OCTAVE_JUMP_COST    0.35f
#define VOICED_UNVOICED_COST 0.14f

#define LAG_MIN     27  /* samples, 593 Hz; the parabola reaches 600 Hz */
#define LAG_MAX     213 /* samples, 75 Hz */
#define LOW_LAG_MIN 6
#define LOW_LAG_MAX 54
#define LOW_LAG_COST 0.002f /* per low-rate lag, so that multiples of a short period rank below it */
#define CLIMB       4 /* samples a refined lag may lie from where the low rate put it */

#define HNR_WINDOW 213 /* samples, the longest period, as Harmonicity (cc) */
#define HNR_MIN_DB (-10.0f)
#define HNR_MAX_DB 40.0f

#define MIDDLE 107 /* samples, half the longest period on either side of the center */

#define LOG2_F0_MAX 9.22881869f /* log2(600) */

void ae_pitch_reset(struct ae_pitch *pitch)
{
    memset(pitch, 0, sizeof *pitch);
    pitch->n_candidates = 1;
}

static uint32_t magnitude(int32_t x)
{
    return (uint32_t)(x < 0 ? -x : x);
}

static int32_t mean_of(const int16_t *x, int32_t n)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

static uint32_t peak_of(const int16_t *x, int32_t n, int32_t mean)
{
    uint32_t peak = 0;
    for (int32_t i = 0; i < n; i++) {
        uint32_t m = magnitude(x[i] - mean);
        if (m > peak)
            peak = m;
    }
    return peak;
}

/* Hann-windowed samples without their mean, their peak at most AE_CORRELATION_PEAK. */
static void apply_window(const int16_t *x, int32_t mean, int32_t shift, int16_t *windowed)
{
    int32_t right = 14 + shift, half = 1 << (right - 1);
    const int16_t *last = x + AE_PITCH_WINDOW - 1;
    for (int32_t i = 0; i < AE_PITCH_WINDOW / 2; i++) {
        int32_t left_half = (x[i] - mean) * ae_pitch_hann[i];
        int32_t right_half = (last[-i] - mean) * ae_pitch_hann[i];
        windowed[i] = (int16_t)((left_half + half) >> right);
        windowed[AE_PITCH_WINDOW - 1 - i] = (int16_t)((right_half + half) >> right);
    }
}

/* A quarter of the rate, after the triangle 1 2 3 4 3 2 1 whose zeros are at 4 and 8 kHz. */
static void decimate(const int16_t *x, int16_t *low)
{
    int32_t previous = 0;
    for (int32_t i = 0; i < AE_PITCH_LOW_WINDOW; i++, x += 4) {
        int32_t rising = x[0] + 2 * x[1] + 3 * x[2] + 4 * x[3];
        low[i] = (int16_t)((previous + rising + 4) >> 3);
        previous = 3 * x[0] + 2 * x[1] + x[2];
    }
}

/* Correlation at the low rate, freed of the window's; Q-1 of the energy. */
static void correlate_low(const int16_t *low, int32_t *correlation)
{
    for (int32_t lag = LOW_LAG_MIN - 1; lag <= LOW_LAG_MAX + 1; lag++) {
        int32_t r = ae_correlation(low, low + lag, AE_PITCH_LOW_WINDOW - lag);
        correlation[lag] = (r >> 15) * ae_pitch_unbias[AE_PITCH_DECIMATION * lag];
    }
}

/* Normalised correlation of the windowed samples at one lag. */
static float correlation_at(const int16_t *windowed, int32_t lag, float per_energy)
{
    int32_t r = ae_correlation(windowed, windowed + lag, AE_PITCH_WINDOW - lag);
    return (float)r * (float)ae_pitch_unbias[lag] * per_energy;
}

/* Climb from a lag to the nearest maximum and interpolate it. */
static bool refine(const int16_t *windowed, int32_t lag, float per_energy,
                   struct ae_pitch_candidate *candidate)
{
    float r[3];
    for (int32_t i = 0; i < 3; i++)
        r[i] = correlation_at(windowed, lag - 1 + i, per_energy);
    for (int32_t steps = 0; r[0] > r[1] || r[2] > r[1]; steps++) {
        if (steps == CLIMB || lag < LAG_MIN || lag > LAG_MAX)
            return false;
        if (r[2] > r[0]) {
            lag++;
            r[0] = r[1];
            r[1] = r[2];
            r[2] = correlation_at(windowed, lag + 1, per_energy);
        } else {
            lag--;
            r[2] = r[1];
            r[1] = r[0];
            r[0] = correlation_at(windowed, lag - 1, per_energy);
        }
    }
    float f0_hz = (float)AE_SAMPLE_RATE / ((float)lag + ae_peak_offset(r));
    if (f0_hz < AE_F0_MIN_HZ || f0_hz > AE_F0_MAX_HZ)
        return false;
    float height = ae_peak_height(r);
    candidate->f0_hz = f0_hz;
    candidate->log2_f0 = ae_log2f(f0_hz);
    candidate->strength = height > 1.0f ? 1.0f / height : height;
    return true;
}

/* A maximum of the correlation at the low rate. */
struct low_maximum {
    float lag;  /* samples at the full rate */
    float rank; /* its height, less for longer periods */
};

/* The most promising maxima at the low rate, best first; their number. */
static int32_t find_low_maxima(const int32_t *correlation, float per_energy,
                               struct low_maximum maximum[AE_PITCH_CANDIDATES])
{
    int32_t n = 0;
    for (int32_t lag = LOW_LAG_MIN; lag <= LOW_LAG_MAX; lag++) {
        const int32_t *r = correlation + lag;
        if (r[0] <= 0 || r[0] <= r[-1] || r[0] < r[1])
            continue;
        float around[3] = {(float)r[-1], (float)r[0], (float)r[1]};
        float interpolated = (float)lag + ae_peak_offset(around);
        float rank = ae_peak_height(around) * per_energy - LOW_LAG_COST * interpolated;
        if (n == AE_PITCH_CANDIDATES && rank <= maximum[n - 1].rank)
            continue;
        int32_t place = n < AE_PITCH_CANDIDATES ? n++ : n - 1;
        for (; place > 0 && rank > maximum[place - 1].rank; place--)
            maximum[place] = maximum[place - 1];
        maximum[place].lag = (float)AE_PITCH_DECIMATION * interpolated;
        maximum[place].rank = rank;
    }
    return n;
}

/* Candidate periods of this frame, the unvoiced one first; their number. */
static int32_t find_candidates(struct ae_pitch_work *work,
                               struct ae_pitch_candidate candidate[AE_PITCH_CANDIDATES + 1])
{
    struct low_maximum maximum[AE_PITCH_CANDIDATES];
    int32_t n = 1;
    int32_t energy = ae_correlation(work->samples, work->samples, AE_PITCH_WINDOW);
    candidate[0] = (struct ae_pitch_candidate){0.0f, 0.0f, 0.0f, 0.0f};
    decimate(work->samples, work->low);
    int32_t low_energy = ae_correlation(work->low, work->low, AE_PITCH_LOW_WINDOW);
    if (low_energy == 0)
        return n;
    float per_energy = 1.0f / (16384.0f * (float)energy);
    correlate_low(work->low, work->correlation);
    int32_t n_maxima = find_low_maxima(work->correlation, 2.0f / (float)low_energy, maximum);
    for (int32_t i = 0; i < n_maxima; i++)
        if (refine(work->samples, (int32_t)(maximum[i].lag + 0.5f), per_energy, &candidate[n]))
            n++;
    return n;
}

static float transition_cost(const struct ae_pitch_candidate *a, const struct ae_pitch_candidate *b)
{
    bool voiced_a = a->f0_hz > 0.0f, voiced_b = b->f0_hz > 0.0f;
    if (voiced_a != voiced_b)
        return VOICED_UNVOICED_COST;
    float jump = a->log2_f0 - b->log2_f0;
    return OCTAVE_JUMP_COST * (jump < 0.0f ? -jump : jump);
}

/* Extend the best paths to this frame's candidates; the best of them. */
static const struct ae_pitch_candidate *
follow_path(struct ae_pitch *pitch, struct ae_pitch_candidate *candidate, int32_t n,
            float unvoiced_strength)
{
    int32_t best = 0;
    for (int32_t i = 0; i < n; i++) {
        float score = -1e9f;
        for (int32_t j = 0; j < pitch->n_candidates; j++) {
            const struct ae_pitch_candidate *before = &pitch->candidate[j];
            float through = before->score - transition_cost(before, &candidate[i]);
            if (through > score)
                score = through;
        }
        float octaves = LOG2_F0_MAX - candidate[i].log2_f0;
        score += i ? candidate[i].strength - OCTAVE_COST * octaves : unvoiced_strength;
        candidate[i].score = score;
        if (score > candidate[best].score)
            best = i;
    }
    float highest = candidate[best].score;
    for (int32_t i = 0; i < n; i++) {
        pitch->candidate[i] = candidate[i];
        pitch->candidate[i].score -= highest;
    }
    pitch->n_candidates = n;
    return &pitch->candidate[best];
}

/* Strength of "unvoiced": the voicing threshold, more in what is nearly silent. */
static float unvoiced_strength(struct ae_pitch *pitch, uint32_t peak, uint32_t middle_peak)
{
    pitch->level -= pitch->level >> 10;
    if (peak << 8 > pitch->level)
        pitch->level = peak << 8;
    if (pitch->level == 0)
        return VOICING_THRESHOLD + 2.0f;
    float intensity = (float)(middle_peak << 8) / (float)pitch->level;
    float silent = 2.0f - intensity * ((1.0f + VOICING_THRESHOLD) / SILENCE_THRESHOLD);
    return VOICING_THRESHOLD + (silent > 0.0f ? silent : 0.0f);
}

/* Harmonics-to-noise ratio: 10 log10(r / (1 - r)) of the cross-correlation of two
 * stretches one period apart. The samples must not be windowed. */
static float harmonicity(const int16_t *samples, float period)
{
    int32_t lag = (int32_t)(period + 0.5f);
    const int16_t *a = samples + AE_PITCH_WINDOW / 2 - (HNR_WINDOW + lag) / 2;
    float energy_a = (float)ae_correlation(a, a, HNR_WINDOW), r[3];
    for (int32_t i = 0; i < 3; i++) {
        const int16_t *b = a + lag - 1 + i;
        float energies = energy_a * (float)ae_correlation(b, b, HNR_WINDOW);
        float product = (float)ae_correlation(a, b, HNR_WINDOW);
        r[i] = energies > 0.0f ? product / ae_sqrtf(energies) : 0.0f;
    }
    float best = ae_peak_height(r);
    if (best <= 0.0f)
        return HNR_MIN_DB;
    if (best >= 0.9999f)
        return HNR_MAX_DB;
    float db = 3.01029996f * (ae_log2f(best) - ae_log2f(1.0f - best));
    return db < HNR_MIN_DB ? HNR_MIN_DB : db;
}

void ae_pitch_update(struct ae_pitch *pitch, const int16_t history[AE_HISTORY_LENGTH],
                     struct ae_pitch_work *work, struct ae_pitch_frame *frame)
{
    const int16_t *x = history + AE_HISTORY_LENGTH - AE_PITCH_WINDOW;
    struct ae_pitch_candidate candidate[AE_PITCH_CANDIDATES + 1];
    int32_t mean = mean_of(x, AE_PITCH_WINDOW);
    uint32_t peak = peak_of(x, AE_PITCH_WINDOW, mean);
    uint32_t middle_peak = peak_of(x + AE_PITCH_WINDOW / 2 - MIDDLE, 2 * MIDDLE, mean);
    int32_t shift = ae_correlation_shift(peak);

    apply_window(x, mean, shift, work->samples);
    int32_t n = find_candidates(work, candidate);
    const struct ae_pitch_candidate *best =
        follow_path(pitch, candidate, n, unvoiced_strength(pitch, peak, middle_peak));

    frame->voiced = best->f0_hz > 0.0f;
    frame->f0_hz = best->f0_hz;
    frame->strength = best->strength;
    frame->hnr_db = 0.0f;
    if (frame->voiced) {
        for (int32_t i = 0; i < AE_PITCH_WINDOW; i++)
            work->samples[i] =
                (int16_t)(shift > 0 ? (x[i] - mean) >> shift : (x[i] - mean) * (1 << -shift));
        frame->hnr_db = harmonicity(work->samples, (float)AE_SAMPLE_RATE / best->f0_hz);
    }
}
