#include "formant.h"

#include "maths.h"

#define HIGHEST_COSINE 0.99959218f /* cos(pi 50 / 5500): Praat ignores what is nearer the ends */
#define PI             3.14159265f

/* Neutral formants, 500 Hz and every 1000 Hz above, 200 Hz wide. */
static const struct ae_root_pair neutral[AE_LPC_ORDER / 2] = {
    {29670, 14615}, {20380, 14615}, {4405, 14615}, {-12890, 14615}, {-26040, 14615},
};

/* acos(x) for |x| <= 1, within 7e-5 (0.12 Hz here); Abramowitz & Stegun 4.4.45. */
static float arc_cosine(float x) {
    float y = x < 0.0f ? -x : x;
    float angle =
        ae_sqrtf(1.0f - y) * (1.5707288f + y * (-0.2121144f + y * (0.0742610f + y * -0.0187293f)));
    return x < 0.0f ? PI - angle : angle;
}

void ae_formant_reset(struct ae_formant *formant) {
    for (int i = 0; i < AE_LPC_ORDER / 2; i++)
        formant->pairs[i] = neutral[i];
}

/* Keep the `AE_N_FORMANTS` largest values, in order; returns how many there are. */
static int insert(float cosine, float *cosines, int count) {
    int place = count;
    while (place > 0 && cosines[place - 1] < cosine)
        place--;
    if (place == AE_N_FORMANTS)
        return count;
    if (count < AE_N_FORMANTS)
        count++;
    for (int i = count - 1; i > place; i--)
        cosines[i] = cosines[i - 1];
    cosines[place] = cosine;
    return count;
}

int ae_formant_update(struct ae_formant *formant, const struct ae_spectrum *spectrum,
                      struct ae_lpc_work *work, float hz[AE_N_FORMANTS]) {
    float a[AE_LPC_ORDER + 1];
    int order = ae_lpc(spectrum, work, a);
    if (order == 0)
        return 0;
    if (!ae_roots(a, order, formant->pairs)) {
        ae_formant_reset(formant); /* so that they are sought in another order */
        if (!ae_roots(a, order, formant->pairs))
            return 0;
    }
    int count = 0;
    for (int i = 0; i < order / 2; i++) {
        struct ae_root_pair pair = formant->pairs[i];
        float sum = (float)pair.sum / AE_ROOTS_ONE, product = (float)pair.product / AE_ROOTS_ONE;
        if (sum * sum >= 4.0f * product)
            continue; /* real roots tilt the spectrum but do not resonate */
        float cosine = 0.5f * sum / ae_sqrtf(product);
        if (cosine < HIGHEST_COSINE && cosine > -HIGHEST_COSINE)
            count = insert(cosine, hz, count);
    }
    for (int i = 0; i < count; i++)
        hz[i] = arc_cosine(hz[i]) * (AE_LPC_CEILING_HZ / PI);
    return count;
}
