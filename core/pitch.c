#include "pitch.h"

#include <string.h>

#include "correlation.h"
#include "maths.h"
#include "tables.h"

/* Praat's standard settings (Sound: To Pitch (ac)...). */
#define SILENCE_THRESHOLD    0.03f
#define VOICING_THRESHOLD    0.45f
#define OCTAVE_COST          0.01f
#define OCTAVE_JUMP_COST     0.35f
#define VOICED_UNVOICED_COST 0.14f

/* The recording's own hum and hiss are below Praat's silence threshold, but only
 * once there was something louder. A voice must be 16 dB above the background, or
 * more periodic; all the more so until something was 10 dB above it. */
#define BACKGROUND_FACTOR 6.0f
#define BACKGROUND_COST   0.1f
#define ALONE_FACTOR      3.0f
#define ALONE_COST        0.3f

/* Where silence begins to count against a voice: a peak that many times lower than the
 * highest, (1 + VOICING_THRESHOLD) / (2 SILENCE_THRESHOLD). */
#define SILENCE_FACTOR 24

#define LOW_LAG_MIN 6
#define LOW_LAG_MAX 54
#define CLIMB       4 /* samples a refined lag may lie from where the search starts */

#define LOW_LAG_COST 0.002f /* a lag, so that multiples of a short period rank below it */

/* As To Harmonicity (cc): a stretch of the longest period, and what follows it. */
#define HNR_WINDOW 213 /* samples */
#define HNR_BEGIN  (AE_PITCH_CENTER - HNR_WINDOW)

/* Strength of "unvoiced" that no candidate overcomes: 1 and two changes of voicing. */
#define SURELY_SILENT (1.0f + 2.0f * VOICED_UNVOICED_COST)

#define LOG2_F0_MAX 9.22881869f /* log2(600) */

void ae_pitch_reset(struct ae_pitch *pitch) {
    memset(pitch, 0, sizeof *pitch);
    pitch->background = UINT32_MAX >> 8; /* louder than any */
    pitch->n_candidates = 1;
}

static struct ae_pitch_hop measure(const int16_t *x) {
    struct ae_pitch_hop hop = {0, x[0], x[0]};
    for (int32_t i = 0; i < AE_HOP_LENGTH; i++) {
        int16_t sample = x[i];
        hop.sum += sample;
        hop.lowest = sample < hop.lowest ? sample : hop.lowest;
        hop.highest = sample > hop.highest ? sample : hop.highest;
    }
    return hop;
}

/* Measure the newest hop of the window; all of them the first time. */
static void measure_hops(struct ae_pitch *pitch, const int16_t *x) {
    memmove(&pitch->hop[0], &pitch->hop[1], sizeof pitch->hop - sizeof pitch->hop[0]);
    for (int32_t i = pitch->started ? AE_PITCH_HOPS - 1 : 0; i < AE_PITCH_HOPS; i++)
        pitch->hop[i] = measure(x + i * AE_HOP_LENGTH);
    pitch->started = true;
}

/* Largest distance from a mean in n hops. */
static uint32_t peak_of(const struct ae_pitch_hop *hop, int32_t n, int32_t mean) {
    int32_t peak = 0;
    for (int32_t i = 0; i < n; i++) {
        peak = hop[i].highest - mean > peak ? hop[i].highest - mean : peak;
        peak = mean - hop[i].lowest > peak ? mean - hop[i].lowest : peak;
    }
    return (uint32_t)peak;
}

/* x / 2^shift; a negative shift multiplies. */
static int32_t scale(int32_t x, int32_t shift) {
    return shift > 0 ? x >> shift : x * (1 << -shift);
}

/* The window's samples without their mean, their peak brought into 1024..2047. */
static void remove_mean(const int16_t *x, int32_t mean, int32_t shift, int16_t *samples) {
    for (int32_t i = 0; i < AE_PITCH_WINDOW; i++)
        samples[i] = (int16_t)scale(x[i] - mean, shift);
}

/* The Hann-windowed samples, those of even index before those of odd. */
static void apply_window(const int16_t *samples, int16_t *even) {
    int16_t *odd = even + AE_PITCH_HALF_WINDOW;
    const int32_t last = AE_PITCH_HALF_WINDOW - 1, half = 1 << 13;
    for (int32_t i = 0; i < AE_PITCH_HALF_WINDOW / 2; i++) {
        const int16_t *rising = samples + 2 * i, *falling = samples + 2 * (last - i);
        int32_t outer = ae_pitch_hann[2 * i], inner = ae_pitch_hann[2 * i + 1];
        even[i] = (int16_t)((rising[0] * outer + half) >> 14);
        odd[i] = (int16_t)((rising[1] * inner + half) >> 14);
        even[last - i] = (int16_t)((falling[0] * inner + half) >> 14);
        odd[last - i] = (int16_t)((falling[1] * outer + half) >> 14);
    }
}

/* A quarter of the rate: every second even sample after the filter 1 2 1. */
static void decimate(const int16_t *even, int16_t *low) {
    int32_t before = 0;
    for (int32_t i = 0; i < AE_PITCH_LOW_WINDOW; i++, even += 2) {
        low[i] = (int16_t)((before + 2 * even[0] + even[1] + 2) >> 2);
        before = even[1];
    }
}

