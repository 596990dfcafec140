#include "rhythm.h"

#include <string.h>

#include "config.h"

#define S_PER_FRAME    ((float)AE_HOP_LENGTH / AE_SAMPLE_RATE)
#define SHORTEST_PAUSE 15   /* frames; shorter silences are closures of plosives */
#define TURN_DB        3.0f /* rise and fall that make a peak, not a ripple */

/* End a stretch; one shorter than `shortest` is forgotten. */
static void end(struct ae_stretches *stretches, uint32_t shortest) {
    if (stretches->length >= shortest) {
        stretches->n++;
        ae_moments_add(&stretches->lengths, (float)stretches->length, 1.0f / (float)stretches->n);
    }
    stretches->length = 0;
}

static void follow_peaks(struct ae_timing *timing, float rms_db, bool active) {
    const float change = rms_db - timing->turn_db;
    if (timing->rising ? change >= 0.0f : change <= 0.0f) {
        timing->turn_db = rms_db;
        timing->turn_active = active;
    } else if (timing->rising ? change < -TURN_DB : change > TURN_DB) {
        timing->n_peaks += timing->rising && timing->turn_active;
        timing->rising = !timing->rising;
        timing->turn_db = rms_db;
        timing->turn_active = active;
    }
}

void ae_timing_reset(struct ae_timing *timing) {
    memset(timing, 0, sizeof *timing);
}

void ae_timing_add(struct ae_timing *timing, float rms_db, bool voiced, bool active) {
    if (!timing->started)
        timing->turn_db = rms_db;
    timing->started = true;
    follow_peaks(timing, rms_db, active);
    if (voiced) {
        timing->n_voiced++;
        timing->voiced.length++;
        end(&timing->unvoiced, 1);
    } else {
        timing->unvoiced.length += timing->n_voiced > 0;
        end(&timing->voiced, 1);
    }
    timing->n_since_onset += active || timing->n_since_onset > 0;
    if (active) {
        timing->n_active++;
        timing->n_span = timing->n_since_onset;
        end(&timing->pauses, SHORTEST_PAUSE);
    } else {
        timing->pauses.length += timing->n_active > 0;
    }
}

void ae_timing_finish(const struct ae_timing *timing, float value[AE_N_TIMING]) {
    memset(value, 0, AE_N_TIMING * sizeof *value);
    if (timing->n_active == 0)
        return;
    struct ae_stretches voiced = timing->voiced;
    end(&voiced, 1);
    const struct ae_stretches *unvoiced = &timing->unvoiced;
    const float per_frame = 1.0f / (float)timing->n_span;
    const float per_s = per_frame / S_PER_FRAME;
    value[AE_VOICED_FRACTION] = (float)timing->n_voiced * per_frame;
    value[AE_VOICED_RATE] = (float)voiced.n * per_s;
    value[AE_VOICED_LENGTH_MEAN] = voiced.lengths.mean * S_PER_FRAME;
    value[AE_VOICED_LENGTH_STD] = ae_moments_std(&voiced.lengths, voiced.n) * S_PER_FRAME;
    value[AE_UNVOICED_LENGTH_MEAN] = unvoiced->lengths.mean * S_PER_FRAME;
    value[AE_UNVOICED_LENGTH_STD] = ae_moments_std(&unvoiced->lengths, unvoiced->n) * S_PER_FRAME;
    value[AE_ACTIVE_FRACTION] = (float)timing->n_active * per_frame;
    value[AE_PAUSE_RATE] = (float)timing->pauses.n * per_s;
    value[AE_PAUSE_LENGTH_MEAN] = timing->pauses.lengths.mean * S_PER_FRAME;
    value[AE_RMS_PEAK_RATE] = (float)timing->n_peaks * per_s;
}
