/* Reads the network that is to be fuzzed. */
#ifndef NETWORKS_H
#define NETWORKS_H

#include <stdio.h>

#include "net_file.h"
#include "sound.h"

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
