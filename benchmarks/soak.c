/* Hours of sound through the core, as fast as it goes: the same minutes again and again, so
 * that whatever changes from one time to the next is drift.
 *
 *     soak acoustic|network|utterance|recognizer SAMPLES NETWORK HOURS
 *
 * Prints a line of comma-separated values for every hour. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listener.h"
#include "net_stream.h"
#include "net_utterance.h"

#define CHUNK    16000u /* samples */
#define LONGEST  (1u << 22)
#define PER_HOUR (3600ull * AE_SAMPLE_RATE)

static int16_t samples[LONGEST];
static size_t n_samples;
static uint32_t words[1 << 18];
static struct ae_net net;

/* What happened in one round through the samples. */
struct round {
    uint64_t n_rounds, n_utterances, last_change; /* the round that was unlike the one before */
    uint32_t hash, hash_before;
};

static void mix(struct round *round, const void *bytes, size_t n) {
    for (const uint8_t *byte = bytes; n > 0; n--)
        round->hash = (round->hash ^ *byte++) * 16777619u; /* FNV-1a */
}

static void add_utterance(struct round *round, uint64_t start, uint64_t end, const void *result,
                          size_t n_bytes) {
    const uint64_t place[2] = {start % n_samples, end - start};
    round->n_utterances++;
    mix(round, place, sizeof place);
    mix(round, result, n_bytes);
}

static void end_round(struct round *round) {
    round->n_rounds++;
    if (round->hash != round->hash_before)
        round->last_change = round->n_rounds;
    round->hash_before = round->hash;
    round->hash = 2166136261u;
}

static void consume_listener(struct round *round, const int16_t *pcm, size_t n) {
    static struct ae_listener listener;
    if (round->n_rounds == 0 && pcm == samples)
        ae_listener_reset(&listener, &ae_endpointer_defaults);
    for (size_t used, done = 0; done < n; done += used)
        if (ae_listener_process(&listener, pcm + done, n - done, &used) == AE_UTTERANCE_ENDED)
            add_utterance(round, listener.utterance.start, listener.utterance.end,
                          listener.utterance.result.features,
                          sizeof listener.utterance.result.features);
}

/* Speech and other sounds. */
static void consume_net_stream(struct round *round, const int16_t *pcm, size_t n) {
    static struct ae_net_stream stream;
    if (round->n_rounds == 0 && pcm == samples)
        ae_net_stream_reset(&stream, &net, &ae_endpointer_defaults);
    for (size_t used, done = 0; done < n; done += used)
        if (ae_net_stream_process(&stream, &net, pcm + done, n - done, &used) >= AE_UTTERANCE_ENDED)
            add_utterance(round, stream.utterance.start, stream.utterance.end,
                          &stream.utterance.result, sizeof stream.utterance.result);
}

/* All of it as one utterance; its values so far. */
static size_t consume_utterance(struct round *round, const int16_t *pcm, size_t n, float *values) {
    static struct ae_state state;
    static struct ae_result result;
    if (round->n_rounds == 0 && pcm == samples)
        ae_reset(&state);
    ae_process(&state, pcm, n);
    if (values == NULL || ae_finish(&state, &result) != AE_OK)
        return 0;
    memcpy(values, result.features, sizeof result.features);
    return AE_N_FEATURES;
}

static size_t consume_net_utterance(struct round *round, const int16_t *pcm, size_t n,
                                    float *values) {
    static struct ae_net_utterance utterance;
    static struct ae_prediction result;
    if (round->n_rounds == 0 && pcm == samples)
        ae_net_utterance_reset(&utterance, &net);
    ae_net_utterance_process(&utterance, &net, pcm, n);
    if (values == NULL || ae_net_utterance_estimate(&utterance, &net, NULL, &result) != AE_OK)
        return 0;
    memcpy(values, result.probabilities, sizeof result.probabilities);
    return AE_N_EMOTIONS;
}

static void consume(const char *what, struct round *round, const int16_t *pcm, size_t n) {
    if (strcmp(what, "acoustic") == 0)
        consume_listener(round, pcm, n);
    else if (strcmp(what, "network") == 0)
        consume_net_stream(round, pcm, n);
    else if (strcmp(what, "utterance") == 0)
        consume_utterance(round, pcm, n, NULL);
    else
        consume_net_utterance(round, pcm, n, NULL);
}

static void report(const char *what, struct round *round) {
    float values[AE_N_FEATURES];
    size_t n = 0;
    printf("%llu,%llu,%llu", (unsigned long long)round->n_rounds,
           (unsigned long long)round->n_utterances, (unsigned long long)round->last_change);
    if (strcmp(what, "utterance") == 0)
        n = consume_utterance(round, samples + 1, 0, values);
    else if (strcmp(what, "recognizer") == 0)
        n = consume_net_utterance(round, samples + 1, 0, values);
    for (size_t i = 0; i < n; i++)
        printf(",%.9g", (double)values[i]);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    struct round round = {0, 0, 0, 2166136261u, 0};
    FILE *const sound = argc == 5 ? fopen(argv[2], "rb") : NULL;
    FILE *const network = argc == 5 ? fopen(argv[3], "rb") : NULL;
    if (sound == NULL || network == NULL)
        return 2;
    n_samples = fread(samples, sizeof *samples, LONGEST, sound);
    if (n_samples == 0 || ae_net_open(&net, words, fread(words, 1, sizeof words, network)) != AE_OK)
        return 2;
    const uint64_t hours = strtoull(argv[4], NULL, 10);
    uint64_t n_consumed = 0;
    for (uint64_t hour = 1; hour <= hours; hour++) {
        while (n_consumed < hour * PER_HOUR) {
            for (size_t i = 0; i < n_samples; i += CHUNK)
                consume(argv[1], &round, samples + i,
                        n_samples - i < CHUNK ? n_samples - i : CHUNK);
            n_consumed += n_samples;
            end_round(&round);
        }
        report(argv[1], &round);
    }
    fclose(sound);
    fclose(network);
    return 0;
}
