/* Start-up and counter of a RISC-V machine. */
#include "board.h"
#include "startup.h"

/* The machine timer of the CLINT. Not the counter of instructions: QEMU 7 gives that in
 * nanoseconds when it runs with -icount, later versions do not. */
#define MTIME (*(volatile uint32_t *)0x0200bff8)

__attribute__((section(".reset"), naked, used)) void reset(void) {
    __asm__ volatile("la sp, stack_top\n"
                     "j run_main\n");
}

void counter_start(void) {
}

uint32_t counter_read(void) {
    return MTIME & COUNTER_MASK;
}
