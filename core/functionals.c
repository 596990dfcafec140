#include "functionals.h"

#include <string.h>

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
    bool inside; /* the frame counts */
    uint32_t n;
    float one_over_n;
    float one_over_n_deltas; /* 0 unless the four frames before it count, too */
};

static struct place count_frame(struct ae_domain_count *count, bool inside) {
    struct place place = {inside, 0, 0.0f, 0.0f};
    count->run = inside ? count->run + 1 : 0;
    if (!inside)
        return place;
    place.n = ++count->n;
    place.one_over_n = 1.0f / (float)place.n;
    if (count->run >= AE_DELTA_FRAMES)
        place.one_over_n_deltas = 1.0f / (float)++count->n_deltas;
    return place;
}

static void add_range(struct ae_range *range, float x, bool first) {
    if (first || x < range->smallest)
        range->smallest = x;
    if (first || x > range->largest)
        range->largest = x;
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
        ae_delta_add(&functionals->deltas[at->deltas], x, place->one_over_n_deltas);
}

void ae_functionals_reset(struct ae_functionals *functionals) {
    memset(functionals, 0, sizeof *functionals);
}

void ae_functionals_add(struct ae_functionals *functionals,
                        const struct ae_descriptors *descriptors) {
    const float *value = descriptors->value;
    if (descriptors->onset)
        ae_functionals_reset(functionals);
    ae_contour_add(&functionals->contour, descriptors->voiced, value[AE_F0], value[AE_F0_SEMITONE]);
    ae_rhythm_add(&functionals->rhythm, value[AE_RMS_DB], descriptors->voiced, descriptors->active);
    const struct place place[AE_N_DOMAINS] = {
        count_frame(&functionals->count[AE_ACTIVE], descriptors->active),
        count_frame(&functionals->count[AE_VOICED], descriptors->voiced),
    };
    struct cursor at = {0, 0, 0, 0};
    for (int r = 0; r < AE_N_FUNCTIONAL_ROWS; r++) {
        const struct ae_functional_row *row = &ae_functional_rows[r];
        const struct ae_descriptor_group *group = &ae_descriptor_groups[row->group];
        for (int i = 0; row->domain < AE_N_DOMAINS && i < group->count; i++) {
            if (place[row->domain].inside)
                add_value(functionals, &at, row, value[group->first + i], &place[row->domain]);
            advance(&at, row->functionals);
        }
    }
}

static void summarize_deltas(const struct ae_delta *delta, uint32_t n, float *value) {
    value[8] = delta->moments.mean;
    value[9] = ae_moments_std(&delta->moments, n);
    value[10] = delta->mean_abs;
}

static void summarize_contour(const struct ae_contour *contour, bool in_hz, float *value) {
    struct ae_contour_summary summary;
    ae_contour_summarize(contour, in_hz, &summary);
    value[0] = summary.moments.mean;
    value[1] = ae_moments_std(&summary.moments, summary.n);
    value[2] = ae_moments_skewness(&summary.moments, summary.n);
    value[3] = summary.range;
    value[4] = summary.p20;
    value[5] = summary.p50;
    value[6] = summary.p80;
    value[7] = summary.p80 - summary.p20;
    summarize_deltas(in_hz ? &contour->hz : &contour->semitone, contour->n_slopes, value);
}

/* All functionals of one descriptor, in the order of the bits. */
static void summarise(const struct ae_functionals *functionals, const struct cursor *at,
                      const struct ae_functional_row *row, float value[AE_N_FUNCTIONALS]) {
    const struct ae_descriptor_group *group = &ae_descriptor_groups[row->group];
    memset(value, 0, AE_N_FUNCTIONALS * sizeof *value);
    if (row->domain == AE_CONTOUR) {
        summarize_contour(&functionals->contour, row->group == AE_GROUP_F0, value);
        return;
    }
    const struct ae_domain_count *count = &functionals->count[row->domain];
    const struct ae_moments *moments = &functionals->moments[at->moments];
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
        const uint32_t *bins = functionals->histograms[at->histograms].count;
        const float width = (group->high - group->low) / AE_HISTOGRAM_BINS;
        const float fraction[] = {0.2f, 0.5f, 0.8f};
        for (int i = 0; i < 3; i++)
            value[4 + i] = group->low + width * ae_histogram_place(bins, AE_HISTOGRAM_BINS,
                                                                   count->n, fraction[i]);
        value[7] = value[6] - value[4];
    }
    if (row->functionals & AE_ANY_DELTA)
        summarize_deltas(&functionals->deltas[at->deltas], count->n_deltas, value);
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
            if (row->domain < AE_N_DOMAINS)
                advance(&at, row->functionals);
        }
    }
    ae_rhythm_finish(&functionals->rhythm, features);
    memcpy(features + AE_N_RHYTHM, voice, AE_N_VOICE_QUALITY * sizeof *voice);
}
