/* Jitter and shimmer of an utterance, from its glottal periods.
 *
 * The definitions are Praat's "Get jitter (local)" and "Get shimmer (local)"
 * with its standard settings: periods between 0.1 and 20 ms, neighbours that
 * differ by at most a factor 1.3 (periods) and 1.6 (amplitudes). Pulses are
 * placed as by "To PointProcess (cc)": each is where a stretch of one period
 * correlates best with the stretch around the pulse before it, except that
 * every voiced stretch is followed forward from its first period, not from its
 * middle outward.
 */
#ifndef AE_PERIODS_H
#define AE_PERIODS_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "pitch.h"

#define AE_PERIODS_SPAN 520 /* samples of a stretch and all its shifts, at 75 Hz */

struct ae_periods {
    struct ae_pitch_frame newer, older; /* pitch 320 and 480 samples before the newest sample */
    float pulse;      /* where the search stands, samples relative to the newest */
    float last_pulse; /* the last pulse kept */
    bool tracking;

    float interval; /* between the last two pulses, samples; 0 before there are two */
    bool regular;   /* whether it is like the interval before it */
    float amplitude;     /* at the last pulse measured; 0 before there is one */
    float amplitude_age; /* samples since that pulse */

    /* Sums over the utterance. */
    uint64_t jitter_sum;    /* |difference of neighbouring periods|, Q16 samples */
    uint64_t period_sum;    /* Q16 samples */
    uint64_t shimmer_sum;   /* |difference of neighbouring amplitudes|, Q8 */
    uint64_t amplitude_sum; /* all but the last measured, Q8 */
    uint32_t n_jitter, n_periods, n_shimmer, n_amplitudes;
};

struct ae_periods_work {
    int16_t samples[AE_PERIODS_SPAN];
};

void ae_periods_reset(struct ae_periods *periods);

/* Take the pitch of the newest frame and follow the pulses up to 400 samples
 * before the newest one. */
void ae_periods_update(struct ae_periods *periods, const int16_t history[AE_HISTORY_LENGTH],
                       const struct ae_pitch_frame *pitch, struct ae_periods_work *work);

/* Both as fractions (0.01 is 1 %); 0 where there are too few periods. */
void ae_periods_finish(const struct ae_periods *periods, float *jitter_local,
                       float *shimmer_local);

#endif
