#include "forest.h"

#include <string.h>

#include "maths.h"

/* The bits of a float32 as an integer in the same order; -0 comes before 0. */
static int32_t ordered(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? bits ^ INT32_MAX : bits;
}

/* The leaf that the features fall into, going down from `node`. */
static size_t find_leaf(const struct ae_forest *forest, int32_t node, const float *features) {
    if (node < 0)
        return (size_t)(-1 - node);
    for (;;) {
        const bool above = ordered(features[forest->feature[node]]) > forest->threshold[node];
        const int16_t child = forest->child[node][above];
        if (child <= 0)
            return (size_t)-child;
        node += child;
    }
}

void ae_forest_score(const struct ae_model *model, const float *features,
                     struct ae_classifier_work *work, float *scores) {
    const struct ae_forest *forest = model->parameters;
    int32_t sums[AE_MAX_CLASSES];
    size_t class_of_tree = 0;
    (void)work;
    memcpy(sums, forest->start, model->n_classes * sizeof *sums);
    for (size_t t = 0; t < forest->n_trees; t++) {
        const size_t leaf = find_leaf(forest, forest->root[t], features);
        const int32_t *values = &forest->leaf[leaf * forest->leaf_width];
        for (size_t i = 0; i < forest->leaf_width; i++)
            sums[class_of_tree + i] += values[i];
        class_of_tree += forest->leaf_width;
        if (class_of_tree == model->n_classes)
            class_of_tree = 0;
    }
    for (size_t c = 0; c < model->n_classes; c++) {
        const float sum = (float)sums[c] * forest->unit;
        scores[c] = forest->proportional ? ae_log2f(sum) : sum;
    }
}
