/* From the descriptors of every frame to the features of the utterance. */
#ifndef AE_FUNCTIONALS_H
#define AE_FUNCTIONALS_H

#include "contour.h"
#include "delta.h"
#include "descriptors.h"
#include "histogram.h"
#include "moments.h"
#include "rhythm.h"
#include "voice_quality.h"

/* Functionals of a descriptor over an utterance, as bits of a set. */
enum ae_functional {
    AE_MEAN = 1 << 0,
    AE_STD = 1 << 1,
    AE_SKEWNESS = 1 << 2,
    AE_RANGE = 1 << 3, /* largest - smallest */
    AE_P20 = 1 << 4,   /* percentiles, see histogram.h */
    AE_P50 = 1 << 5,
    AE_P80 = 1 << 6,
    AE_SPREAD = 1 << 7,     /* p80 - p20 */
    AE_DELTA_MEAN = 1 << 8, /* of the slope per frame over five frames */
    AE_DELTA_STD = 1 << 9,
    AE_DELTA_ABS = 1 << 10, /* mean of the magnitude of that slope */
};
#define AE_N_FUNCTIONALS 11
#define AE_MEAN_STD      (AE_MEAN | AE_STD)
#define AE_PERCENTILES   (AE_P20 | AE_P50 | AE_P80 | AE_SPREAD)
#define AE_DELTA         (AE_DELTA_MEAN | AE_DELTA_STD)
#define AE_ANY_DELTA     (AE_DELTA | AE_DELTA_ABS)

/* The frames that count. Pauses never do: the silence before and after speech carries no
 * emotion. Those of the contour are chosen in contour.h. */
enum ae_domain { AE_ACTIVE, AE_VOICED, AE_N_DOMAINS, AE_CONTOUR = AE_N_DOMAINS };

/* ROW(descriptors, domain, functionals), in the order of the features. A descriptor
 * may have several rows, for several domains. To change the feature set change this
 * table, then AE_SCHEMA_HASH in schema.h. */
/* clang-format off */
#define AE_FUNCTIONAL_TABLE(ROW)                                                                   \
    ROW(F0, CONTOUR, AE_MEAN_STD | AE_RANGE | AE_DELTA)                                             \
    ROW(F0_SEMITONE, CONTOUR,                                                                      \
        AE_MEAN_STD | AE_SKEWNESS | AE_PERCENTILES | AE_DELTA_STD | AE_DELTA_ABS)                  \
    ROW(F1, VOICED, AE_MEAN_STD)                                                                   \
    ROW(F2, VOICED, AE_MEAN_STD)                                                                   \
    ROW(F3, VOICED, AE_MEAN_STD)                                                                   \
    ROW(RMS, ACTIVE, AE_MEAN_STD | AE_RANGE | AE_DELTA)                                            \
    ROW(RMS_DB, ACTIVE,                                                                            \
        AE_MEAN_STD | AE_SKEWNESS | AE_PERCENTILES | AE_DELTA_STD | AE_DELTA_ABS)                  \
    ROW(ZCR, ACTIVE, AE_MEAN_STD)                                                                  \
    ROW(CENTROID, ACTIVE, AE_MEAN_STD)                                                             \
    ROW(BANDWIDTH, ACTIVE, AE_MEAN_STD)                                                            \
    ROW(ROLLOFF_85, ACTIVE, AE_MEAN_STD)                                                           \
    ROW(FLATNESS, ACTIVE, AE_MEAN_STD)                                                             \
    ROW(FLUX, ACTIVE, AE_MEAN_STD)                                                                 \
    ROW(BAND_ENERGY_RATIO, ACTIVE, AE_MEAN_STD)                                                    \
    ROW(BAND_ENERGY_RATIO, VOICED, AE_MEAN_STD)                                                    \
    ROW(HAMMARBERG, VOICED, AE_MEAN_STD)                                                           \
    ROW(SLOPE_0_500, VOICED, AE_MEAN_STD)                                                          \
    ROW(SLOPE_500_1500, VOICED, AE_MEAN_STD)                                                       \
    ROW(MFCC, ACTIVE, AE_MEAN_STD | AE_DELTA)                                                      \
    ROW(CHROMA, ACTIVE, AE_MEAN_STD)                                                               \
    ROW(CONTRAST, ACTIVE, AE_MEAN_STD)
