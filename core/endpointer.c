#include "endpointer.h"

#include <string.h>

#define BLOCK_MS  (1000u * AE_HOP_LENGTH / AE_SAMPLE_RATE)
#define N_MARGIN  (AE_SEGMENTER_SLOTS - 1u)
#define N_CLOSURE 20 /* blocks; the closure of a plosive is shorter */

const struct ae_listener_config ae_listener_defaults = {
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

static bool is_valid(const struct ae_listener_config *config) {
    return within(config->on_db, 1, 60) && within(config->off_db, 0, config->on_db) &&
           within(config->quietest_dbfs, -100, 0) && within(config->shortest_ms, 10, 1000) &&
           within(config->pause_ms, 2 * AE_LISTENER_MARGIN_MS, 5000) &&
           within(config->longest_s, 2, 3600) &&
           (config->estimate_ms == 0 || within(config->estimate_ms, 10, 10000));
}

/* A possible utterance begins with the oldest block that was not heard. */
static void begin(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    segmenter->phase = AE_MAYBE_SPEECH;
    segmenter->n_loud = 0;
    segmenter->n_since_estimate = 0;
    segmenter->start = segmenter->heard_until;
    segmenter->cut = false;
    cue->begin = true;
}

static void hear_oldest(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    const int oldest = segmenter->newest + AE_SEGMENTER_SLOTS - segmenter->waiting;
    cue->oldest = (uint16_t)(oldest % AE_SEGMENTER_SLOTS);
    cue->hear = segmenter->phase != AE_SILENCE;
    segmenter->waiting--;
    segmenter->heard_until += AE_HOP_LENGTH;
}

static void summarize(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    segmenter->end = segmenter->heard_until;
    cue->summarize = true;
}

static void end(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    segmenter->phase = AE_SILENCE;
    cue->event = AE_UTTERANCE_ENDED;
}

/* Is it more than a click? */
static void follow_sound(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    if (segmenter->n_loud >= segmenter->config.shortest_ms / BLOCK_MS) {
        segmenter->phase = AE_SPEECH;
        cue->event = AE_UTTERANCE_BEGAN;
    } else if (segmenter->n_quiet > N_CLOSURE) { /* it was not */
        segmenter->phase = AE_SILENCE;
    }
}

static void follow_speech(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    const struct ae_listener_config *config = &segmenter->config;
    const bool heard_all = segmenter->n_quiet >= 2 * N_MARGIN;
    const uint64_t length = segmenter->heard_until - segmenter->start;
    if (segmenter->n_quiet == 2 * N_MARGIN) /* the margin after the last loud block is heard */
        summarize(segmenter, cue);
    if (segmenter->n_quiet >= config->pause_ms / BLOCK_MS) {
        end(segmenter, cue);
    } else if (length >= (uint32_t)config->longest_s * AE_SAMPLE_RATE) {
        if (!heard_all)
            summarize(segmenter, cue);
        segmenter->cut = !heard_all;
        end(segmenter, cue);
    } else if (config->estimate_ms > 0 && !heard_all &&
               ++segmenter->n_since_estimate >= config->estimate_ms / BLOCK_MS) {
        segmenter->n_since_estimate = 0;
        summarize(segmenter, cue);
        cue->event = AE_ESTIMATE;
    }
}

/* The next block is complete. */
static void take_block(struct ae_segmenter *segmenter, const int16_t block[AE_HOP_LENGTH],
                       struct ae_cue *cue) {
    const bool loud = ae_speech_update(&segmenter->speech, block);
    cue->complete = true;
    cue->newest = segmenter->newest;
    segmenter->filled = 0;
    segmenter->newest = (uint16_t)((segmenter->newest + 1) % AE_SEGMENTER_SLOTS);
    segmenter->waiting++;
    if (segmenter->phase == AE_SILENCE && (loud || segmenter->cut))
        begin(segmenter, cue);
    segmenter->n_loud += loud;
    segmenter->n_quiet = loud ? 0 : segmenter->n_quiet + 1;
    if (segmenter->waiting > N_MARGIN)
        hear_oldest(segmenter, cue);
    if (segmenter->phase == AE_MAYBE_SPEECH)
        follow_sound(segmenter, cue);
    else if (segmenter->phase == AE_SPEECH)
        follow_speech(segmenter, cue);
}

bool ae_segmenter_reset(struct ae_segmenter *segmenter, const struct ae_listener_config *config) {
    if (!is_valid(config))
        return false;
    memset(segmenter, 0, sizeof *segmenter);
    segmenter->config = *config;
    ae_speech_reset(&segmenter->speech, config->on_db, config->off_db, config->quietest_dbfs);
    return true;
}

size_t ae_segmenter_take(struct ae_segmenter *segmenter, int16_t block[AE_HOP_LENGTH],
                         const int16_t *pcm, size_t n, struct ae_cue *cue) {
    const size_t missing = (size_t)AE_HOP_LENGTH - segmenter->filled;
    const size_t taken = n < missing ? n : missing;
    memset(cue, 0, sizeof *cue);
    memcpy(block + segmenter->filled, pcm, taken * sizeof *pcm);
    segmenter->filled = (uint16_t)(segmenter->filled + taken);
    if (segmenter->filled == AE_HOP_LENGTH)
        take_block(segmenter, block, cue);
    return taken;
}

void ae_segmenter_finish(struct ae_segmenter *segmenter, struct ae_cue *cue) {
    memset(cue, 0, sizeof *cue);
    if (segmenter->phase != AE_SPEECH)
        return;
    if (segmenter->n_quiet < 2 * N_MARGIN) {
        if (segmenter->waiting > 0 && segmenter->waiting + N_MARGIN > segmenter->n_quiet) {
            hear_oldest(segmenter, cue);
            return;
        }
        summarize(segmenter, cue);
    }
    end(segmenter, cue);
}
