/* Opens networks one after another, from a file of records: their length in bytes, then
 * they. Those that the core accepts hear some frames of anything; their answers are
 * printed as bits. Built with sanitizers it shows that no file can do harm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_utterance.h"

#define N_FRAMES 70 /* more than any layer of the tests looks back */

static uint32_t seed;

/* Knuth's generator of MMIX, its upper half. */
static int16_t anything(void) {
    static uint64_t state = 0;
    if (seed != 0)
        state = seed;
    seed = 0;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int16_t)(uint16_t)(state >> 48);
}

static void print_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    printf(" %08x", (unsigned)bits);
}

static void consume(const struct ae_net *net) {
    static struct ae_net_state state;
    static union ae_net_work work;
    static struct ae_prediction result;
    static struct ae_adapt adapt;
    seed = 1;
    memset(&work, 0xA5, sizeof work);
    memset(&state, 0xA5, sizeof state);
    ae_adapt_reset(&adapt);
    ae_net_reset(&state, net);
    for (int i = 0; i < N_FRAMES; i++) {
        int16_t log_mel[AE_N_MELS];
        for (int b = 0; b < AE_N_MELS; b++)
            log_mel[b] = anything();
        ae_net_push(&state, net, log_mel, &work);
        if (i % 16 == 0) {
            ae_net_predict(&state, net, &adapt, &work, &result);
            ae_adapt_update(&adapt, net, result.embedding);
        }
    }
    ae_net_predict(&state, net, &adapt, &work, &result);
    for (int i = 0; i < AE_N_EMOTIONS; i++)
        print_bits(result.probabilities[i]);
    print_bits(result.speech);
    for (int i = 0; i < AE_NET_MAX_EMBEDDING; i++)
        printf(" %d", result.embedding[i]);
}

int main(int argc, char **argv) {
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    uint32_t length;
    if (file == NULL)
        return 2;
    while (fread(&length, sizeof length, 1, file) == 1) {
        void *const bytes = malloc(length ? length : 1); /* not a byte more: ASan sees to it */
        struct ae_net net;
        if (bytes == NULL || fread(bytes, 1, length, file) != length)
            return 2;
        const int status = ae_net_open(&net, bytes, length);
        printf("%d", status);
        if (status == AE_OK)
            consume(&net);
        printf("\n");
        free(bytes);
    }
    fclose(file);
    return 0;
}
