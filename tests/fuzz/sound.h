/* Sounds made of any bytes, for the fuzz targets. */
#ifndef SOUND_H
#define SOUND_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What must hold whatever the input; libFuzzer keeps an input that ends here. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            __builtin_trap();                                                                      \
    } while (0)

/* Bytes that are taken from front to back; zeros follow the last one. */
struct bytes {
    const uint8_t *next;
    size_t n_left;
};

static inline uint8_t take_byte(struct bytes *bytes) {
    if (bytes->n_left == 0)
        return 0;
    bytes->n_left--;
    return *bytes->next++;
}

static inline uint16_t take_two(struct bytes *bytes) {
    const unsigned low = take_byte(bytes);
    return (uint16_t)(low | (unsigned)take_byte(bytes) << 8);
}

/* Numbers that look random: xorshift (Marsaglia 2003). `state` is not 0. */
static inline uint32_t anything(uint32_t *state) {
    *state ^= *state << 13 & 0xFFFFFFFFu;
    *state ^= *state >> 17;
    *state ^= *state << 5 & 0xFFFFFFFFu;
    return *state;
}

/* In memory of just this size, so that AddressSanitizer finds who reads beyond. */
struct sound {
    int16_t *samples;
    size_t n;
};

enum { CONSTANT, SQUARE, IMPULSES, NOISE, SAWTOOTH, TRIANGLE, CLIPPED, N_WAVES };

static inline int16_t wave(unsigned kind, int32_t peak, uint32_t period, uint32_t i,
                           uint32_t *seed) {
    const int32_t phase = (int32_t)(i % period), half = (int32_t)(period / 2);
    int32_t x = peak;
    if (kind == SQUARE)
        x = phase < half ? peak : -peak - 1;
    else if (kind == IMPULSES)
        x = phase == 0 ? peak : 0;
    else if (kind == NOISE)
        x = (int32_t)(anything(seed) >> 16) * peak / 32768 - peak;
    else if (kind == SAWTOOTH)
        x = 2 * peak * phase / (int32_t)period - peak;
    else if (kind == TRIANGLE)
        x = half == 0 ? peak : peak - 2 * peak * abs(phase - half) / half;
    else if (kind == CLIPPED)
        x = (i / period) & 1 ? 32767 : -32768;
    return (int16_t)(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
}

/* The rest of the bytes as samples, or, by the first one, as orders of six bytes each of
 * which makes up to a second: without them it would take 100,000 bytes to say anything
 * that a listener takes for an utterance. */
static inline struct sound take_sound(struct bytes *bytes, size_t longest) {
    struct sound sound = {NULL, 0};
    uint32_t seed = 1;
    int16_t *const samples = malloc(longest * sizeof *samples);
    EXPECT(samples != NULL);
    const int raw = take_byte(bytes) & 1;
    while (bytes->n_left > 0 && sound.n < longest) {
        if (raw) {
            samples[sound.n++] = (int16_t)take_two(bytes);
            continue;
        }
        const unsigned kind = take_byte(bytes) % N_WAVES;
        const uint32_t length = 64u * (1u + take_byte(bytes));
        const int32_t peak = take_two(bytes) & 0x7fff;
        const uint32_t period = 1u + (take_two(bytes) & 0x3ff);
        for (uint32_t i = 0; i < length && sound.n < longest; i++)
            samples[sound.n++] = wave(kind, peak, period, i, &seed);
    }
    sound.samples = malloc(sound.n * sizeof *samples);
    if (sound.n > 0) {
        EXPECT(sound.samples != NULL);
        memcpy(sound.samples, samples, sound.n * sizeof *samples);
    }
    free(samples);
    return sound;
}

/* How many samples the next call gets: now and then none, often odd, at most n. */
static inline size_t next_chunk(uint32_t *seed, size_t n) {
    const uint32_t random = anything(seed);
    const size_t sizes[8] = {1, 2, random >> 8 & 7, random >> 8 & 255, 160, 401, 4096, n};
    const size_t chunk = sizes[random & 7];
    return chunk < n ? chunk : n;
}

#endif
