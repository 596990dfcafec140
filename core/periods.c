#include "periods.h"

#include <string.h>

#include "correlation.h"
#include "maths.h"
#include "tables.h"

#define PERIOD_MIN           1.6f   /* samples, 0.1 ms */
#define PERIOD_MAX           320.0f /* samples, 20 ms */
#define MAX_PERIOD_FACTOR    1.3f
#define MAX_AMPLITUDE_FACTOR 1.6f

/* Of To PointProcess (cc). */
#define SHIFT_MIN            0.8f /* periods */
#define SHIFT_MAX            1.25f
#define CORRELATION_MIN      0.3f
#define CORRELATION_MIN_LAST 0.7f /* for a pulse past the end of a voiced stretch */

/* Stretch of the pitch frame `older`, relative to the newest sample. */
#define REGION_CENTER (-(AE_PITCH_CENTER + AE_HOP_LENGTH))
#define REGION_BEGIN  (REGION_CENTER - AE_HOP_LENGTH / 2)
#define REGION_END    (REGION_CENTER + AE_HOP_LENGTH / 2)

#define LONG_AGO (-10000.0f) /* samples; farther apart than any period */

void ae_periods_reset(struct ae_periods *periods)
{
    memset(periods, 0, sizeof *periods);
    periods->last_pulse = LONG_AGO;
    periods->amplitude_age = -LONG_AGO;
}

static int32_t nearest(float x)
{
    return (int32_t)(x + (float)AE_HISTORY_LENGTH + 0.5f) - AE_HISTORY_LENGTH;
}

/* x[i] is sample i relative to the newest, which is x[-1]. */
static const int16_t *end_of(const int16_t *history)
{
    return history + AE_HISTORY_LENGTH;
}

/* Copy samples with their peak brought down to AE_CORRELATION_PEAK. */
static void scale_down(const int16_t *x, int32_t n, int16_t *scaled)
{
    uint32_t peak = 0;
    for (int32_t i = 0; i < n; i++) {
        uint32_t magnitude = (uint32_t)(x[i] < 0 ? -x[i] : x[i]);
        if (magnitude > peak)
            peak = magnitude;
    }
    int32_t shift = ae_correlation_shift(peak);
    for (int32_t i = 0; i < n; i++)
        scaled[i] = (int16_t)(shift > 0 ? x[i] >> shift : x[i]);
}

/* Normalised correlation of the first n samples with n samples `lag` later. */
static float correlation_at(const int16_t *x, int32_t n, int32_t lag, float energy)
{
    float energies = energy * (float)ae_correlation(x + lag, x + lag, n);
    float product = (float)ae_correlation(x, x + lag, n);
    return energies > 0.0f ? product / ae_sqrtf(energies) : 0.0f;
}

/* The lag from `lowest` to `highest` where the normalised correlation peaks, or 0. */
static int32_t best_lag(const int16_t *x, int32_t n, int32_t lowest, int32_t highest)
{
    int32_t energy = ae_correlation(x + lowest, x + lowest, n), best = 0;
    float before = 0.0f, here = 0.0f, top = 0.0f;
    for (int32_t lag = lowest; lag <= highest; lag++) {
        float product = (float)ae_correlation(x, x + lag, n);
        float after = product > 0.0f && energy > 0 ? product * product / (float)energy : 0.0f;
        if (lag > lowest + 1 && here > before && here >= after && here > top) {
            best = lag - 1;
            top = here;
        }
        before = here;
        here = after;
        energy += x[lag + n] * x[lag + n] - x[lag] * x[lag];
    }
    return best;
}

