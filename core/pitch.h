/* Pitch and harmonicity, one value every hop.
 *
 * P. Boersma, "Accurate short-term analysis of the fundamental frequency and
 * the harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17, 1993:
 * the autocorrelation of a Hann-windowed stretch of 40 ms divided by that of
 * the window, several candidate periods, and a cheapest path through them.
 * Three things differ from Praat. Candidates are sought at a quarter of the
 * sample rate and refined at the full rate. The path is followed forward only,
 * so the pitch of a frame is known at once and never revised. And as the loudest peak
 * is not known yet, what is hardly louder than the background so far must be
 * more periodic to count as voiced; and a voice so loud that what was voiced before
 * is silent beside it, as Praat has it, is an onset, at which that is forgotten.
 */
#ifndef AE_PITCH_H
#define AE_PITCH_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

#define AE_F0_MIN_HZ         75.0f
#define AE_F0_MAX_HZ         600.0f
#define AE_PITCH_WINDOW      640 /* samples: three of the longest periods */
#define AE_PITCH_CENTER      320 /* what is reported holds this many samples before the newest */
#define AE_PITCH_HOPS        (AE_PITCH_WINDOW / AE_HOP_LENGTH)
#define AE_PITCH_HALF_WINDOW (AE_PITCH_WINDOW / 2)
#define AE_PITCH_LOW_WINDOW  (AE_PITCH_WINDOW / 4)
#define AE_PITCH_LOW_LAGS    56 /* lags at the low rate: 75 Hz is 53.3 */
#define AE_PITCH_CANDIDATES  3

#define AE_HNR_MIN_DB (-10.0f)
#define AE_HNR_MAX_DB 40.0f

/* A period the frame may have; f0_hz is 0 for the candidate "unvoiced". */
struct ae_pitch_candidate {
    float f0_hz;
    float log2_f0;
    float strength; /* normalised autocorrelation at the period, at most 1 */
    float score;    /* of the best path that ends here, larger is better */
};

struct ae_pitch_hop {
    int32_t sum;
    int16_t lowest, highest;
};

struct ae_pitch {
    bool started;
    struct ae_pitch_hop hop[AE_PITCH_HOPS]; /* of the window, newest last */
    uint32_t level;                         /* highest peak so far, Q8, fading by 1/1024 a frame */
    uint32_t background;                    /* lowest peak of late, Q8, rising by 1/256 a frame */
    uint32_t voiced_peak;                   /* highest of a voiced frame so far */
    int32_t n_candidates;
    struct ae_pitch_candidate candidate[AE_PITCH_CANDIDATES + 1];
};

struct ae_pitch_work {
    int16_t samples[AE_PITCH_WINDOW];
    int16_t windowed[AE_PITCH_WINDOW];
    int16_t low[AE_PITCH_LOW_WINDOW];
    int32_t correlation[AE_PITCH_LOW_LAGS];
};

struct ae_pitch_frame {
    float f0_hz;    /* 0 when unvoiced */
    float strength; /* normalised autocorrelation, 0 to 1; when unvoiced the strongest there is */
    float hnr_db;   /* harmonics-to-noise ratio, also of unvoiced frames */
    uint32_t peak;  /* largest magnitude within 10 ms of the center */
    bool voiced;
    /* The first voiced frame, or one beside which every voiced frame before is silent. What came
     * before is dropped, loud or not, if it had no voice. */
    bool onset;
};

void ae_pitch_reset(struct ae_pitch *pitch);

/* Analyse the newest AE_PITCH_WINDOW samples of the history. */
void ae_pitch_update(struct ae_pitch *pitch, const int16_t history[AE_HISTORY_LENGTH],
                     struct ae_pitch_work *work, struct ae_pitch_frame *frame);

#endif
