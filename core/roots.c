#include "roots.h"

#include <stddef.h>
#include <string.h>

#define MAX_STEPS 12    /* from one guess; near the roots every step squares the error */
#define CONVERGED 1e-3f /* so a step of this size leaves about 1e-6 */

/* Where to start over when a guess leads nowhere: resonances all around the upper
 * half circle, and one pair of real roots. */
static const struct ae_root_pair fresh_guesses[] = {
    {1.81f, 0.9f}, {1.12f, 0.9f}, {0.0f, 0.9f}, {-1.12f, 0.9f}, {-1.81f, 0.9f}, {0.0f, -0.5f},
};

/* Divide by z^2 - sum z + product. The last two values are the remainder,
 * quotient[degree - 1] (z - sum) + quotient[degree]. */
static void divide(const float *a, int degree, struct ae_root_pair pair, float *quotient) {
    float before = 0.0f, last = 0.0f;
    for (int i = 0; i <= degree; i++) {
        float next = a[i] + pair.sum * last - pair.product * before;
        before = last;
        last = next;
        quotient[i] = next;
    }
}

static float magnitude(float x) {
    return x < 0.0f ? -x : x;
}

static float limited(float x, float bound) {
    return x < -bound ? -bound : x > bound ? bound : x;
}

/* One step of Bairstow's method: Newton's method for a remainder of zero, whose
 * derivatives are found by dividing the quotient once more. Both roots are kept
 * in the unit circle, which bounds all values. Returns the size of the step. */
static float improve(const float *a, int degree, struct ae_root_pair *pair) {
    float b[AE_ROOTS_MAX_DEGREE + 1], c[AE_ROOTS_MAX_DEGREE];
    divide(a, degree, *pair, b);
    divide(b, degree - 1, *pair, c);
    float above = c[degree - 3], middle = c[degree - 2], below = c[degree - 1];
    float determinant = middle * middle - above * below;
    if (determinant == 0.0f)
        return 1.0f;
    float inverse = 1.0f / determinant;
    float sum_step = (above * b[degree] - middle * b[degree - 1]) * inverse;
    float product_step = (middle * b[degree] - below * b[degree - 1]) * inverse;
    pair->product = limited(pair->product + product_step, 1.0f);
    pair->sum = limited(pair->sum + sum_step, 1.0f + pair->product);
    return magnitude(sum_step) + magnitude(product_step);
}
static bool converge(const float *a, int degree, struct ae_root_pair *pair) {
    for (int step = 0; step < MAX_STEPS; step++) {
        if (improve(a, degree, pair) < CONVERGED)
            return true;
    }
    return false;
}

static bool find_pair(const float *a, int degree, struct ae_root_pair *pair) {
    if (converge(a, degree, pair))
        return true;
    for (size_t i = 0; i < sizeof fresh_guesses / sizeof fresh_guesses[0]; i++) {
        *pair = fresh_guesses[i];
        if (converge(a, degree, pair))
            return true;
    }
    return false;
}

bool ae_roots(const float *a, int degree, struct ae_root_pair *pairs) {
    float rest[AE_ROOTS_MAX_DEGREE + 1];
    memcpy(rest, a, (size_t)(degree + 1) * sizeof rest[0]);
    for (; degree > 2; degree -= 2, pairs++) {
        if (!find_pair(rest, degree, pairs))
            return false;
        divide(rest, degree, *pairs, rest);
    }
    pairs->sum = -rest[1];
    pairs->product = rest[2];
    return true;
}
