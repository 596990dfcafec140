/* What the targets of networks share: reading of the one that is fuzzed, and what every answer is.
 */
#ifndef NETWORKS_H
#define NETWORKS_H

#include <stdio.h>

#include "net_utterance.h"
#include "sound.h"

static inline void expect_probabilities(const struct ae_prediction *prediction) {
    float sum = 0.0f;
    for (int i = 0; i < AE_N_EMOTIONS; i++) {
        EXPECT(prediction->probabilities[i] >= 0.0f && prediction->probabilities[i] <= 1.0001f);
        sum += prediction->probabilities[i];
    }
    EXPECT(sum > 0.999f && sum < 1.001f);
    EXPECT(prediction->speech >= 0.0f && prediction->speech <= 1.0f);
}

/* Open the network in the file that the environment names, and read the longest input. */
static inline void open_given(struct ae_net *net, size_t *longest) {
    static uint32_t words[1 << 18];
    const char *const path = getenv("FUZZ_NETWORK");
    FILE *const file = path ? fopen(path, "rb") : NULL;
    EXPECT(file != NULL);
    const size_t n = fread(words, 1, sizeof words, file);
    fclose(file);
    EXPECT(ae_net_open(net, words, n) == AE_OK);
    const char *const samples = getenv("FUZZ_LONGEST");
    EXPECT(samples != NULL);
    *longest = strtoul(samples, NULL, 10);
}

#endif
