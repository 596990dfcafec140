#include "functionals.h"

#include <string.h>

#define DELTA_FRAMES 5

#define ROW(id, domain, functionals) {AE_GROUP_##id, AE_##domain, functionals},
const struct ae_functional_row ae_functional_rows[AE_N_FUNCTIONAL_ROWS] = {
    AE_FUNCTIONAL_TABLE(ROW)};

/* Indices of the running sums of the next descriptor, in the order of the table. */
struct cursor {
    int moments, ranges, histograms, deltas;
};

static void advance(struct cursor *cursor, uint16_t functionals) {
    cursor->moments++;
    cursor->ranges += AE_HAS(functionals, AE_RANGE);
    cursor->histograms += AE_HAS(functionals, AE_PERCENTILES);
    cursor->deltas += AE_HAS(functionals, AE_ANY_DELTA);
}

/* A frame's place in its domain, and the reciprocals every descriptor shares. */
struct place {
    bool inside;    /* the frame counts */
    bool has_delta; /* so do the four before it */
    uint32_t n;
    float one_over_n, one_over_n_deltas;
};

static struct place count_frame(struct ae_domain_count *count, bool inside) {
    struct place place = {inside, false, 0, 0.0f, 0.0f};
    count->run = inside ? count->run + 1 : 0;
    if (!inside)
        return place;
    place.n = ++count->n;
    place.one_over_n = 1.0f / (float)place.n;
    if (count->run >= DELTA_FRAMES) {
        place.has_delta = true;
        place.one_over_n_deltas = 1.0f / (float)++count->n_deltas;
    }
    return place;
}

static void add_range(struct ae_range *range, float x, bool first) {
    if (first || x < range->smallest)
        range->smallest = x;
    if (first || x > range->largest)
        range->largest = x;
}

/* The slope of the straight line through five frames, in units per frame, as HTK
 * (Young et al. 2006, section 5.9) with a window of two; it belongs to the middle one. */
static void add_delta(struct ae_delta *delta, float x, const struct place *place) {
    float *past = delta->past;
    if (place->has_delta) {
        const float slope = 0.2f * (x - past[0]) + 0.1f * (past[3] - past[1]);
        const float magnitude = slope < 0.0f ? -slope : slope;
        ae_moments_add(&delta->moments, slope, place->one_over_n_deltas);
        delta->mean_abs += (magnitude - delta->mean_abs) * place->one_over_n_deltas;
    }
    past[0] = past[1];
    past[1] = past[2];
    past[2] = past[3];
    past[3] = x;
}

static void add_value(struct ae_functionals *functionals, const struct cursor *at,
                      const struct ae_functional_row *row, float x, const struct place *place) {
    const struct ae_descriptor_group *group = &ae_descriptor_groups[row->group];
    const uint16_t set = row->functionals;
    struct ae_moments *moments = &functionals->moments[at->moments];
    if (set & AE_SKEWNESS)
        ae_moments_add_third(moments, x, (float)place->n, place->one_over_n);
    else
        ae_moments_add(moments, x, place->one_over_n);
    if (set & AE_RANGE)
        add_range(&functionals->ranges[at->ranges], x, place->n == 1);
    if (set & AE_PERCENTILES)
        ae_histogram_add(&functionals->histograms[at->histograms],
                         (x - group->low) / (group->high - group->low));
    if (set & AE_ANY_DELTA)
        add_delta(&functionals->deltas[at->deltas], x, place);
}

void ae_functionals_reset(struct ae_functionals *functionals) {
    memset(functionals, 0, sizeof *functionals);
}

void ae_functionals_add(struct ae_functionals *functionals,
                        const struct ae_descriptors *descriptors) {
    ae_rhythm_add(&functionals->rhythm, descriptors->value[AE_RMS_DB], descriptors->voiced,
                  descriptors->active);
    const struct place place[AE_N_DOMAINS] = {
        count_frame(&functionals->count[AE_ACTIVE], descriptors->active),
        count_frame(&functionals->count[AE_VOICED], descriptors->voiced),
    };
    struct cursor at = {0, 0, 0, 0};
    for (int r = 0; r < AE_N_FUNCTIONAL_ROWS; r++) {
        const struct ae_functional_row *row = &ae_functional_rows[r];
        const struct ae_descriptor_group *group = &ae_descriptor_groups[row->group];
        for (int i = 0; i < group->count; i++) {
            if (place[row->domain].inside)
                add_value(functionals, &at, row, descriptors->value[group->first + i],
                          &place[row->domain]);
            advance(&at, row->functionals);
        }
    }
}

/* All functionals of one descriptor, in the order of the bits. */
static void summarise(const struct ae_functionals *functionals, const struct cursor *at,
                      const struct ae_functional_row *row, float value[AE_N_FUNCTIONALS]) {
    const struct ae_descriptor_group *group = &ae_descriptor_groups[row->group];
    const struct ae_domain_count *count = &functionals->count[row->domain];
    const struct ae_moments *moments = &functionals->moments[at->moments];
    memset(value, 0, AE_N_FUNCTIONALS * sizeof *value);
    if (count->n == 0)
        return;
    value[0] = moments->mean;
    value[1] = ae_moments_std(moments, count->n);
    if (row->functionals & AE_SKEWNESS)
        value[2] = ae_moments_skewness(moments, count->n);
    if (row->functionals & AE_RANGE) {
        const struct ae_range *range = &functionals->ranges[at->ranges];
        value[3] = range->largest - range->smallest;
    }
    if (row->functionals & AE_PERCENTILES) {
        const struct ae_histogram *histogram = &functionals->histograms[at->histograms];
        const float width = group->high - group->low;
        value[4] = group->low + width * ae_histogram_place(histogram, count->n, 0.2f);
        value[5] = group->low + width * ae_histogram_place(histogram, count->n, 0.5f);
        value[6] = group->low + width * ae_histogram_place(histogram, count->n, 0.8f);
        value[7] = value[6] - value[4];
    }
    if (row->functionals & AE_ANY_DELTA) {
        const struct ae_delta *delta = &functionals->deltas[at->deltas];
        value[8] = delta->moments.mean;
        value[9] = ae_moments_std(&delta->moments, count->n_deltas);
        value[10] = delta->mean_abs;
    }
}

void ae_functionals_finish(const struct ae_functionals *functionals,
                           const float voice[AE_N_VOICE_QUALITY], float features[AE_N_FEATURES]) {
    struct cursor at = {0, 0, 0, 0};
    for (int r = 0; r < AE_N_FUNCTIONAL_ROWS; r++) {
        const struct ae_functional_row *row = &ae_functional_rows[r];
        for (int i = 0; i < ae_descriptor_groups[row->group].count; i++) {
            float value[AE_N_FUNCTIONALS];
            summarise(functionals, &at, row, value);
            for (int f = 0; f < AE_N_FUNCTIONALS; f++) {
                if (row->functionals >> f & 1)
                    *features++ = value[f];
            }
            advance(&at, row->functionals);
        }
    }
    ae_rhythm_finish(&functionals->rhythm, features);
    memcpy(features + AE_N_RHYTHM, voice, AE_N_VOICE_QUALITY * sizeof *voice);
}
