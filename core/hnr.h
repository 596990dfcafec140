/* Harmonics-to-noise ratio of an utterance, as Praat's Harmonicity "Get mean".
 *
 * The mean is over the frames that are not silent, voiced or not, and silent
 * means quieter than a tenth of the utterance's highest peak, which is known
 * only at its end. So frames are summed apart by loudness, in steps of half an
 * octave, and the loud enough ones are joined at the end. In unvoiced frames only
 * the periods of a voice are looked at, so that the mean comes out 2 dB below
 * Praat's; it ranks recordings alike (Spearman's correlation 0.97 over RAVDESS).
 */
#ifndef AE_HNR_H
#define AE_HNR_H

#include <stdint.h>

#include "pitch.h"

#define AE_HNR_STEPS 34 /* of half an octave; 17 bits hold any peak */

struct ae_hnr {
    uint32_t peak; /* highest so far */
    uint32_t n[AE_HNR_STEPS];
    int64_t sum[AE_HNR_STEPS]; /* dB, Q8 */
    uint64_t sum_of_squares[AE_HNR_STEPS];
};

void ae_hnr_reset(struct ae_hnr *hnr);
void ae_hnr_update(struct ae_hnr *hnr, const struct ae_pitch_frame *pitch);

/* Mean and standard deviation in dB; 0 when all was silent. */
void ae_hnr_finish(const struct ae_hnr *hnr, float *mean_db, float *std_db);

#endif
