#include "listener.h"

#include <string.h>

#define BLOCK_MS  (1000u * AE_HOP_LENGTH / AE_SAMPLE_RATE)
#define N_MARGIN  (AE_LISTENER_MARGIN_MS / BLOCK_MS)
#define N_RING    (N_MARGIN + 1)
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

/* A possible utterance begins with the oldest block that the core has not heard. */
static void begin(struct ae_listener *listener) {
    listener->phase = AE_MAYBE_SPEECH;
    listener->n_loud = 0;
    listener->n_since_estimate = 0;
    listener->utterance.start = listener->heard_until;
    listener->utterance.cut = false;
    ae_reset(&listener->core);
}

static void hear_oldest(struct ae_listener *listener) {
    struct ae_delay *delay = &listener->delay;
    const uint32_t oldest = (delay->newest + N_RING - delay->waiting) % N_RING;
    if (listener->phase != AE_SILENCE)
        ae_process(&listener->core, delay->blocks[oldest], AE_HOP_LENGTH);
    delay->waiting--;
    listener->heard_until += AE_HOP_LENGTH;
}

static int summarize(struct ae_listener *listener) {
    listener->utterance.end = listener->heard_until;
    return ae_finish(&listener->core, &listener->utterance.result);
}

static int end(struct ae_listener *listener) {
    listener->phase = AE_SILENCE;
    return AE_UTTERANCE_ENDED;
}

/* Is it more than a click? */
static int follow_sound(struct ae_listener *listener) {
    if (listener->n_loud >= listener->config.shortest_ms / BLOCK_MS) {
        listener->phase = AE_SPEECH;
        return AE_UTTERANCE_BEGAN;
    }
    if (listener->n_quiet > N_CLOSURE) /* it was */
        listener->phase = AE_SILENCE;
    return AE_NOTHING;
}

static int follow_speech(struct ae_listener *listener) {
    const struct ae_listener_config *config = &listener->config;
    const bool heard_all = listener->n_quiet >= 2 * N_MARGIN;
    const uint64_t length = listener->heard_until - listener->utterance.start;
    if (listener->n_quiet == 2 * N_MARGIN) /* the margin after the last loud block is heard */
        summarize(listener);
    if (listener->n_quiet >= config->pause_ms / BLOCK_MS)
        return end(listener);
    if (length >= (uint32_t)config->longest_s * AE_SAMPLE_RATE) {
        if (!heard_all)
            summarize(listener);
        listener->utterance.cut = !heard_all;
        return end(listener);
    }
    if (config->estimate_ms > 0 && !heard_all &&
        ++listener->n_since_estimate >= config->estimate_ms / BLOCK_MS) {
        listener->n_since_estimate = 0;
        summarize(listener);
        return AE_ESTIMATE;
    }
    return AE_NOTHING;
}

/* The newest block is complete. */
static int take_block(struct ae_listener *listener) {
    struct ae_delay *delay = &listener->delay;
    const bool loud = ae_speech_update(&listener->speech, delay->blocks[delay->newest]);
    delay->newest = (uint16_t)((delay->newest + 1) % N_RING);
    delay->filled = 0;
    delay->waiting++;
    if (listener->phase == AE_SILENCE && (loud || listener->utterance.cut))
        begin(listener);
    listener->n_loud += loud;
    listener->n_quiet = loud ? 0 : listener->n_quiet + 1;
    if (delay->waiting > N_MARGIN)
        hear_oldest(listener);
    if (listener->phase == AE_MAYBE_SPEECH)
        return follow_sound(listener);
    return listener->phase == AE_SPEECH ? follow_speech(listener) : AE_NOTHING;
}

int ae_listener_reset(struct ae_listener *listener, const struct ae_listener_config *config) {
    if (listener == NULL || config == NULL || !is_valid(config))
        return AE_ERR_ARG;
    memset(listener, 0, sizeof *listener);
    listener->config = *config;
    ae_speech_reset(&listener->speech, config->on_db, config->off_db, config->quietest_dbfs);
    return AE_OK;
}

int ae_listener_process(struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used) {
    if (listener == NULL || (pcm == NULL && n > 0) || used == NULL)
        return AE_ERR_ARG;
    struct ae_delay *delay = &listener->delay;
    *used = 0;
    while (*used < n) {
        const size_t missing = (size_t)AE_HOP_LENGTH - delay->filled;
        const size_t taken = n - *used < missing ? n - *used : missing;
        memcpy(delay->blocks[delay->newest] + delay->filled, pcm + *used, taken * sizeof *pcm);
        *used += taken;
        delay->filled = (uint16_t)(delay->filled + taken);
        if (delay->filled == AE_HOP_LENGTH) {
            const int event = take_block(listener);
            if (event != AE_NOTHING)
                return event;
        }
    }
    return AE_NOTHING;
}

int ae_listener_finish(struct ae_listener *listener) {
    if (listener == NULL)
        return AE_ERR_ARG;
    if (listener->phase != AE_SPEECH)
        return AE_NOTHING;
    if (listener->n_quiet < 2 * N_MARGIN) {
        while (listener->delay.waiting + N_MARGIN > listener->n_quiet &&
               listener->delay.waiting > 0)
            hear_oldest(listener);
        if (summarize(listener) != AE_OK)
            return AE_NOTHING;
    }
    return end(listener);
}
