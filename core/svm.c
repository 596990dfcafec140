#include "svm.h"

#include "input_scaling.h"
#include "maths.h"

#define LOG2_E  1.44269504f
#define N_PAIRS (AE_MAX_CLASSES * (AE_MAX_CLASSES - 1) / 2)

/* |x - y|^2. No difference is above 65534, so its square fits into 32 bits. */
static uint64_t squared_distance(const int16_t *x, const int16_t *y, size_t n) {
    uint64_t sum = 0;
    for (const int16_t *end = x + n; x != end; x++, y++) {
        const uint32_t difference = (uint32_t)(*x - *y);
        sum += difference * difference; /* the same modulo 2^32, negative or not */
    }
    return sum;
}

/* Where the decision between class a and a later class b is kept. */
static size_t pair_of(size_t a, size_t b, size_t n_classes) {
    return a * (2 * n_classes - a - 1) / 2 + b - a - 1;
}

/* Decisions for all pairs of classes: positive for the first of the two. */
static void decide(const struct ae_model *model, const int16_t *inputs, size_t n,
                   float decisions[N_PAIRS]) {
    const struct ae_svm *svm = model->parameters;
    const size_t n_classes = model->n_classes;
    const int16_t *vector = svm->vectors;
    const float *coefficient = svm->coefficients;
    for (size_t p = 0; p < n_classes * (n_classes - 1) / 2; p++)
        decisions[p] = svm->intercepts[p];
    for (size_t c = 0; c < n_classes; c++) {
        for (size_t v = 0; v < svm->n_vectors[c]; v++, vector += n) {
            const float distance = (float)squared_distance(inputs, vector, n);
            const float similarity = ae_exp2f(-svm->gamma * distance);
            for (size_t other = 0; other < n_classes; other++) {
                if (other == c)
                    continue;
                const size_t pair =
                    c < other ? pair_of(c, other, n_classes) : pair_of(other, c, n_classes);
                decisions[pair] += *coefficient++ * similarity;
            }
        }
    }
}

/* The pairs each class wins; by how much breaks ties and never a majority
 * (scikit-learn's decision function of shape "ovr"). */
static void vote(const float decisions[N_PAIRS], size_t n_classes, float *scores) {
    float margin[AE_MAX_CLASSES] = {0.0f};
    for (size_t c = 0; c < n_classes; c++)
        scores[c] = 0.0f;
    for (size_t a = 0; a < n_classes; a++) {
        for (size_t b = a + 1; b < n_classes; b++) {
            const float decision = *decisions++;
            scores[decision < 0.0f ? b : a] += 1.0f;
            margin[a] += decision;
            margin[b] -= decision;
        }
    }
    for (size_t c = 0; c < n_classes; c++) {
        const float magnitude = margin[c] < 0.0f ? -margin[c] : margin[c];
        scores[c] += margin[c] / (3.0f * (magnitude + 1.0f));
    }
}

void ae_svm_score(const struct ae_model *model, const float *features,
                  struct ae_classifier_work *work, float *scores) {
    float decisions[N_PAIRS];
    const size_t n = ae_quantize(&model->inputs, features, work->inputs);
    decide(model, work->inputs, n, decisions);
    if (model->n_classes == 2) {
        scores[0] = decisions[0];
        scores[1] = 0.0f;
    } else {
        vote(decisions, model->n_classes, scores);
    }
    for (size_t c = 0; c < model->n_classes; c++)
        scores[c] *= LOG2_E;
}
