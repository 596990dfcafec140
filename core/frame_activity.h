/* Speech or pause of each frame of an utterance, causal, from its level and voicing. */
#ifndef AE_FRAME_ACTIVITY_H
#define AE_FRAME_ACTIVITY_H

#include <stdbool.h>

/* Two followers of the level. The peak jumps to what is louder and sinks by 2 dB
 * a second; the floor falls to what is quieter and rises by 3 dB a second. */
struct ae_frame_activity {
    float peak_db, floor_db;
    bool started;
};

void ae_frame_activity_reset(struct ae_frame_activity *activity);

/* True if the frame is voiced or its level is above all of
 *  - 25 dB below the peak (the silence threshold Praat uses by default),
 *  - half way from the floor to the peak, which takes over in noise,
 *  - 6 dB above the floor, so that steady noise is not speech. */
bool ae_frame_activity_update(struct ae_frame_activity *activity, float rms_db, bool voiced);

#endif
