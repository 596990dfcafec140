/* What an example measures of itself, with AE_STATS: the time and the processor cycles that blocks of
 * samples take, and the deepest stack.
 *
 * A program whose system knows how much of its stack was never used defines AE_STACK_LEFT as a call
 * that returns the bytes; for any other the stack is painted. */
#ifndef AE_STATS_H
#define AE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"

/* AE_CYCLES: processor cycles, modulo 2^32, where the processor or the board package counts them. */
#if defined(ESP_PLATFORM)
#include <esp_cpu.h>
#define AE_CYCLES() ((uint32_t)esp_cpu_get_cycle_count())
#elif defined(ARDUINO_ARCH_RP2040) && !defined(ARDUINO_ARCH_MBED)
#define AE_CYCLES() ((uint32_t)rp2040.getCycleCount())
#else
#if defined(__ZEPHYR__) && defined(CONFIG_CPU_CORTEX_M)
#include <cmsis_core.h>
#endif
#ifdef DWT /* of CMSIS, which has it for every Cortex-M but M0, M0+ and M23 */
#define AE_CYCLES() ((uint32_t)DWT->CYCCNT)
#endif
#endif

#define AE_STACK_PAINTED 3072 /* bytes; the core takes less than 2048 */
#define AE_STACK_FRAME   256  /* bytes, more than the function that paints takes itself */
#define AE_STACK_PAINT   0xa5a5a5a5u
#define AE_STATS_LINE    96 /* characters at most */

/* Zero at first, as static objects are. */
struct ae_stats {
    bool started;
    uint32_t began_us, began_cycles; /* the block */
    uint32_t busy_us, longest_us, cycles, n_blocks, n_samples;
    volatile uint32_t *stack; /* where the painted part begins */
};

static inline uint32_t ae_cycles(void) {
#ifdef AE_CYCLES
    return AE_CYCLES();
#else
    return 0;
#endif
}

static inline void ae_cycles_start(void) {
#if defined(AE_CYCLES) && defined(DWT)
#ifdef DCB
    DCB->DEMCR |= DCB_DEMCR_TRCENA_Msk;
#else
    CoreDebug->DEMCR |= CoreDebug_DEMCR_TRCENA_Msk;
#endif
#if defined(__CORTEX_M) && __CORTEX_M == 7
    DWT->LAR = 0xc5acce55u; /* unlocks it */
#endif
    DWT->CTRL |= DWT_CTRL_CYCCNTENA_Msk;
#endif
}

/* Start the counter of cycles, and paint the stack below the caller. */
static __attribute__((noinline, unused)) void ae_stats_start(struct ae_stats *stats) {
    stats->started = true;
    ae_cycles_start();
#ifndef AE_STACK_LEFT
    char *const top = (char *)__builtin_frame_address(0) - AE_STACK_FRAME;
    stats->stack = (volatile uint32_t *)(void *)(top - AE_STACK_PAINTED);
    for (size_t i = 0; i < AE_STACK_PAINTED / sizeof *stats->stack; i++)
        stats->stack[i] = AE_STACK_PAINT;
#endif
}

/* Before a block is processed. */
static inline void ae_stats_begin(struct ae_stats *stats, uint32_t now_us) {
    if (!stats->started)
        ae_stats_start(stats);
    stats->began_us = now_us;
    stats->began_cycles = ae_cycles();
}

/* After it. Returns true when there is a line to print: after every second of samples. */
static inline bool ae_stats_end(struct ae_stats *stats, uint32_t now_us, size_t n_samples) {
    const uint32_t took_us = now_us - stats->began_us;
    stats->cycles += ae_cycles() - stats->began_cycles;
    stats->busy_us += took_us;
    stats->longest_us = took_us > stats->longest_us ? took_us : stats->longest_us;
    stats->n_blocks += n_samples > 0;
    stats->n_samples += (uint32_t)n_samples;
    return stats->n_samples >= AE_SAMPLE_RATE;
}

/* Bytes of stack below the function that calls ae_stats_begin, at the deepest until now. */
static inline uint32_t ae_stats_deepest(const struct ae_stats *stats) {
    size_t i = 0;
    while (i < AE_STACK_PAINTED / sizeof *stats->stack && stats->stack[i] == AE_STACK_PAINT)
        i++;
    return (uint32_t)(AE_STACK_PAINTED - i * sizeof *stats->stack + AE_STACK_FRAME);
}

/* Write the line of the second that has passed, and begin another one. */
static inline const char *ae_stats_line(struct ae_stats *stats, char line[AE_STATS_LINE]) {
    int n = snprintf(line, AE_STATS_LINE, "stats: busy %u %%, longest %u us",
                     (unsigned)(stats->busy_us / 10000), (unsigned)stats->longest_us);
#ifdef AE_CYCLES
    n += snprintf(line + n, AE_STATS_LINE - (size_t)n, ", %u cycles a block",
                  (unsigned)(stats->cycles / stats->n_blocks));
#endif
#ifdef AE_STACK_LEFT
    snprintf(line + n, AE_STATS_LINE - (size_t)n, ", stack left %u bytes",
             (unsigned)AE_STACK_LEFT());
#else
    snprintf(line + n, AE_STATS_LINE - (size_t)n, ", deepest stack %u bytes",
             (unsigned)ae_stats_deepest(stats));
#endif
    stats->busy_us = stats->longest_us = stats->cycles = stats->n_blocks = stats->n_samples = 0;
    return line;
}

#endif
