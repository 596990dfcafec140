/* Endpointing: find the utterances of a live stream and schedule their processing.
 *
 * The caller keeps the last AE_ENDPOINTER_SLOTS blocks of samples, or data derived from them, in
 * a ring, and applies the actions of every block:
 *
 *     struct ae_actions actions;
 *     n_taken = ae_endpointer_take(&endpointer, block, pcm, n, &actions);
 *     if (actions.complete) ring[actions.newest] = derive(block);
 *     if (actions.begin) reset();
 *     if (actions.consume) consume(ring[actions.oldest]);
 *     if (actions.summarize) summarize();
 *     if (actions.event != AE_NOTHING) report(actions.event);
 *
 * Blocks are consumed AE_ENDPOINTER_MARGIN_MS late: when the VAD triggers, the onset is still in
 * the ring. So no onset is lost, and no call has to process more than one block. */
#ifndef AE_ENDPOINTER_H
#define AE_ENDPOINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "vad.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kept before the VAD triggers and after the last loud block, so that weak consonants are not
 * lost. */
#define AE_ENDPOINTER_MARGIN_MS 120
#define AE_ENDPOINTER_SLOTS     (AE_ENDPOINTER_MARGIN_MS * AE_SAMPLE_RATE / 1000 / AE_HOP_LENGTH + 1)

/* Times are rounded down to blocks of 10 ms. */
struct ae_endpointer_config {
    uint16_t on_db;        /* level above the noise that begins speech: dB, 1 to 60, default 8 */
    uint16_t off_db;       /* level above it that continues speech: dB, 0 to on_db, default 5 */
    int16_t quietest_dbfs; /* weaker sounds are not speech: dB of RMS re full scale in the band
                              of vad.h, -100 to 0, default -65 */
    uint16_t shortest_ms;  /* loud time that makes an utterance: 10 to 1000, default 150 */
    uint16_t pause_ms;     /* silence that ends one: 2 * AE_ENDPOINTER_MARGIN_MS to 5000, default
                              600 */
    uint16_t longest_s;    /* a longer one is cut: 2 to 3600, default 15 */
    uint16_t estimate_ms;  /* time between running estimates: 10 to 10000, default 0 for none */
};
extern const struct ae_endpointer_config ae_endpointer_defaults;

enum ae_endpointer_event {
    AE_NOTHING = 0,     /* all samples are used */
    AE_UTTERANCE_BEGAN, /* its start is known */
    AE_ESTIMATE,        /* the summary is of the time until its end, so far */
    AE_UTTERANCE_ENDED, /* it is complete */
    AE_NO_SPEECH        /* instead, of net_stream.h: it is complete, and nobody speaks */
};

enum ae_endpointer_phase { AE_SILENCE, AE_MAYBE_SPEECH, AE_SPEECH };

/* What the caller has to do, in this order. */
struct ae_actions {
    bool complete;   /* the block is complete: put it into slot `newest` */
    bool begin;      /* an utterance may begin: drop what was consumed */
    bool consume;    /* the block in slot `oldest` */
    bool summarize;  /* what was consumed; the last summary before the end counts */
    uint16_t newest; /* slots of the ring */
    uint16_t oldest;
    enum ae_endpointer_event event; /* to report */
};

/* Holds no pointer: it may be copied, moved and stored. */
struct ae_endpointer {
    struct ae_endpointer_config config;
    struct ae_vad vad;
    enum ae_endpointer_phase phase;
    bool cut;                  /* the utterance was, at longest_s: the speaker goes on */
    uint16_t filled;           /* samples of the next block */
    uint16_t newest;           /* its slot */
    uint16_t waiting;          /* blocks that are not consumed yet */
    uint32_t n_loud;           /* blocks since the utterance began */
    uint32_t n_quiet;          /* blocks since the last loud one */
    uint32_t n_since_estimate; /* blocks */
    uint64_t start, end;       /* of the utterance, in samples; end is that of the last summary */
    uint64_t consumed_until;   /* the first sample that is not consumed */
};

/* Begin a new stream. Returns false for a field outside its limits. */
bool ae_endpointer_reset(struct ae_endpointer *endpointer,
                         const struct ae_endpointer_config *config);

/* Take up to `n` samples into the next block. Returns how many were taken. */
size_t ae_endpointer_take(struct ae_endpointer *endpointer, int16_t block[AE_HOP_LENGTH],
                          const int16_t *pcm, size_t n, struct ae_actions *actions);

/* End the stream. Call it until there is nothing to consume; the last event is AE_UTTERANCE_ENDED
 * if that ended an utterance. Then only ae_endpointer_reset may follow. */
void ae_endpointer_finish(struct ae_endpointer *endpointer, struct ae_actions *actions);

#ifdef __cplusplus
}
#endif
#endif
