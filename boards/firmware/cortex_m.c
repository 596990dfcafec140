/* Start-up and counter of every Cortex-M. */
#include "board.h"
#include "startup.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xe000e010)
#define SYSTICK_RELOAD  (*(volatile uint32_t *)0xe000e014)
#define SYSTICK_CURRENT (*(volatile uint32_t *)0xe000e018)
#define CPACR           (*(volatile uint32_t *)0xe000ed88)

void reset(void);
void fault(void);

/* Nothing here raises an interrupt: every vector but reset means a bug. */
__attribute__((section(".reset"), used)) static const struct {
    uint32_t *stack;
    void (*reset)(void), (*faults[14])(void);
} vectors = {stack_top,
             reset,
             {fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
              fault, fault}};

void reset(void) {
#ifdef __ARM_FP
    CPACR |= 0xfu << 20; /* full access to the floating-point unit */
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    run_main();
}

void fault(void) {
    __asm__ volatile("udf #0"); /* a fault within a fault: the emulator stops */
}

void counter_start(void) {
    SYSTICK_RELOAD = COUNTER_MASK;
    SYSTICK_CURRENT = 0;
    SYSTICK_CONTROL = 5; /* on, processor clock, no interrupt */
}

uint32_t counter_read(void) {
    return COUNTER_MASK - SYSTICK_CURRENT; /* it counts down */
}
