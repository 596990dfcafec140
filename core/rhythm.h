/* The rhythm of an utterance: voiced stretches, pauses and peaks of level. */
#ifndef AE_RHYTHM_H
#define AE_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

#include "moments.h"

/* ROW(identifier, name) of the values of a whole utterance, which lasts from the
 * first active frame to the last: silence around it changes nothing. */
/* clang-format off */
#define AE_RHYTHM_TABLE(ROW)                                                                       \
    ROW(VOICED_FRACTION, "voiced_fraction")           /* of the frames it lasts */                 \
    ROW(VOICED_RATE, "voiced_rate")                   /* voiced stretches per second */            \
    ROW(VOICED_LENGTH_MEAN, "voiced_length_mean")     /* s */                                      \
    ROW(VOICED_LENGTH_STD, "voiced_length_std")       /* s */                                      \
    ROW(UNVOICED_LENGTH_MEAN, "unvoiced_length_mean") /* s */                                      \
    ROW(UNVOICED_LENGTH_STD, "unvoiced_length_std")   /* s */                                      \
    ROW(ACTIVE_FRACTION, "active_fraction")           /* of the frames it lasts */                 \
    ROW(PAUSE_RATE, "pause_rate")                     /* pauses, 0.15 s or longer, per second */   \
    ROW(PAUSE_LENGTH_MEAN, "pause_length_mean")       /* s */                                      \
    ROW(RMS_PEAK_RATE, "rms_peak_rate")               /* peaks of the level per second */
/* clang-format on */

#define AE_PLACE(id, name) AE_##id,
enum { AE_RHYTHM_TABLE(AE_PLACE) AE_N_RHYTHM };
#undef AE_PLACE

/* Frames of one kind in a row. */
struct ae_stretches {
    uint32_t length;           /* of the one that is not over yet */
    uint32_t n;                /* how many are over */
    struct ae_moments lengths; /* of those, in frames */
};

struct ae_rhythm {
    uint32_t n_since_onset; /* frames since the first active one, it included */
    uint32_t n_span;        /* of these, up to the last active one */
    uint32_t n_voiced, n_active;
    struct ae_stretches voiced, unvoiced, pauses;
    uint32_t n_peaks;
    float turn_db; /* highest level since the last rise, or lowest since the last fall */
    bool started, turn_active, rising;
};

void ae_rhythm_reset(struct ae_rhythm *rhythm);
void ae_rhythm_add(struct ae_rhythm *rhythm, float rms_db, bool voiced, bool active);
void ae_rhythm_finish(const struct ae_rhythm *rhythm, float value[AE_N_RHYTHM]);

#endif
