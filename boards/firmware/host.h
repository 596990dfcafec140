/* Files, arguments and output of a board without peripherals, from the machine that
 * emulates it: semihosting.c for Arm and RISC-V, simcall.c for Xtensa. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>

/* Copy the arguments, separated by single spaces, to `line`; 0 or < 0. */
int host_arguments(char *line, size_t size);

/* Open for reading. Returns a handle or < 0. */
int host_open(const char *path);

/* Read up to `size` bytes, fewer only at the end of the file. Returns how many, or < 0. */
int host_read(int handle, void *buffer, size_t size);

void host_close(int handle);

/* Write to standard output. */
void host_print(const char *text);

__attribute__((noreturn)) void host_exit(int status);

#endif
