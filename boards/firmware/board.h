/* What the firmware needs of the processor: a counter and the place of the stack. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Start the counter; main calls it once. */
void counter_start(void);

/* Ticks of the counter, modulo 2^24. An emulator that spends the same time on every
 * instruction makes it a counter of instructions; run.py knows how long a tick is. */
uint32_t counter_read(void);

#define COUNTER_MASK 0xffffffu

/* The stack as the linker script places it; it grows from the top to the bottom. */
extern uint32_t stack_bottom[], stack_top[];

#endif
