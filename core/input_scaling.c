#include "input_scaling.h"

#define LARGEST 32767.0f

float ae_standardize(const struct ae_input_scaling *inputs, const float *features, size_t i) {
    return (features[inputs->feature[i]] - inputs->center[i]) * inputs->scale[i];
}

int16_t ae_round_to_int16(float x) {
    if (!(x <= LARGEST)) /* not a number, too */
        x = LARGEST;
    else if (x < -LARGEST)
        x = -LARGEST;
    return (int16_t)(x + (x < 0.0f ? -0.5f : 0.5f));
}

size_t ae_quantize(const struct ae_input_scaling *inputs, const float *features,
                   int16_t *quantized) {
    size_t n = 0;
    for (; n < inputs->n; n++)
        quantized[n] = ae_round_to_int16(ae_standardize(inputs, features, n));
    if (n % 2 == 1)
        quantized[n++] = 0;
    return n;
}

/* Two products fit into 32 bits, so half of the 64-bit additions are saved. A pointer
 * that runs needs the fewest registers: 7 instructions a product on a Cortex-M0+, where
 * an index takes 11. */
int64_t ae_dot(const int16_t *x, const int16_t *y, size_t n) {
    int64_t sum = 0;
    for (const int16_t *end = x + n; x != end; x += 2, y += 2)
        sum += x[0] * y[0] + x[1] * y[1];
    return sum;
}
