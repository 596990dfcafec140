#include "endpointer.h"

#include <string.h>

#define BLOCK_MS  (1000u * AE_HOP_LENGTH / AE_SAMPLE_RATE)
#define N_MARGIN  (AE_ENDPOINTER_SLOTS - 1u)
#define N_CLOSURE 20 /* blocks; the closure of a plosive is shorter */

const struct ae_endpointer_config ae_endpointer_defaults = {
    .on_db = 8,
    .off_db = 5,
    .quietest_dbfs = -65,
    .shortest_ms = 150,
    .pause_ms = 600,
    .longest_s = 15,
    .estimate_ms = 0,
};

static bool within(int value, int lowest, int highest) {
    return lowest <= value && value <= highest;
}

static bool is_valid(const struct ae_endpointer_config *config) {
    return within(config->on_db, 1, 60) && within(config->off_db, 0, config->on_db) &&
           within(config->quietest_dbfs, -100, 0) && within(config->shortest_ms, 10, 1000) &&
           within(config->pause_ms, 2 * AE_ENDPOINTER_MARGIN_MS, 5000) &&
           within(config->longest_s, 2, 3600) &&
           (config->estimate_ms == 0 || within(config->estimate_ms, 10, 10000));
}

/* A possible utterance begins with the oldest block that is not consumed. */
static void begin(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    endpointer->phase = AE_MAYBE_SPEECH;
    endpointer->n_loud = 0;
    endpointer->n_since_estimate = 0;
    endpointer->start = endpointer->consumed_until;
    endpointer->cut = false;
    actions->begin = true;
}

static void consume_oldest(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    const int oldest = endpointer->newest + AE_ENDPOINTER_SLOTS - endpointer->waiting;
    actions->oldest = (uint16_t)(oldest % AE_ENDPOINTER_SLOTS);
    actions->consume = endpointer->phase != AE_SILENCE;
    endpointer->waiting--;
    endpointer->consumed_until += AE_HOP_LENGTH;
}

static void summarize(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    endpointer->end = endpointer->consumed_until;
    actions->summarize = true;
}

static void end(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    endpointer->phase = AE_SILENCE;
    actions->event = AE_UTTERANCE_ENDED;
}

/* Begin the utterance once it is loud for longer than a click. */
static void follow_sound(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    if (endpointer->n_loud >= endpointer->config.shortest_ms / BLOCK_MS) {
        endpointer->phase = AE_SPEECH;
        actions->event = AE_UTTERANCE_BEGAN;
    } else if (endpointer->n_quiet > N_CLOSURE) { /* it was a click */
        endpointer->phase = AE_SILENCE;
    }
}

static void follow_speech(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    const struct ae_endpointer_config *config = &endpointer->config;
    const bool all_consumed = endpointer->n_quiet >= 2 * N_MARGIN;
    const uint64_t length = endpointer->consumed_until - endpointer->start;
    if (endpointer->n_quiet == 2 * N_MARGIN) /* the margin after the last loud block is consumed */
        summarize(endpointer, actions);
    if (endpointer->n_quiet >= config->pause_ms / BLOCK_MS) {
        end(endpointer, actions);
    } else if (length >= (uint32_t)config->longest_s * AE_SAMPLE_RATE) {
        if (!all_consumed)
            summarize(endpointer, actions);
        endpointer->cut = !all_consumed;
        end(endpointer, actions);
    } else if (config->estimate_ms > 0 && !all_consumed &&
               ++endpointer->n_since_estimate >= config->estimate_ms / BLOCK_MS) {
        endpointer->n_since_estimate = 0;
        summarize(endpointer, actions);
        actions->event = AE_ESTIMATE;
    }
}

/* Process the next block, which is complete. */
static void take_block(struct ae_endpointer *endpointer, const int16_t block[AE_HOP_LENGTH],
                       struct ae_actions *actions) {
    const bool loud = ae_vad_update(&endpointer->vad, block);
    actions->complete = true;
    actions->newest = endpointer->newest;
    endpointer->filled = 0;
    endpointer->newest = (uint16_t)((endpointer->newest + 1) % AE_ENDPOINTER_SLOTS);
    endpointer->waiting++;
    if (endpointer->phase == AE_SILENCE && (loud || endpointer->cut))
        begin(endpointer, actions);
    endpointer->n_loud += loud;
    endpointer->n_quiet = loud ? 0 : endpointer->n_quiet + 1;
    if (endpointer->waiting > N_MARGIN)
        consume_oldest(endpointer, actions);
    if (endpointer->phase == AE_MAYBE_SPEECH)
        follow_sound(endpointer, actions);
    else if (endpointer->phase == AE_SPEECH)
        follow_speech(endpointer, actions);
}

bool ae_endpointer_reset(struct ae_endpointer *endpointer,
                         const struct ae_endpointer_config *config) {
    if (!is_valid(config))
        return false;
    memset(endpointer, 0, sizeof *endpointer);
    endpointer->config = *config;
    ae_vad_reset(&endpointer->vad, config->on_db, config->off_db, config->quietest_dbfs);
    return true;
}

size_t ae_endpointer_take(struct ae_endpointer *endpointer, int16_t block[AE_HOP_LENGTH],
                          const int16_t *pcm, size_t n, struct ae_actions *actions) {
    const size_t missing = (size_t)AE_HOP_LENGTH - endpointer->filled;
    const size_t taken = n < missing ? n : missing;
    memset(actions, 0, sizeof *actions);
    memcpy(block + endpointer->filled, pcm, taken * sizeof *pcm);
    endpointer->filled = (uint16_t)(endpointer->filled + taken);
    if (endpointer->filled == AE_HOP_LENGTH)
        take_block(endpointer, block, actions);
    return taken;
}

void ae_endpointer_finish(struct ae_endpointer *endpointer, struct ae_actions *actions) {
    memset(actions, 0, sizeof *actions);
    if (endpointer->phase != AE_SPEECH)
        return;
    if (endpointer->n_quiet < 2 * N_MARGIN) {
        if (endpointer->waiting > 0 && endpointer->waiting + N_MARGIN > endpointer->n_quiet) {
            consume_oldest(endpointer, actions);
            return;
        }
        summarize(endpointer, actions);
    }
    end(endpointer, actions);
}
