/* Reads the network that ships. */
#ifndef NETWORKS_H
#define NETWORKS_H

#include <stdio.h>

#include "net_file.h"
#include "sound.h"

/* Open the network in the file that the environment names. */
static inline void open_shipped(struct ae_net *net) {
    static uint32_t words[1 << 18];
    const char *const path = getenv("FUZZ_NETWORK");
    FILE *const file = path ? fopen(path, "rb") : NULL;
    EXPECT(file != NULL);
    const size_t n = fread(words, 1, sizeof words, file);
    fclose(file);
    EXPECT(ae_net_open(net, words, n) == AE_OK);
}

#endif
