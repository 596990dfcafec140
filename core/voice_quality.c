#include "voice_quality.h"

void ae_voice_quality_finish(const struct ae_periods *periods, const struct ae_hnr *hnr,
                             float value[AE_N_VOICE_QUALITY]) {
    ae_periods_finish(periods, &value[AE_JITTER_LOCAL], &value[AE_SHIMMER_LOCAL]);
    ae_hnr_finish(hnr, &value[AE_HNR_MEAN], &value[AE_HNR_STD]);
}
