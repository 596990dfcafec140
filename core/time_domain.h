/* How strong a frame is, and how often it changes sign. */
#ifndef AE_TIME_DOMAIN_H
#define AE_TIME_DOMAIN_H

#include <stdint.h>

#include "config.h"

struct ae_level {
    float rms;    /* of samples in -1 to 1, as librosa.feature.rms */
    float rms_db; /* dB, 0 for rms 1; not below -90.3, the level of one quantization step */
    float zcr;    /* sign changes per sample, 0 counting as positive, as librosa's */
};

void ae_level(const int16_t frame[AE_FRAME_LENGTH], struct ae_level *level);

#endif
