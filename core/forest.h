/* Decision trees: one, a forest, bagging, or gradient boosting.
 *
 * All trees are one flat table of questions, "is this feature above that threshold?".
 * A float32 is compared as the integer with the same order, so that no floating-point
 * unit is missed, and exactly as in training: thresholds are on the raw features.
 */
#ifndef AE_FOREST_H
#define AE_FOREST_H

#include "classifier.h"

struct ae_forest {
    /* The questions of all trees, the parent before its children. */
    const uint16_t *feature;   /* [n_nodes], index into the features of the result */
    const int32_t *threshold;  /* [n_nodes], the bits of a float32, in its order: see ordered() */
    const int16_t (*child)[2]; /* [n_nodes], for no and yes: so many nodes further, or -leaf */
    const int32_t *root;       /* [n_trees], node, or -1 - leaf of a tree without questions */
    const int32_t *leaf;       /* [n_leaves][leaf_width] */
    const int32_t *start;      /* [n_classes] */
    float unit;                /* of leaf and start */
    uint16_t n_trees;
    uint16_t leaf_width; /* n_classes, or 1: tree t then speaks of class t % n_classes only */
    bool proportional;   /* leaves are shares of the classes, not scores */
};

ae_score ae_forest_score;

#endif
