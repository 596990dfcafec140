#include "peak.h"

void ae_peak_reset(struct ae_peak *peak) {
    peak->level = AE_PEAK_FLOOR;
    for (int i = 0; i < AE_PEAK_N_FRAMES - 1; i++)
        peak->loudest[i] = AE_PEAK_FLOOR;
}

int16_t ae_peak_update(struct ae_peak *peak, const int16_t log_mel[AE_N_MELS]) {
    int16_t loudest = log_mel[AE_PEAK_LOWEST];
    for (int band = AE_PEAK_LOWEST + 1; band <= AE_PEAK_HIGHEST; band++)
        if (log_mel[band] > loudest)
            loudest = log_mel[band];
    int16_t steady = loudest;
    for (int i = AE_PEAK_N_FRAMES - 2; i >= 0; i--) {
        if (peak->loudest[i] < steady)
            steady = peak->loudest[i];
        peak->loudest[i] = i > 0 ? peak->loudest[i - 1] : loudest;
    }
    peak->level = (int16_t)(peak->level - AE_PEAK_FALL);
    if (peak->level < AE_PEAK_FLOOR)
        peak->level = AE_PEAK_FLOOR;
    if (peak->level < steady)
        peak->level = steady;
    return peak->level;
}
