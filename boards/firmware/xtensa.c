/* Start-up and counter of an Xtensa without register windows. */
#include "board.h"
#include "startup.h"

void reset(void);

/* It begins with the first byte of the memory; constants lie before the code that loads them. */
__asm__(".section .reset, \"ax\"\n"
        ".global reset\n"
        "reset:\n"
        "j begin\n"
        ".align 4\n"
        ".literal_position\n"
        "begin:\n"
        "movi a1, stack_top\n"
        "movi a0, run_main\n"
        "jx a0\n"
        ".previous\n");

void counter_start(void) {
}

uint32_t counter_read(void) {
    uint32_t cycles;
    __asm__ volatile("rsr %0, ccount" : "=r"(cycles));
    return cycles & COUNTER_MASK;
}
