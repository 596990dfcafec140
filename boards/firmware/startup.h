/* The common half of every start-up: memory as C expects it, then main. */
#ifndef STARTUP_H
#define STARTUP_H

#include <stdint.h>

/* Does not return. */
__attribute__((noreturn)) void run_main(void);

#endif