/* Correlation at the low rate, freed of the window's, relative to lag 0, which is
 * 2^28 to 2^29; false if that is 0. */
static bool correlate_low(const int16_t *low, int32_t *correlation) {
    int32_t energy = ae_correlation(low, low, AE_PITCH_LOW_WINDOW);
    int32_t shift = 17 - ae_clz32((uint32_t)energy);
    correlation[0] = scale(energy, shift) * ae_pitch_unbias[0];
    for (int32_t lag = LOW_LAG_MIN - 2; lag <= LOW_LAG_MAX + 1; lag += 4) {
        int32_t r[4];
        ae_four_correlations(low, low + lag, AE_PITCH_LOW_WINDOW - lag, r);
        for (int32_t i = 0; i < 4; i++)
            correlation[lag + i] = scale(r[i], shift) * ae_pitch_unbias[4 * (lag + i)];
    }
    return energy > 0;
}

/* Autocorrelation, freed of the window's; the scale is 2^-14 over the energy. Only
 * the products that begin at an even sample are summed, which halves the work; the
 * odd samples follow the even ones. */
static float autocorrelation(const struct ae_stretch *even, int32_t lag) {
    int32_t shift = lag / 2;
    const int16_t *later = even->x + shift + (lag % 2 ? even->n : 0);
    int32_t r = ae_correlation(even->x, later, even->n - shift);
    return (float)r * (float)ae_pitch_unbias[lag] * even->scale;
}

/* Make a candidate of the maximum near a lag, if its f0 is in range. */
static bool refine(const struct ae_stretch *even, float lag, struct ae_pitch_candidate *candidate) {
    struct ae_peak peak;
    if (!ae_climb(autocorrelation, even, (int32_t)(lag + 0.5f), CLIMB, &peak))
        return false;
    float f0_hz = (float)AE_SAMPLE_RATE / peak.lag;
    if (f0_hz < AE_F0_MIN_HZ || f0_hz > AE_F0_MAX_HZ)
        return false;
    candidate->f0_hz = f0_hz;
    candidate->log2_f0 = ae_log2f(f0_hz);
    candidate->strength = peak.height > 1.0f ? 1.0f / peak.height : peak.height;
    return true;
}

/* A maximum of the correlation at the low rate. */
struct low_maximum {
    float lag;  /* samples at the full rate */
    float rank; /* its height, less for longer periods */
};

/* The most promising maxima at the low rate, best first; their number. The first
 * high one comes before all, as its multiples may be nearer to a sample and seem
 * higher. */
static int32_t find_low_maxima(const int32_t *correlation,
                               struct low_maximum maximum[AE_PITCH_CANDIDATES]) {
    int32_t n = 0, highest = 0;
    float per_energy = 1.0f / (float)correlation[0];
    bool first = true;
    for (int32_t lag = LOW_LAG_MIN; lag <= LOW_LAG_MAX; lag++)
        if (correlation[lag] > highest)
            highest = correlation[lag];
    for (int32_t lag = LOW_LAG_MIN; lag <= LOW_LAG_MAX; lag++) {
        const int32_t *r = correlation + lag;
        if (r[0] <= highest / 2 || r[0] <= r[-1] || r[0] < r[1])
            continue;
        const float around[3] = {(float)r[-1], (float)r[0], (float)r[1]};
        struct ae_peak peak = ae_parabola(around, lag);
        float rank = peak.height * per_energy - LOW_LAG_COST * peak.lag;
        if (first && r[0] > highest / 3 * 2) {
            rank = 2.0f;
            first = false;
        }
        if (n == AE_PITCH_CANDIDATES && rank <= maximum[n - 1].rank)
            continue;
        int32_t place = n < AE_PITCH_CANDIDATES ? n++ : n - 1;
        for (; place > 0 && rank > maximum[place - 1].rank; place--)
            maximum[place] = maximum[place - 1];
        maximum[place] = (struct low_maximum){4.0f * peak.lag, rank};
    }
    return n;
}

/* Candidate periods of this frame, the unvoiced one first; their number. */
static int32_t find_candidates(struct ae_pitch_work *work,
                               struct ae_pitch_candidate candidate[AE_PITCH_CANDIDATES + 1]) {
    struct low_maximum maximum[AE_PITCH_CANDIDATES];
    int32_t n = 1;
    decimate(work->windowed, work->low);
    if (!correlate_low(work->low, work->correlation))
        return n;
    int32_t n_maxima = find_low_maxima(work->correlation, maximum);
    int32_t energy = ae_correlation(work->windowed, work->windowed, AE_PITCH_HALF_WINDOW);
    struct ae_stretch even = {work->windowed, AE_PITCH_HALF_WINDOW,
                              1.0f / (16384.0f * (float)energy)};
    for (int32_t i = 0; i < n_maxima; i++)
        if (refine(&even, maximum[i].lag, &candidate[n]))
            n++;
    return n;
}

