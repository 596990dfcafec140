/* Decision trees: one, a forest, bagging, or gradient boosting.
 *
 * The nodes of all trees are one flat table of splits, feature > threshold. A float32 is
 * compared as the integer with the same order, so that no floating-point unit is needed,
 * and exactly as in training: thresholds are on the raw features.
 */
#ifndef AE_FOREST_H
#define AE_FOREST_H

#include "classifier.h"

struct ae_forest {
    /* The splits of all trees, the parent before its children. */
    const uint16_t *feature;   /* [n_nodes], index into the features of the result */
    const int32_t *threshold;  /* [n_nodes], the bits of a float32, in its order: see ordered() */
    const int16_t (*child)[2]; /* [n_nodes], not above and above: offset to a node, or -leaf */
    const int32_t *root;       /* [n_trees], node, or -1 - leaf of a tree without splits */
    const int32_t *leaf;       /* [n_leaves][leaf_width] */
    const int32_t *start;      /* [n_classes] */
    float unit;                /* of leaf and start */
    uint16_t n_trees;
    uint16_t leaf_width; /* n_classes, or 1: tree t then scores class t % n_classes */
    bool proportional;   /* leaves are shares of the classes, not scores */
};

ae_score ae_forest_score;

#endif
