/* The low-level descriptors of one frame: names, ranges and order. */
#ifndef AE_DESCRIPTORS_H
#define AE_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "spectral.h"

/* ROW(identifier, name, count, low, high): one descriptor, or `count` of them
 * named name_1, name_2 ... Percentiles are taken from a histogram from low to
 * high; what lies beyond is counted at its ends. */
/* clang-format off */
#define AE_DESCRIPTOR_TABLE(ROW)                                                                   \
    ROW(RMS, "rms", 1, 0.0f, 1.0f)                                /* of samples in -1 to 1 */      \
    ROW(RMS_DB, "rms_db", 1, -96.0f, 0.0f)                        /* dB; 0 for rms 1 */             \
    ROW(ZCR, "zcr", 1, 0.0f, 1.0f)                                /* sign changes per sample */    \
    ROW(MFCC, "mfcc", 13, -600.0f, 600.0f)                        /* dB */                          \
    ROW(CHROMA, "chroma", 12, 0.0f, 1.0f)                         /* C to B; 1 for the strongest */\
    ROW(CONTRAST, "contrast", 7, 0.0f, 48.0f)                     /* dB; octaves, upwards */       \
    ROW(CENTROID, "centroid", 1, 0.0f, 8000.0f)                   /* Hz */                         \
    ROW(BANDWIDTH, "bandwidth", 1, 0.0f, 4000.0f)                 /* Hz */                         \
    ROW(ROLLOFF_85, "rolloff_85", 1, 0.0f, 8000.0f)               /* Hz */                         \
    ROW(FLATNESS, "flatness", 1, 0.0f, 1.0f)                                                       \
    ROW(FLUX, "flux", 1, 0.0f, 1.42f)                                                              \
    ROW(BAND_ENERGY_RATIO, "band_energy_ratio", 1, -48.0f, 48.0f) /* dB; eGeMAPS' alpha ratio */   \
    ROW(HAMMARBERG, "hammarberg", 1, -48.0f, 96.0f)               /* dB */                         \
    ROW(SLOPE_0_500, "slope_0_500", 1, -0.3f, 0.3f)               /* dB / Hz */                    \
    ROW(SLOPE_500_1500, "slope_500_1500", 1, -0.3f, 0.3f)         /* dB / Hz */                    \
    ROW(F0, "f0", 1, 50.0f, 650.0f)                               /* Hz */                         \
    ROW(F0_SEMITONE, "f0_semitone", 1, 12.0f, 60.0f)              /* semitones above 27.5 Hz */    \
    ROW(HNR, "hnr", 1, -20.0f, 40.0f)                             /* dB */                         \
    ROW(F1, "f1", 1, 0.0f, 1600.0f)                               /* Hz */                         \
    ROW(F2, "f2", 1, 0.0f, 3200.0f)                               /* Hz */                         \
    ROW(F3, "f3", 1, 0.0f, 4800.0f)                               /* Hz */
/* clang-format on */

/* Their order: AE_MFCC is the first of its group, AE_MFCC_END one past its last. */
#define AE_PLACE(id, name, count, low, high)                                                       \
    AE_##id, AE_##id##_END = AE_##id + (count), AE_##id##_LAST = AE_##id##_END - 1,
enum { AE_DESCRIPTOR_TABLE(AE_PLACE) AE_N_DESCRIPTORS };
#undef AE_PLACE

#define AE_GROUP(id, name, count, low, high) AE_GROUP_##id,
enum ae_descriptor_group_id { AE_DESCRIPTOR_TABLE(AE_GROUP) AE_N_DESCRIPTOR_GROUPS };
#undef AE_GROUP

struct ae_descriptor_group {
    const char *name;
    uint8_t first, count;
    float low, high;
};

extern const struct ae_descriptor_group ae_descriptor_groups[AE_N_DESCRIPTOR_GROUPS];

/* One frame. From AE_F0 on, values mean something in voiced frames only. */
struct ae_descriptors {
    float value[AE_N_DESCRIPTORS];
    bool voiced; /* the vocal folds vibrate */
    bool active; /* speech, not a pause: see frame_activity.h */
    bool onset;  /* the utterance begins anew: see pitch.h */
};

/* Fill in everything that follows from one frame's samples and spectrum: all
 * before AE_F0. */
void ae_descriptors_of_spectrum(struct ae_descriptors *descriptors, struct ae_spectral *spectral,
                                const int16_t frame[AE_FRAME_LENGTH],
                                const struct ae_spectrum *spectrum,
                                const int16_t log_mel[AE_N_MELS]);

/* Fill in AE_F0, AE_F0_SEMITONE and `voiced`; 0 Hz means unvoiced. */
void ae_descriptors_of_pitch(struct ae_descriptors *descriptors, float f0_hz);

#endif
