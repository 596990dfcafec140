/* Bairstow's method: refine a quadratic divisor until no remainder is left, then
 * go on with the quotient. Division is in integers, so that it is fast without an
 * FPU; only the 2 x 2 equations for each step are in float. */
#include "roots.h"

#include <stddef.h>

#include "fixed_point.h"

#define MAX_STEPS 12                   /* from one guess */
#define CONVERGED (AE_ROOTS_ONE / 256) /* near the root a step squares the error */

#define WIDTH (4.0f * AE_ROOTS_ONE) /* of the region where sum and product may be */

/* Coefficients are integers whose magnitudes add up to at most this. Dividing twice
 * by quadratics with roots in the unit circle multiplies that by less than 330,
 * intermediate results included, so nothing exceeds 31 bits. */
#define LARGEST_SUM (1 << 22)

/* Where to start over when a guess leads nowhere: resonances all around the upper
 * half circle, sharp and dull ones. */
static const struct ae_root_pair fresh_guesses[] = {
    {29600, 14700},  {18300, 14700}, {0, 14700},    {-18300, 14700},
    {-29600, 14700}, {9000, 4100},   {-9000, 4100},
};

/* Divide by z^2 - sum z + product. The last two values are the remainder,
 * quotient[degree - 1] (z - sum) + quotient[degree]. */
static void divide(const int32_t *a, int degree, struct ae_root_pair divisor, int32_t *quotient) {
    int32_t before = 0, last = 0;
    for (int i = 0; i <= degree; i++) {
        int32_t next = a[i] + ae_difference_q14(last, divisor.sum, before, divisor.product);
        before = last;
        last = next;
        quotient[i] = next;
    }
}

/* Round a step to an integer; none is longer than the region is wide. */
static int32_t rounded(float step) {
    if (step > WIDTH)
        return (int32_t)WIDTH;
    if (step < -WIDTH)
        return -(int32_t)WIDTH;
    return (int32_t)(step < 0.0f ? step - 0.5f : step + 0.5f);
}

static int32_t limited(int32_t x, int32_t bound) {
    return x < -bound ? -bound : x > bound ? bound : x;
}

static int32_t magnitude(int32_t x) {
    return x < 0 ? -x : x;
}

/* One step of Newton's method for a remainder of zero, whose derivatives are the
 * remainder of dividing once more. Both roots are kept in the unit circle, which
 * bounds all values. Returns whether the step was small. */
static bool improve(const int32_t *a, int degree, struct ae_root_pair *pair) {
    int32_t b[AE_ROOTS_MAX_DEGREE + 1], c[AE_ROOTS_MAX_DEGREE];
    divide(a, degree, *pair, b);
    divide(b, degree - 1, *pair, c);
    float slope = (float)b[degree - 1], offset = (float)b[degree];
    float above = (float)c[degree - 3], middle = (float)c[degree - 2], below = (float)c[degree - 1];
    float determinant = middle * middle - above * below;
    if (determinant == 0.0f)
        return false;
    float scale = (float)AE_ROOTS_ONE / determinant;
    int32_t sum_step = rounded((above * offset - middle * slope) * scale);
    int32_t product_step = rounded((middle * offset - below * slope) * scale);
    pair->product = limited(pair->product + product_step, AE_ROOTS_ONE);
    pair->sum = limited(pair->sum + sum_step, AE_ROOTS_ONE + pair->product);
    return magnitude(sum_step) + magnitude(product_step) < CONVERGED;
}

static bool converge(const int32_t *a, int degree, struct ae_root_pair *pair) {
    for (int step = 0; step < MAX_STEPS; step++)
        if (improve(a, degree, pair))
            return true;
    return false;
}

static bool find_pair(const int32_t *a, int degree, struct ae_root_pair *pair) {
    if (converge(a, degree, pair))
        return true;
    for (size_t i = 0; i < sizeof fresh_guesses / sizeof fresh_guesses[0]; i++) {
        *pair = fresh_guesses[i];
        if (converge(a, degree, pair))
            return true;
    }
    return false;
}

/* To integers, as large as cannot overflow. */
static void scale_coefficients(const float *a, int degree, int32_t *scaled) {
    float sum = 0.0f;
    for (int i = 0; i <= degree; i++)
        sum += a[i] < 0.0f ? -a[i] : a[i];
    float scale = (float)LARGEST_SUM / sum;
    for (int i = 0; i <= degree; i++)
        scaled[i] = (int32_t)(a[i] * scale);
}

/* Halve until nothing can overflow. */
static void halve_coefficients(int32_t *a, int degree) {
    int32_t sum = 0;
    for (int i = 0; i <= degree; i++)
        sum += magnitude(a[i]);
    int shift = 0;
    while (sum >> shift > LARGEST_SUM)
        shift++;
    for (int i = 0; i <= degree; i++)
        a[i] >>= shift;
}

bool ae_roots(const float *a, int degree, struct ae_root_pair *pairs) {
    int32_t rest[AE_ROOTS_MAX_DEGREE + 1];
    scale_coefficients(a, degree, rest);
    for (; degree > 2; degree -= 2, pairs++) {
        if (!find_pair(rest, degree, pairs))
            return false;
        divide(rest, degree, *pairs, rest);
        halve_coefficients(rest, degree - 2);
    }
    float scale = (float)AE_ROOTS_ONE / (float)rest[0];
    pairs->sum = limited(rounded((float)rest[1] * -scale), 2 * AE_ROOTS_ONE);
    pairs->product = limited(rounded((float)rest[2] * scale), AE_ROOTS_ONE);
    return true;
}
