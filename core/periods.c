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

#define CLIMB 3 /* samples the shift may lie from where it was found at half the rate */

#define ON_THE_PEAK 0.05f /* periods a pulse may lie from the highest sample */

void ae_periods_reset(struct ae_periods *periods) {
    memset(periods, 0, sizeof *periods);
}

static int32_t nearest(float x) {
    return (int32_t)(x + (float)AE_HISTORY_LENGTH + 0.5f) - AE_HISTORY_LENGTH;
}

/* x[i] is sample i relative to the newest, which is x[-1]. */
static const int16_t *end_of(const int16_t *history) {
    return history + AE_HISTORY_LENGTH;
}

/* Copy samples, shifted right until their squares can be summed, and the same at
 * half the rate. n is even. */
static void prepare(const int16_t *x, int32_t n, struct ae_periods_work *work) {
    int32_t lowest = 0, highest = 0;
    for (int32_t i = 0; i < n; i++) {
        lowest = x[i] < lowest ? x[i] : lowest;
        highest = x[i] > highest ? x[i] : highest;
    }
    int32_t shift = ae_correlation_shift((uint32_t)(highest > -lowest ? highest : -lowest));
    if (shift < 0)
        shift = 0;
    for (int32_t i = 0; i < n; i += 2) {
        int32_t even = x[i] >> shift, odd = x[i + 1] >> shift;
        work->samples[i] = (int16_t)even;
        work->samples[i + 1] = (int16_t)odd;
        work->half[i / 2] = (int16_t)((even + odd) >> 1);
    }
}

/* Where the correlation of the first n samples has its maxima between two lags,
 * the one where it is highest when normalised; 0 if there is none. */
static int32_t best_lag(const int16_t *x, int32_t n, int32_t lowest, int32_t highest) {
    int32_t best = 0, before = 0, here = ae_correlation(x, x + lowest, n);
    float top = 0.0f; /* square of the correlation */
    for (int32_t lag = lowest; lag < highest; lag++) {
        int32_t after = ae_correlation(x, x + lag + 1, n);
        if (lag > lowest && here > 0 && here > before && here >= after) {
            float energy = (float)ae_correlation(x + lag, x + lag, n);
            float square = (float)here * ((float)here / energy);
            if (square > top) {
                top = square;
                best = lag;
            }
        }
        before = here;
        here = after;
    }
    return best;
}

/* Shift from the pulse to the next, in samples, and the correlation there. The
 * shift is sought at half the rate, which takes a quarter of the time. */
static struct ae_peak match(const int16_t *history, float pulse, float period,
                            struct ae_periods_work *work) {
    struct ae_peak peak = {period, 0.0f};
    int32_t left = nearest(pulse - 0.5f * period);
    int32_t n = nearest(pulse + 0.5f * period) - left + 1;
    int32_t lowest = (int32_t)(0.5f * SHIFT_MIN * period);
    int32_t highest = (int32_t)(0.5f * SHIFT_MAX * period) + 1;
    prepare(end_of(history) + left, (n + 2 * highest + CLIMB + 2) & ~1, work);
    int32_t lag = 2 * best_lag(work->half, n / 2, lowest, highest);
    if (lag > 0) {
        struct ae_stretch stretch = ae_cross_stretch(work->samples, n);
        ae_climb(ae_cross_correlation, &stretch, lag, CLIMB, &peak);
    }
    return peak;
}

/* Place of the highest magnitude within half a period of a place. */
static int32_t find_peak(const int16_t *history, float center, float period, int32_t *peak) {
    const int16_t *x = end_of(history);
    int32_t end = nearest(center + 0.5f * period), place = end;
    *peak = -1;
    for (int32_t i = nearest(center - 0.5f * period); i < end; i++) {
        int32_t magnitude = x[i] < 0 ? -x[i] : x[i];
        if (magnitude > *peak) {
            *peak = magnitude;
            place = i;
        }
    }
    return place;
}

/* Sums of windowed squares and of the squared window around a pulse. Both sides of the
 * longest periods weigh as much as 48 samples whose windowed squares are 2^28 at most. */
struct windowed_power {
    uint64_t power;  /* Q6 */
    uint32_t window; /* Q18 */
};

static void add_side(const int16_t *x, int32_t from, int32_t to, float pulse, float width,
                     int32_t shift, struct windowed_power *sum) {
    float step = 200.0f * 256.0f / width; /* the falling half of ae_hann has 200 samples */
    int32_t increment = (int32_t)step;
    int32_t phase = (int32_t)(((float)from - pulse) * step);
    for (int32_t i = from; i <= to; i++, phase += increment) {
        int32_t index = (phase < 0 ? -phase : phase) >> 8;
        int32_t w = index < 200 ? ae_hann[200 + index] >> 3 : 0; /* Q13 */
        int32_t scaled = shift > 0 ? x[i] >> shift : x[i] * (1 << -shift);
        int32_t windowed = (scaled * w + (1 << 9)) >> 10;
        sum->power += (uint32_t)(windowed * windowed);
        sum->window += (uint32_t)(w * w) >> 8;
    }
}

