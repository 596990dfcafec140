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

static void follow_peaks(struct ae_rhythm *rhythm, float rms_db, bool active) {
    const float change = rms_db - rhythm->turn_db;
    if (rhythm->rising ? change >= 0.0f : change <= 0.0f) {
        rhythm->turn_db = rms_db;
        rhythm->turn_active = active;
    } else if (rhythm->rising ? change < -TURN_DB : change > TURN_DB) {
        rhythm->n_peaks += rhythm->rising && rhythm->turn_active;
        rhythm->rising = !rhythm->rising;
        rhythm->turn_db = rms_db;
        rhythm->turn_active = active;
    }
}

void ae_rhythm_reset(struct ae_rhythm *rhythm) {
    memset(rhythm, 0, sizeof *rhythm);
}

void ae_rhythm_add(struct ae_rhythm *rhythm, float rms_db, bool voiced, bool active) {
    if (!rhythm->started)
        rhythm->turn_db = rms_db;
    rhythm->started = true;
    follow_peaks(rhythm, rms_db, active);
    if (voiced) {
        rhythm->n_voiced++;
        rhythm->voiced.length++;
        end(&rhythm->unvoiced, 1);
    } else {
        rhythm->unvoiced.length += rhythm->n_voiced > 0;
        end(&rhythm->voiced, 1);
    }
    rhythm->n_since_onset += active || rhythm->n_since_onset > 0;
    if (active) {
        rhythm->n_active++;
        rhythm->n_span = rhythm->n_since_onset;
        end(&rhythm->pauses, SHORTEST_PAUSE);
    } else {
        rhythm->pauses.length += rhythm->n_active > 0;
    }
}

void ae_rhythm_finish(const struct ae_rhythm *rhythm, float value[AE_N_RHYTHM]) {
    memset(value, 0, AE_N_RHYTHM * sizeof *value);
    if (rhythm->n_active == 0)
        return;
    struct ae_stretches voiced = rhythm->voiced;
    end(&voiced, 1);
    const struct ae_stretches *unvoiced = &rhythm->unvoiced;
    const float per_frame = 1.0f / (float)rhythm->n_span;
    const float per_s = per_frame / S_PER_FRAME;
    value[AE_VOICED_FRACTION] = (float)rhythm->n_voiced * per_frame;
    value[AE_VOICED_RATE] = (float)voiced.n * per_s;
    value[AE_VOICED_LENGTH_MEAN] = voiced.lengths.mean * S_PER_FRAME;
    value[AE_VOICED_LENGTH_STD] = ae_moments_std(&voiced.lengths, voiced.n) * S_PER_FRAME;
    value[AE_UNVOICED_LENGTH_MEAN] = unvoiced->lengths.mean * S_PER_FRAME;
    value[AE_UNVOICED_LENGTH_STD] = ae_moments_std(&unvoiced->lengths, unvoiced->n) * S_PER_FRAME;
    value[AE_ACTIVE_FRACTION] = (float)rhythm->n_active * per_frame;
    value[AE_PAUSE_RATE] = (float)rhythm->pauses.n * per_s;
    value[AE_PAUSE_LENGTH_MEAN] = rhythm->pauses.lengths.mean * S_PER_FRAME;
    value[AE_RMS_PEAK_RATE] = (float)rhythm->n_peaks * per_s;
}
