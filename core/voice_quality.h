/* Voice quality of an utterance: jitter, shimmer and harmonics-to-noise ratio. */
#ifndef AE_VOICE_QUALITY_H
#define AE_VOICE_QUALITY_H

#include "hnr.h"
#include "periods.h"

/* ROW(identifier, name) */
/* clang-format off */
#define AE_VOICE_QUALITY_TABLE(ROW)                                                                \
    ROW(JITTER_LOCAL, "jitter_local")   /* a fraction, as Praat's */                               \
    ROW(SHIMMER_LOCAL, "shimmer_local") /* a fraction, as Praat's */                               \
    ROW(HNR_MEAN, "hnr_mean")           /* dB, over all frames but the silent ones */              \
    ROW(HNR_STD, "hnr_std")             /* dB */
/* clang-format on */

#define AE_PLACE(id, name) AE_##id,
enum { AE_VOICE_QUALITY_TABLE(AE_PLACE) AE_N_VOICE_QUALITY };
#undef AE_PLACE

void ae_voice_quality_finish(const struct ae_periods *periods, const struct ae_hnr *hnr,
                             float value[AE_N_VOICE_QUALITY]);

#endif