/* Hann-windowed root mean square around a pulse; the window reaches a fifth of
 * the periods before and after it, as Praat's Sound_getHannWindowedRms. */
static float amplitude_at(const int16_t *history, float pulse, float before, float after) {
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

static bool is_period(float interval) {
    return interval >= PERIOD_MIN && interval <= PERIOD_MAX;
}

static bool within_factor(float a, float b, float factor) {
    return a <= factor * b && b <= factor * a;
}

static float difference(float a, float b) {
    return a > b ? a - b : b - a;
}

/* An amplitude and its distance, in samples, from the one before. */
static void add_amplitude(struct ae_periods *s, float amplitude, float distance) {
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

/* Count the last interval if it is like one of its neighbours. */
static void add_period(struct ae_periods *s, bool like_next) {
    if (s->regular || like_next) {
        s->period_sum += (uint64_t)(uint32_t)(s->interval * 65536.0f);
        s->n_periods++;
    }
}

static void begin_chain(struct ae_periods *s, float pulse) {
    add_period(s, false);
    s->pulse = s->last_pulse = pulse;
    s->interval = 0.0f;
    s->regular = false;
    s->amplitude = 0.0f;
    s->amplitude_age = 0.0f;
}

/* A new pulse: the interval it ends is compared with the one before, and the
 * amplitude of the pulse between them is measured. */
static void extend_chain(struct ae_periods *s, const int16_t *history) {
    float interval = s->pulse - s->last_pulse;
    bool regular = is_period(s->interval) && is_period(interval) &&
                   within_factor(s->interval, interval, MAX_PERIOD_FACTOR);
    add_period(s, regular);
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
    s->last_pulse = s->pulse;
}

/* Move to a peak higher than any before in this voiced stretch. */
static void keep_to_peaks(struct ae_periods *s, const int16_t *history, float period) {
    int32_t peak, place = find_peak(history, s->pulse, period, &peak);
    if (peak <= s->peak)
        return;
    s->peak = peak;
    if (difference((float)place, s->pulse) > ON_THE_PEAK * period)
        begin_chain(s, (float)place);
}

/* Follow the pulses of the frame `older` to its end. */
static void follow(struct ae_periods *s, const int16_t *history, struct ae_periods_work *work) {
    float period = (float)AE_SAMPLE_RATE / s->older.f0_hz;
    if (!s->tracking) {
        s->tracking = true;
        begin_chain(
            s, (float)find_peak(history, (float)REGION_BEGIN + 0.5f * period, period, &s->peak));
    }
    while (s->pulse < (float)REGION_END) {
        struct ae_peak next = match(history, s->pulse, period, work);
        s->pulse += next.lag;
        bool past_the_end = s->pulse >= (float)REGION_END && !s->newer.voiced;
        if (next.height > (past_the_end ? CORRELATION_MIN_LAST : CORRELATION_MIN))
            extend_chain(s, history);
        if (!past_the_end)
            keep_to_peaks(s, history, period);
    }
}

void ae_periods_update(struct ae_periods *periods, const int16_t history[AE_HISTORY_LENGTH],
                       const struct ae_pitch_frame *pitch, struct ae_periods_work *work) {
    if (pitch->onset)
        ae_periods_reset(periods);
    periods->older = periods->newer;
    periods->newer = *pitch;
    periods->pulse -= (float)AE_HOP_LENGTH;
    periods->last_pulse -= (float)AE_HOP_LENGTH;
    if (periods->older.voiced)
        follow(periods, history, work);
    else
        periods->tracking = false;
}

void ae_periods_finish(const struct ae_periods *periods, float *jitter_local,
                       float *shimmer_local) {
    *jitter_local = *shimmer_local = 0.0f;
    if (periods->n_jitter > 0 && periods->n_periods > 0) {
        float mean_period = (float)periods->period_sum / (float)periods->n_periods;
        *jitter_local = (float)periods->jitter_sum / (float)periods->n_jitter / mean_period;
    }
    if (periods->n_shimmer > 0 && periods->amplitude_sum > 0) {
        float mean_amplitude = (float)periods->amplitude_sum / (float)periods->n_amplitudes;
        *shimmer_local = (float)periods->shimmer_sum / (float)periods->n_shimmer / mean_amplitude;
    }
}
