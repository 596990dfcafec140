/* Whether somebody speaks, from the energy of 10 ms blocks and a noise floor that adapts.
 *
 * Cheap enough to run all day; the rest of the core runs only while this hears something.
 * (activity.h answers another question: which frames of an utterance are pauses. It knows
 * the pitch of each frame, and nothing from before the utterance.) */
#ifndef AE_SPEECH_H
#define AE_SPEECH_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* All levels are in hundredths of a dB, 0 for a root mean square of full scale. */
struct ae_speech {
    int32_t on, off;  /* above the floor */
    int32_t quietest; /* below it nothing is speech */
    int32_t low;      /* the input below 160 Hz, Q8: DC, wind and hum */
    int32_t level;    /* of the newest block, without the low */
    int32_t floor;
    bool started, loud;
};

/* Begin with no idea of the noise. Speech begins `on_db` above the floor and pauses
 * `off_db` above it; no sound below `quietest_dbfs` is speech. */
void ae_speech_reset(struct ae_speech *speech, int on_db, int off_db, int quietest_dbfs);

/* Take one block. Returns whether it is loud enough for speech. */
bool ae_speech_update(struct ae_speech *speech, const int16_t block[AE_HOP_LENGTH]);

#endif
