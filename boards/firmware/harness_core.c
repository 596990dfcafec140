/* Results and cost of a model on one recording. Ticks are counted within the core alone. */
#include "harness.h"

#include "board.h"
#include "json.h"
#include "model_interface.h"
#include "status.h"

#define UNUSED_STACK 0xa5a5a5a5u
#define OWN_FRAME    64 /* words, more than this file's functions have on the stack */

struct cost {
    uint32_t ticks_process; /* all pieces together */
    uint32_t ticks_slowest; /* the slowest piece */
    uint32_t ticks_finish;  /* after the last sample */
};

/* Mark the stack below this function; returns where the mark ends. */
static uint32_t *paint_stack(void) {
    uint32_t *const end = (uint32_t *)__builtin_frame_address(0) - OWN_FRAME;
    for (volatile uint32_t *word = stack_bottom; word < end; word++)
        *word = UNUSED_STACK;
    return end;
}

/* Bytes between where this file's functions began and the deepest word that changed. */
static uint32_t deepest_stack(const uint32_t *end) {
    const volatile uint32_t *word = stack_bottom;
    while (word < end && *word == UNUSED_STACK)
        word++;
    return (uint32_t)((const volatile char *)(end + OWN_FRAME) - (const volatile char *)word);
}

static uint32_t since(uint32_t start) {
    return (counter_read() - start) & COUNTER_MASK;
}

static void process(struct wav *recording, uint32_t piece_length, struct cost *cost) {
    static int16_t piece[PIECE_LENGTH];
    size_t n;
    model_reset();
    while ((n = wav_read(recording, piece, piece_length)) > 0) {
        const uint32_t start = counter_read();
        model_process(piece, n);
        const uint32_t ticks = since(start);
        cost->ticks_process += ticks;
        if (ticks > cost->ticks_slowest)
            cost->ticks_slowest = ticks;
    }
}

/* Returns AE_OK or an error of the core. */
static int finish(struct cost *cost) {
    const uint32_t start = counter_read();
    const int status = model_finish();
    cost->ticks_finish = since(start);
    return status;
}

void harness_describe(void) {
    model_describe();
}

const char *harness_run(struct wav *recording, uint32_t piece_length) {
    struct cost cost = {0, 0, 0};
    const uint32_t *const marked = paint_stack();
    process(recording, piece_length, &cost);
    const int status = finish(&cost);
    if (status != AE_OK)
        return status == AE_ERR_SHORT ? "shorter than one frame" : "not for this core";
    json_field("stack_bytes", deepest_stack(marked));
    json_field("ticks_process", cost.ticks_process);
    json_field("ticks_slowest", cost.ticks_slowest);
    json_field("ticks_finish", cost.ticks_finish);
    model_print();
    return NULL;
}
