#include "contour.h"

#include <string.h>

#include "histogram.h"
#include "maths.h"

#define BINS_PER_SEMITONE 2.0f

void ae_contour_reset(struct ae_contour *contour) {
    memset(contour, 0, sizeof *contour);
}

static void count_value(struct ae_contour *contour, float semitone) {
    const float place = (semitone - AE_CONTOUR_LOWEST) * BINS_PER_SEMITONE;
    int32_t bin = place > 0.0f ? (int32_t)place : 0;
    bin = bin < AE_CONTOUR_BINS ? bin : AE_CONTOUR_BINS - 1;
    contour->n++;
    const float one_over_n = 1.0f / (float)++contour->count[bin];
    contour->mean[bin] += (semitone - contour->mean[bin]) * one_over_n;
}

void ae_contour_add(struct ae_contour *contour, bool voiced, float f0_hz, float f0_semitone) {
    if (!voiced) {
        contour->run = 0;
        return;
    }
    const float before = contour->semitone.past[AE_DELTA_FRAMES - 2];
    const float jump = f0_semitone > before ? f0_semitone - before : before - f0_semitone;
    contour->run = jump <= AE_CONTOUR_JUMP ? contour->run + 1 : 1;
    if (contour->run >= 3)
        count_value(contour, before);
    const bool has_slope = contour->run >= AE_DELTA_FRAMES;
    const float one_over_n = has_slope ? 1.0f / (float)++contour->n_slopes : 0.0f;
    ae_delta_add(&contour->hz, f0_hz, one_over_n);
    ae_delta_add(&contour->semitone, f0_semitone, one_over_n);
}

/* The bins whose mean is near the median, from `first` until `end`. */
struct span {
    int32_t first, end;
    uint32_t n; /* values in them */
};

static struct span near_median(const struct ae_contour *contour) {
    const float median =
        AE_CONTOUR_LOWEST +
        ae_histogram_place(contour->count, AE_CONTOUR_BINS, contour->n, 0.5f) / BINS_PER_SEMITONE;
    struct span span = {AE_CONTOUR_BINS, 0, 0};
    for (int32_t bin = 0; bin < AE_CONTOUR_BINS; bin++) {
        const float distance = contour->mean[bin] - median;
        if (contour->count[bin] == 0 || distance > AE_CONTOUR_REACH || -distance > AE_CONTOUR_REACH)
            continue;
        span.first = span.n > 0 ? span.first : bin;
        span.end = bin + 1;
        span.n += contour->count[bin];
    }
    return span;
}

static float value_of(float semitone, bool in_hz) {
    return in_hz ? 27.5f * ae_exp2f(semitone * (1.0f / 12.0f)) : semitone;
}

static struct ae_moments moments_of(const struct ae_contour *contour, const struct span *span,
                                    bool in_hz) {
    struct ae_moments moments = {0.0f, 0.0f, 0.0f};
    float n = 0.0f;
    for (int32_t bin = span->first; bin < span->end; bin++) {
        const float count = (float)contour->count[bin];
        if (contour->count[bin] == 0)
            continue;
        const float x = value_of(contour->mean[bin], in_hz);
        const float distance = x - moments.mean;
        n += count;
        moments.mean += distance * (count / n);
        moments.m2 += count * distance * (x - moments.mean);
    }
    for (int32_t bin = span->first; bin < span->end && !in_hz; bin++) {
        const float distance = contour->mean[bin] - moments.mean;
        moments.m3 += (float)contour->count[bin] * distance * distance * distance;
    }
    return moments;
}

static float percentile(const struct ae_contour *contour, const struct span *span, float fraction) {
    const float place =
        (float)span->first + ae_histogram_place(contour->count + span->first,
                                                span->end - span->first, span->n, fraction);
    return AE_CONTOUR_LOWEST + place / BINS_PER_SEMITONE;
}

void ae_contour_summarize(const struct ae_contour *contour, bool in_hz,
                          struct ae_contour_summary *summary) {
    memset(summary, 0, sizeof *summary);
    if (contour->n == 0)
        return;
    const struct span span = near_median(contour);
    summary->n = span.n;
    summary->moments = moments_of(contour, &span, in_hz);
    summary->range =
        value_of(contour->mean[span.end - 1], in_hz) - value_of(contour->mean[span.first], in_hz);
    if (in_hz)
        return;
    summary->p20 = percentile(contour, &span, 0.2f);
    summary->p50 = percentile(contour, &span, 0.5f);
    summary->p80 = percentile(contour, &span, 0.8f);
}
