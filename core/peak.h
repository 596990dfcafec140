/* The level of speech as a running peak of its log-mel energies. Relative to it, energies are the
 * same however loud a recording is. */
#ifndef AE_PEAK_H
#define AE_PEAK_H

#include <stdint.h>

#include "config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Levels are log-mel energies, Q9: see mel.h. */
#define AE_PEAK_FLOOR    8192 /* the lowest peak, 16 octaves */
#define AE_PEAK_FALL     3    /* per frame: 1.8 dB a second */
#define AE_PEAK_LOWEST   6    /* band, 300 Hz */
#define AE_PEAK_HIGHEST  29   /* band, 3400 Hz: what telephones transmit */
#define AE_PEAK_N_FRAMES 3    /* as long a sound must last; a click is shorter */

struct ae_peak {
    int16_t level;
    int16_t loudest[AE_PEAK_N_FRAMES - 1]; /* band of the frames before, newest first */
};

/* Begin at AE_PEAK_FLOOR. */
void ae_peak_reset(struct ae_peak *peak);

/* Take one frame. Returns the level: it jumps to what AE_PEAK_N_FRAMES frames reached, and falls
 * slowly. */
int16_t ae_peak_update(struct ae_peak *peak, const int16_t log_mel[AE_N_MELS]);

#ifdef __cplusplus
}
#endif
#endif