static float transition_cost(const struct ae_pitch_candidate *a,
                             const struct ae_pitch_candidate *b) {
    bool voiced_a = a->f0_hz > 0.0f, voiced_b = b->f0_hz > 0.0f;
    if (voiced_a != voiced_b)
        return VOICED_UNVOICED_COST;
    float jump = a->log2_f0 - b->log2_f0;
    return OCTAVE_JUMP_COST * (jump < 0.0f ? -jump : jump);
}

/* Extend the best paths to this frame's candidates; the best of them. */
static const struct ae_pitch_candidate *follow_path(struct ae_pitch *pitch,
                                                    struct ae_pitch_candidate *candidate, int32_t n,
                                                    float unvoiced_strength) {
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

/* Follow the highest peak, forgotten slowly, and the lowest, rising slowly. Digital
 * silence tells nothing of the background. */
static void follow_levels(struct ae_pitch *pitch, uint32_t peak, uint32_t middle_peak) {
    pitch->level -= pitch->level >> 10;
    if (peak << 8 > pitch->level)
        pitch->level = peak << 8;
    if (pitch->background < UINT32_MAX >> 8)
        pitch->background += pitch->background >> 8;
    if (middle_peak > 0 && middle_peak << 8 < pitch->background)
        pitch->background = middle_peak << 8;
}

/* Strength of "unvoiced": the voicing threshold, more in what is nearly silent. */
static float unvoiced_strength(const struct ae_pitch *pitch, uint32_t middle_peak) {
    if (middle_peak == 0)
        return VOICING_THRESHOLD + 2.0f;
    float loudness = (float)(middle_peak << 8), strength = VOICING_THRESHOLD;
    float intensity = loudness / (float)pitch->level;
    float silence = 2.0f - intensity * ((1.0f + VOICING_THRESHOLD) / SILENCE_THRESHOLD);
    if (silence > 0.0f)
        strength += silence;
    if (loudness < BACKGROUND_FACTOR * (float)pitch->background)
        strength += (float)pitch->level < ALONE_FACTOR * (float)pitch->background ? ALONE_COST
                                                                                  : BACKGROUND_COST;
    return strength;
}

/* Harmonics-to-noise ratio, 10 log10(r / (1 - r)) with r the correlation at the
 * period. `samples` are the window's, not yet tapered. */
static float harmonicity(const int16_t *samples, float period) {
    struct ae_stretch stretch = ae_cross_stretch(samples + HNR_BEGIN, HNR_WINDOW);
    struct ae_peak peak;
    ae_climb(ae_cross_correlation, &stretch, (int32_t)(period + 0.5f), CLIMB, &peak);
    if (peak.height < 0.0909f)
        return AE_HNR_MIN_DB;
    if (peak.height > 0.9999f)
        return AE_HNR_MAX_DB;
    return 3.01029996f * (ae_log2f(peak.height) - ae_log2f(1.0f - peak.height));
}

static const struct ae_pitch_candidate *strongest(const struct ae_pitch_candidate *candidate,
                                                  int32_t n) {
    const struct ae_pitch_candidate *best = candidate;
    for (int32_t i = 1; i < n; i++)
        if (candidate[i].strength > best->strength)
            best = &candidate[i];
    return best;
}

void ae_pitch_update(struct ae_pitch *pitch, const int16_t history[AE_HISTORY_LENGTH],
                     struct ae_pitch_work *work, struct ae_pitch_frame *frame) {
    const int16_t *x = history + AE_HISTORY_LENGTH - AE_PITCH_WINDOW;
    struct ae_pitch_candidate candidate[AE_PITCH_CANDIDATES + 1] = {{0}};
    measure_hops(pitch, x);
    int32_t mean = 0, n = 1;
    for (int32_t i = 0; i < AE_PITCH_HOPS; i++)
        mean += pitch->hop[i].sum;
    mean /= AE_PITCH_WINDOW;
    uint32_t peak = peak_of(pitch->hop, AE_PITCH_HOPS, mean);
    uint32_t middle_peak = peak_of(pitch->hop + 1, AE_PITCH_HOPS - 2, mean);
    follow_levels(pitch, peak, middle_peak);
    float unvoiced = unvoiced_strength(pitch, middle_peak);

    if (unvoiced < SURELY_SILENT) {
        int32_t shift = ae_correlation_shift(peak);
        remove_mean(x, mean, shift, work->samples);
        apply_window(work->samples, work->windowed);
        n = find_candidates(work, candidate);
    }
    const struct ae_pitch_candidate *best = follow_path(pitch, candidate, n, unvoiced);
    frame->f0_hz = best->f0_hz;
    frame->voiced = best->f0_hz > 0.0f;
    frame->onset = frame->voiced && middle_peak / SILENCE_FACTOR > pitch->voiced_peak;
    if (frame->voiced && middle_peak > pitch->voiced_peak)
        pitch->voiced_peak = middle_peak;

    best = frame->voiced ? best : strongest(candidate, n);
    frame->strength = best->strength;
    frame->hnr_db = AE_HNR_MIN_DB;
    if (best->f0_hz > 0.0f)
        frame->hnr_db = harmonicity(work->samples, (float)AE_SAMPLE_RATE / best->f0_hz);
    frame->peak = middle_peak;
}
