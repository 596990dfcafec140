/* Running mean, standard deviation and skewness in three words, however long the
 * utterance (Welford 1962; third moment: Pebay 2008). */
#ifndef AE_MOMENTS_H
#define AE_MOMENTS_H

#include <stdint.h>

struct ae_moments {
    float mean;
    float m2, m3; /* sums of the squares and cubes of the distance from the mean */
};

/* Add the n-th value, n counting from 1, given 1 / n, which a caller with many
 * values a frame divides once. m3 is left as it is. */
void ae_moments_add(struct ae_moments *moments, float x, float one_over_n);

/* The same with m3. */
void ae_moments_add_third(struct ae_moments *moments, float x, float n, float one_over_n);

/* Of a population: divided by n. Both are 0 for n = 0 and for values that are the
 * same to within rounding. */
float ae_moments_std(const struct ae_moments *moments, uint32_t n);
float ae_moments_skewness(const struct ae_moments *moments, uint32_t n);

#endif
