/* Semihosting as Arm specifies it; RISC-V took it over but for the trap itself.
 * https://github.com/ARM-software/abi-aa/blob/main/semihosting/semihosting.rst */
#include "host.h"

#include <stdint.h>
#include <string.h>

enum { SYS_OPEN = 1, SYS_CLOSE = 2, SYS_WRITE = 5, SYS_READ = 6, SYS_GET_CMDLINE = 0x15 };
enum { SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
enum { MODE_READ_BINARY = 1, MODE_WRITE = 4 };

static intptr_t call(int operation, const void *arguments) {
#ifdef __riscv
    register intptr_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = arguments;
    /* The three instructions must be uncompressed and lie in one page. */
    __asm__ volatile(".balign 16\n"
                     ".option push\n"
                     ".option norvc\n"
                     "slli zero, zero, 0x1f\n"
                     "ebreak\n"
                     "srai zero, zero, 7\n"
                     ".option pop\n"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
#else
    register intptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
#endif
}

static int open(const char *path, int mode) {
    const uintptr_t block[] = {(uintptr_t)path, (uintptr_t)mode, strlen(path)};
    return (int)call(SYS_OPEN, block);
}

int host_arguments(char *line, size_t size) {
    const uintptr_t block[] = {(uintptr_t)line, size};
    return (int)call(SYS_GET_CMDLINE, block);
}

int host_open(const char *path) {
    return open(path, MODE_READ_BINARY);
}

int host_read(int handle, void *buffer, size_t size) {
    const uintptr_t block[] = {(uintptr_t)handle, (uintptr_t)buffer, size};
    const intptr_t missing = call(SYS_READ, block);
    return missing < 0 ? -1 : (int)size - (int)missing;
}

void host_close(int handle) {
    const uintptr_t block[] = {(uintptr_t)handle};
    call(SYS_CLOSE, block);
}

void host_print(const char *text) {
    static int console = -1; /* the file ":tt" is the debugger's console */
    if (console < 0)
        console = open(":tt", MODE_WRITE);
    const uintptr_t block[] = {(uintptr_t)console, (uintptr_t)text, strlen(text)};
    call(SYS_WRITE, block);
}

void host_exit(int status) {
    const uintptr_t block[] = {APPLICATION_EXIT, (uintptr_t)status};
    for (;;)
        call(SYS_EXIT_EXTENDED, block);
}