/* clang-format on */

struct ae_functional_row {
    uint8_t group; /* enum ae_descriptor_group_id */
    uint8_t domain;
    uint16_t functionals;
};

/* Sums over the table, for the sizes of things. */
#define AE_HAS(set, any)              (((set) & (any)) != 0)
#define AE_COUNT_ROW(id, dom, f)      +1
#define AE_COUNT_MOMENTS(id, d, f)    +(AE_##id##_END - AE_##id) * (AE_##d != AE_CONTOUR)
#define AE_COUNT_RANGES(id, d, f)     AE_COUNT_MOMENTS(id, d, f) * AE_HAS(f, AE_RANGE)
#define AE_COUNT_HISTOGRAMS(id, d, f) AE_COUNT_MOMENTS(id, d, f) * AE_HAS(f, AE_PERCENTILES)
#define AE_COUNT_DELTAS(id, d, f)     AE_COUNT_MOMENTS(id, d, f) * AE_HAS(f, AE_ANY_DELTA)
#define AE_COUNT_FEATURES(id, d, f)                                                                \
    +(AE_##id##_END - AE_##id) *                                                                   \
        (AE_HAS(f, AE_MEAN) + AE_HAS(f, AE_STD) + AE_HAS(f, AE_SKEWNESS) + AE_HAS(f, AE_RANGE) +   \
         AE_HAS(f, AE_P20) + AE_HAS(f, AE_P50) + AE_HAS(f, AE_P80) + AE_HAS(f, AE_SPREAD) +        \
         AE_HAS(f, AE_DELTA_MEAN) + AE_HAS(f, AE_DELTA_STD) + AE_HAS(f, AE_DELTA_ABS))
enum {
    AE_N_FUNCTIONAL_ROWS = AE_FUNCTIONAL_TABLE(AE_COUNT_ROW),
    AE_N_MOMENTS = AE_FUNCTIONAL_TABLE(AE_COUNT_MOMENTS),
    AE_N_RANGES = AE_FUNCTIONAL_TABLE(AE_COUNT_RANGES),
    AE_N_HISTOGRAMS = AE_FUNCTIONAL_TABLE(AE_COUNT_HISTOGRAMS),
    AE_N_DELTAS = AE_FUNCTIONAL_TABLE(AE_COUNT_DELTAS),
    /* Those of the table, then those of rhythm.h and voice_quality.h. */
    AE_N_FEATURES =
        (int)AE_N_RHYTHM + (int)AE_N_VOICE_QUALITY AE_FUNCTIONAL_TABLE(AE_COUNT_FEATURES)
};

extern const struct ae_functional_row ae_functional_rows[AE_N_FUNCTIONAL_ROWS];

struct ae_range {
    float smallest, largest;
};

/* How many frames of a domain there were; `run` of them without a gap until now. */
struct ae_domain_count {
    uint32_t n, n_deltas, run;
};

struct ae_functionals {
    struct ae_domain_count count[AE_N_DOMAINS];
    struct ae_moments moments[AE_N_MOMENTS];
    struct ae_range ranges[AE_N_RANGES];
    struct ae_histogram histograms[AE_N_HISTOGRAMS];
    struct ae_delta deltas[AE_N_DELTAS];
    struct ae_contour contour;
    struct ae_rhythm rhythm;
};

void ae_functionals_reset(struct ae_functionals *functionals);

/* Add a frame. At an onset (pitch.h) the utterance begins anew. */
void ae_functionals_add(struct ae_functionals *functionals,
                        const struct ae_descriptors *descriptors);

/* Write the features of what was added so far; those of a descriptor that had no
 * frame in its domain are 0. Those of the voice are passed on as they are. */
void ae_functionals_finish(const struct ae_functionals *functionals,
                           const float voice[AE_N_VOICE_QUALITY], float features[AE_N_FEATURES]);

#endif
