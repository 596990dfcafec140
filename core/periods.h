/* Jitter and shimmer of an utterance, from its glottal periods.
 *
 * The definitions are Praat's "Get jitter (local)" and "Get shimmer (local)"
 * with its standard settings: periods between 0.1 and 20 ms, neighbours that
 * differ by at most a factor 1.3 (periods) and 1.6 (amplitudes). Pulses are
 * placed as by "To PointProcess (cc)": each is where a stretch of one period
 * correlates best with the stretch around the pulse before it.
 *
 * Praat follows every voiced stretch outward from the highest sample in its
 * middle. Here it is followed forward from its first period, so a chain of
 * pulses may begin beside the peaks of the later periods; whenever a higher
 * peak turns up, a new chain begins there. Without that the shimmer of real
 * speech has a Spearman correlation of 0.86 with Praat's, with it 0.91.
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
    bool tracking;                      /* a voiced stretch */
    int32_t peak;                       /* highest magnitude in it so far */
    float pulse; /* where the search stands, samples relative to the newest */

    /* The chain of pulses. */
    float last_pulse;
    float interval;      /* that ends there, samples; 0 at the first pulse */
    bool regular;        /* the interval is like the one before it */
    float amplitude;     /* last measured; 0 before there is one */
    float amplitude_age; /* samples from its pulse to the last pulse but one */

    /* Sums over the utterance. */
    uint64_t jitter_sum;    /* |difference of neighbouring periods|, Q16 samples */
    uint64_t period_sum;    /* Q16 samples */
    uint64_t shimmer_sum;   /* |difference of neighbouring amplitudes|, Q8 */
    uint64_t amplitude_sum; /* all but the last of each chain, Q8 */
    uint32_t n_jitter, n_periods, n_shimmer, n_amplitudes;
};

struct ae_periods_work {
    int16_t samples[AE_PERIODS_SPAN];
    int16_t half[AE_PERIODS_SPAN / 2];
};

void ae_periods_reset(struct ae_periods *periods);

/* Take the pitch of the newest frame and follow the pulses up to 400 samples
 * before the newest one. */
void ae_periods_update(struct ae_periods *periods, const int16_t history[AE_HISTORY_LENGTH],
                       const struct ae_pitch_frame *pitch, struct ae_periods_work *work);

/* Both as fractions (0.01 is 1 %); 0 where there are too few periods. */
void ae_periods_finish(const struct ae_periods *periods, float *jitter_local, float *shimmer_local);

#endif