/* Shift from the pulse to the next, in samples, and the correlation there. */
static float match(const int16_t *history, float pulse, float period,
                   struct ae_periods_work *work, float *correlation)
{
    int32_t left = nearest(pulse - 0.5f * period);
    int32_t n = nearest(pulse + 0.5f * period) - left + 1;
    int32_t lowest = (int32_t)(SHIFT_MIN * period), highest = (int32_t)(SHIFT_MAX * period) + 1;
    const int16_t *x = work->samples;
    scale_down(end_of(history) + left, n + highest + 1, work->samples);
    int32_t lag = best_lag(x, n, lowest, highest);
    *correlation = 0.0f;
    if (lag == 0)
        return period;
    float energy = (float)ae_correlation(x, x, n), r[3];
    for (int32_t i = 0; i < 3; i++)
        r[i] = correlation_at(x, n, lag - 1 + i, energy);
    *correlation = ae_peak_height(r);
    return (float)lag + ae_peak_offset(r);
}

/* Place of the largest sample in the first period of the stretch. */
static float first_pulse(const int16_t *history, float period)
{
    const int16_t *x = end_of(history);
    int32_t best = REGION_BEGIN, peak = -1;
    for (int32_t i = REGION_BEGIN; i < REGION_BEGIN + (int32_t)period; i++) {
        int32_t magnitude = x[i] < 0 ? -x[i] : x[i];
        if (magnitude > peak) {
            peak = magnitude;
            best = i;
        }
    }
    return (float)best;
}

/* Sums of windowed squares and of the squared window on one side of a pulse. */
struct windowed_power {
    uint32_t power, window;
};

static void add_side(const int16_t *x, int32_t from, int32_t to, float pulse, float width,
                     int32_t shift, struct windowed_power *sum)
{
    float step = 200.0f * 256.0f / width; /* the falling half of ae_hann has 200 samples */
    int32_t increment = (int32_t)step;
    int32_t phase = (int32_t)(((float)from - pulse) * step);
    for (int32_t i = from; i <= to; i++, phase += increment) {
        int32_t index = (phase < 0 ? -phase : phase) >> 8;
        int32_t w = index < 200 ? ae_hann[200 + index] >> 3 : 0; /* Q12 */
        int32_t scaled = shift > 0 ? x[i] >> shift : x[i] * (1 << -shift);
        int32_t windowed = (scaled * w + (1 << 9)) >> 10;
        sum->power += (uint32_t)(windowed * windowed);
        sum->window += (uint32_t)(w * w) >> 8; /* Q16 */
    }
}

/* Hann-windowed root mean square around a pulse; the window reaches a fifth of
 * the periods before and after it, as Praat's Sound_getHannWindowedRms. */
static float amplitude_at(const int16_t *history, float pulse, float before, float after)
{
    const int16_t *x = end_of(history);
    int32_t from = nearest(pulse - 0.2f * before + 0.5f);
    int32_t to = nearest(pulse + 0.2f * after - 0.5f);
    int32_t middle = nearest(pulse - 0.5f);
    uint32_t peak = 0;
    for (int32_t i = from; i <= to; i++) {
        uint32_t magnitude = (uint32_t)(x[i] < 0 ? -x[i] : x[i]);
        if (magnitude > peak)
            peak = magnitude;
    }
    int32_t shift = ae_correlation_shift(peak);
    struct windowed_power sum = {0, 0};
    add_side(x, from, middle, pulse, 0.2f * before, shift, &sum);
    add_side(x, middle + 1, to, pulse, 0.2f * after, shift, &sum);
    float mean_square = (float)sum.power * 4096.0f / (float)sum.window;
    float rms = ae_sqrtf(mean_square);
    return shift > 0 ? rms * (float)(1 << shift) : rms / (float)(1 << -shift);
}

static bool is_period(float interval)
{
    return interval >= PERIOD_MIN && interval <= PERIOD_MAX;
}

static bool within_factor(float a, float b, float factor)
{
    return a <= factor * b && b <= factor * a;
}

static float difference(float a, float b)
{
    return a > b ? a - b : b - a;
}

