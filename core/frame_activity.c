#include "frame_activity.h"

#include <string.h>

#include "config.h"

#define FRAMES_PER_S  ((float)AE_SAMPLE_RATE / AE_HOP_LENGTH)
#define PEAK_FALL_DB  (2.0f / FRAMES_PER_S)
#define FLOOR_RISE_DB (3.0f / FRAMES_PER_S)

static float larger(float a, float b) {
    return a > b ? a : b;
}

void ae_frame_activity_reset(struct ae_frame_activity *activity) {
    memset(activity, 0, sizeof *activity);
}

bool ae_frame_activity_update(struct ae_frame_activity *activity, float rms_db, bool voiced) {
    if (!activity->started) {
        activity->started = true;
        activity->peak_db = rms_db;
        activity->floor_db = rms_db;
    }
    activity->peak_db = larger(rms_db, activity->peak_db - PEAK_FALL_DB);
    activity->floor_db = -larger(-rms_db, -activity->floor_db - FLOOR_RISE_DB);
    const float middle_db = 0.5f * (activity->floor_db + activity->peak_db);
    const float threshold_db =
        larger(larger(activity->peak_db - 25.0f, middle_db), activity->floor_db + 6.0f);
    return voiced || rms_db > threshold_db;
}
