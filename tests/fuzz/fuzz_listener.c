/* Any settings and any samples through the listener: events in order, utterances within
 * what was heard, and their features those of their samples alone. */
#include "listener.h"
#include "sound.h"

#define LONGEST 96000 /* samples */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ae_listener listener;
static struct ae_state alone;

/* Mostly within the limits, now and then anything. */
static struct ae_endpointer_config take_config(struct bytes *bytes) {
    struct ae_endpointer_config config = ae_endpointer_defaults;
    const unsigned which = take_byte(bytes);
    if (which & 1) {
        config.on_db = 1 + take_byte(bytes) % 60;
        config.off_db = take_byte(bytes) % (config.on_db + 1);
        config.quietest_dbfs = (int16_t)-(take_byte(bytes) % 101);
    }
    if (which & 2) {
        config.shortest_ms = 10 + take_two(bytes) % 991;
        config.pause_ms = 240 + take_two(bytes) % 4761;
        config.longest_s = 2 + take_two(bytes) % 3599;
        config.estimate_ms = 10 + take_two(bytes) % 9991;
    }
    if (which & 4) {
        config.on_db = take_two(bytes);
        config.off_db = take_two(bytes);
        config.quietest_dbfs = (int16_t)take_two(bytes);
        config.shortest_ms = take_two(bytes);
        config.pause_ms = take_two(bytes);
        config.longest_s = take_two(bytes);
        config.estimate_ms = take_two(bytes);
    }
    return config;
}

static void expect_sound(const struct sound *sound) {
    const struct ae_utterance *utterance = &listener.utterance;
    struct ae_result result;
    EXPECT(utterance->start <= utterance->end && utterance->end <= sound->n);
    ae_reset(&alone);
    ae_process(&alone, sound->samples + utterance->start,
               (size_t)(utterance->end - utterance->start));
    if (ae_finish(&alone, &result) == AE_OK)
        EXPECT(memcmp(result.features, utterance->result.features, sizeof result.features) == 0);
}

/* Returns whether an utterance is going on. */
static int follow(int event, int speaking, const struct sound *sound) {
    EXPECT(event >= AE_NOTHING && event <= AE_UTTERANCE_ENDED);
    if (event == AE_UTTERANCE_BEGAN)
        EXPECT(!speaking);
    if (event == AE_ESTIMATE)
        EXPECT(speaking);
    if (event == AE_ESTIMATE || event == AE_UTTERANCE_ENDED)
        expect_sound(sound);
    return event == AE_UTTERANCE_BEGAN || (speaking && event != AE_UTTERANCE_ENDED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    const struct ae_endpointer_config config = take_config(&bytes);
    uint32_t seed = 1u + take_byte(&bytes);
    if (ae_listener_reset(&listener, &config) != AE_OK)
        return 0;
    const struct sound sound = take_sound(&bytes, LONGEST);
    int speaking = 0;
    for (size_t used, done = 0; done < sound.n; done += used) {
        const size_t n = 1 + next_chunk(&seed, sound.n - done - 1);
        const int event = ae_listener_process(&listener, sound.samples + done, n, &used);
        EXPECT(used <= n && (event != AE_NOTHING || used == n));
        speaking = follow(event, speaking, &sound);
    }
    const int event = ae_listener_finish(&listener);
    EXPECT((event == AE_UTTERANCE_ENDED) == speaking);
    follow(event, speaking, &sound);
    free(sound.samples);
    return 0;
}