/* An amplitude and its distance, in samples, from the one before. */
static void add_amplitude(struct ae_periods *s, float amplitude, float distance)
{
    if (s->amplitude > 0.0f) {
        s->amplitude_sum += (uint64_t)(uint32_t)(s->amplitude * 256.0f);
        s->n_amplitudes++;
        if (is_period(distance) && within_factor(s->amplitude, amplitude, MAX_AMPLITUDE_FACTOR)) {
            s->shimmer_sum += (uint64_t)(uint32_t)(difference(s->amplitude, amplitude) * 256.0f);
            s->n_shimmer++;
        }
    }
    s->amplitude = amplitude;
}

/* A new pulse: the interval it ends is compared with the one before, and the
 * amplitude of the pulse between them is measured. */
static void add_pulse(struct ae_periods *s, const int16_t *history, float pulse)
{
    float interval = pulse - s->last_pulse;
    bool regular = is_period(s->interval) && is_period(interval) &&
                   within_factor(s->interval, interval, MAX_PERIOD_FACTOR);
    if (is_period(s->interval) && (s->regular || regular)) {
        s->period_sum += (uint64_t)(uint32_t)(s->interval * 65536.0f);
        s->n_periods++;
    }
    if (regular) {
        s->jitter_sum += (uint64_t)(uint32_t)(difference(s->interval, interval) * 65536.0f);
        s->n_jitter++;
        float amplitude = amplitude_at(history, s->last_pulse, s->interval, interval);
        if (amplitude > 0.0f) {
            add_amplitude(s, amplitude, s->amplitude_age);
            s->amplitude_age = 0.0f;
        }
    }
    s->amplitude_age += interval;
    s->interval = interval;
    s->regular = regular;
    s->last_pulse = pulse;
}

/* Follow the pulses of the frame `older` to its end. */
static void follow(struct ae_periods *s, const int16_t *history, struct ae_periods_work *work)
{
    float period = (float)AE_SAMPLE_RATE / s->older.f0_hz, correlation;
    if (!s->tracking) {
        s->pulse = first_pulse(history, period);
        s->tracking = true;
        add_pulse(s, history, s->pulse);
    }
    while (s->pulse < (float)REGION_END) {
        s->pulse += match(history, s->pulse, period, work, &correlation);
        bool past_the_end = s->pulse >= (float)REGION_END && !s->newer.voiced;
        float least = past_the_end ? CORRELATION_MIN_LAST : CORRELATION_MIN;
        if (correlation > least && s->pulse - s->last_pulse > SHIFT_MIN * period)
            add_pulse(s, history, s->pulse);
    }
}

void ae_periods_update(struct ae_periods *periods, const int16_t history[AE_HISTORY_LENGTH],
                       const struct ae_pitch_frame *pitch, struct ae_periods_work *work)
{
    periods->older = periods->newer;
    periods->newer = *pitch;
    periods->pulse -= (float)AE_HOP_LENGTH;
    periods->last_pulse -= (float)AE_HOP_LENGTH;
    if (periods->last_pulse < LONG_AGO)
        periods->last_pulse = LONG_AGO;
    if (periods->older.voiced)
        follow(periods, history, work);
    else
        periods->tracking = false;
}

void ae_periods_finish(const struct ae_periods *periods, float *jitter_local, float *shimmer_local)
{
    *jitter_local = *shimmer_local = 0.0f;
    if (periods->n_jitter > 0 && periods->n_periods > 0) {
        float mean_period =
            (float)periods->period_sum / (float)periods->n_periods;
        *jitter_local =
            (float)periods->jitter_sum / (float)periods->n_jitter / mean_period;
    }
    if (periods->n_shimmer > 0 && periods->amplitude_sum > 0) {
        float mean_amplitude =
            (float)periods->amplitude_sum / (float)periods->n_amplitudes;
        *shimmer_local =
            (float)periods->shimmer_sum / (float)periods->n_shimmer / mean_amplitude;
    }
}
