/* The pitch contour of an utterance.
 *
 * One frame in a hundred whose period is wrong, or noise taken for a voice, decides a
 * standard deviation and a range. So a frame counts when its neighbours are voiced, too,
 * without a jump between them; a slope when all its frames are. At the end only what lies
 * near the median is left, as in two-pass estimation, which searches pitch again within a
 * range about the quartiles found at first (Hirst, "The analysis by synthesis of speech
 * melody", Journal of Speech Sciences 1(1), 2011).
 */
#ifndef AE_CONTOUR_H
#define AE_CONTOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "delta.h"

#define AE_CONTOUR_JUMP   1.5f  /* semitones that neighbours differ by at most */
#define AE_CONTOUR_REACH  8.0f  /* semitones from the median; an octave error is 12 */
#define AE_CONTOUR_LOWEST 17.0f /* semitones above 27.5 Hz: 73 Hz */
#define AE_CONTOUR_BINS   74    /* of half a semitone: to 622 Hz */

struct ae_contour {
    uint32_t run;         /* voiced frames without a jump until now */
    uint32_t n, n_slopes; /* that counted */
    uint32_t count[AE_CONTOUR_BINS];
    /* Of the values of a bin, semitones. What they spread within a bin is not kept: a deviation
     * is too small by up to 0.25 semitones, a range by up to 1, 0 of a voice within one bin. */
    float mean[AE_CONTOUR_BINS];
    struct ae_delta hz, semitone;
};

/* What lies near the median, in Hz or semitones; all 0 for n = 0. In Hz there are no third
 * moment and no percentiles. */
struct ae_contour_summary {
    uint32_t n;
    struct ae_moments moments;
    float range, p20, p50, p80;
};

void ae_contour_reset(struct ae_contour *contour);

/* Add a frame; both values mean something when it is voiced. */
void ae_contour_add(struct ae_contour *contour, bool voiced, float f0_hz, float f0_semitone);

void ae_contour_summarize(const struct ae_contour *contour, bool in_hz,
                          struct ae_contour_summary *summary);

#endif
