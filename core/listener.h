/* Utterances on a live stream.
 *
 * Give it what the microphone hears; it finds where somebody speaks and gives each
 * utterance's features a moment after its end:
 *
 *     static struct ae_listener listener;
 *     ae_listener_reset(&listener, &ae_listener_defaults);
 *     for (;;) {
 *         size_t used, n = microphone_read(pcm);
 *         for (size_t i = 0; i < n; i += used)
 *             if (ae_listener_process(&listener, pcm + i, n - i, &used) == AE_UTTERANCE_ENDED)
 *                 use(&listener.utterance.result);
 *     }
 *
 * The features are, bit for bit, those of ae_reset, ae_process with the samples from
 * utterance.start to utterance.end, and ae_finish: nothing else reaches them.
 */
#ifndef AE_LISTENER_H
#define AE_LISTENER_H

#include "audio_emotion.h"
#include "speech.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kept before a sound is noticed and after its last loud block, so that weak consonants are
 * not lost. It costs 32 bytes of RAM a millisecond. */
#define AE_LISTENER_MARGIN_MS 120

/* Times are rounded down to blocks of 10 ms. */
struct ae_listener_config {
    uint16_t on_db;        /* speech begins so far above the noise: dB, 1 to 60, default 8 */
    uint16_t off_db;       /* and pauses so far above it: dB, 0 to on_db, default 5 */
    int16_t quietest_dbfs; /* weaker sounds are not speech: dB of RMS re full scale in the band
                              of speech.h, -100 to 0, default -65 */
    uint16_t shortest_ms;  /* loud time that makes an utterance: 10 to 1000, default 150 */
    uint16_t pause_ms;     /* silence that ends one: 2 * AE_LISTENER_MARGIN_MS to 5000, default
                              600 */
    uint16_t longest_s;    /* a longer one is cut: 2 to 3600, default 15 */
    uint16_t estimate_ms;  /* time between running estimates: 10 to 10000, default 0 for none */
};
extern const struct ae_listener_config ae_listener_defaults;

enum ae_listener_event {
    AE_NOTHING = 0,     /* all samples are used */
    AE_UTTERANCE_BEGAN, /* utterance.start is known */
    AE_ESTIMATE,        /* utterance.result is of the time until utterance.end, so far */
    AE_UTTERANCE_ENDED  /* utterance is complete */
};

struct ae_utterance {
    uint64_t start, end;     /* samples since ae_listener_reset; end is the first one after */
    struct ae_result result; /* of these samples */
    bool cut;                /* at longest_s: the speaker goes on */
};

enum ae_listener_phase { AE_SILENCE, AE_MAYBE_SPEECH, AE_SPEECH };

/* The core hears the stream late by the margin: when a sound is noticed, its beginning is
 * still to come. A ring of blocks. */
struct ae_delay {
    int16_t blocks[AE_LISTENER_MARGIN_MS / 10 + 1][AE_HOP_LENGTH];
    uint16_t newest;  /* the block that is being filled */
    uint16_t filled;  /* samples of it */
    uint16_t waiting; /* complete blocks that the core has not heard */
};

/* Holds no pointer: it may be copied, moved and stored. */
struct ae_listener {
    struct ae_utterance utterance; /* valid until the next call */
    struct ae_listener_config config;
    struct ae_speech speech;
    enum ae_listener_phase phase;
    uint32_t n_loud;           /* blocks since the utterance began */
    uint32_t n_quiet;          /* blocks since the last loud one */
    uint32_t n_since_estimate; /* blocks */
    uint64_t heard_until;      /* the first sample that has not left the delay */
    struct ae_delay delay;
    struct ae_state core;
};

/* Begin a new stream. Returns AE_OK, or AE_ERR_ARG for a field outside its limits. */
int ae_listener_reset(struct ae_listener *listener, const struct ae_listener_config *config);

/* Take samples until something happens. Returns an event, or AE_ERR_ARG; `used` is how many
 * samples were taken: call again with the others. */
int ae_listener_process(struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used);

/* The stream has ended. Returns AE_UTTERANCE_ENDED if that ended an utterance, else
 * AE_NOTHING; then only ae_listener_reset may follow. */
int ae_listener_finish(struct ae_listener *listener);

#ifdef __cplusplus
}
#endif
#endif
