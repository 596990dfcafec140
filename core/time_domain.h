/* Level and zero-crossing rate of a frame. */
#ifndef AE_TIME_DOMAIN_H
#define AE_TIME_DOMAIN_H

#include <stdint.h>

#include "config.h"

struct ae_time_domain {
    float rms;    /* of samples in -1 to 1, as librosa.feature.rms */
    float rms_db; /* dB, 0 for rms 1; not below -90.3, the level of one quantization step */
    float zcr;    /* sign changes per sample, 0 counting as positive, as librosa's */
};

void ae_time_domain(const int16_t frame[AE_FRAME_LENGTH], struct ae_time_domain *time_domain);

#endif
