/* Calls to the Xtensa simulator, as its instruction SIMCALL makes them; numbers as in
 * QEMU's target/xtensa/xtensa-semi.c. */
#include "host.h"

#include <stdint.h>
#include <string.h>

enum { SYS_EXIT = 1, SYS_READ = 3, SYS_WRITE = 4, SYS_OPEN = 5, SYS_CLOSE = 6 };
enum { SYS_ARGC = 1000, SYS_ARGV_SIZE = 1001, SYS_ARGV = 1002 };
enum { STANDARD_OUTPUT = 1, LONGEST_ARGUMENTS = 4096 };

static int call(int number, intptr_t first, intptr_t second, intptr_t third) {
    register intptr_t a2 __asm__("a2") = number;
    register intptr_t a3 __asm__("a3") = first;
    register intptr_t a4 __asm__("a4") = second;
    register intptr_t a5 __asm__("a5") = third;
    __asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
    return (int)a2;
}

int host_arguments(char *line, size_t size) {
    static union {
        char *pointers[1];
        char bytes[LONGEST_ARGUMENTS];
    } argv;
    const int n = call(SYS_ARGC, 0, 0, 0);
    if (call(SYS_ARGV_SIZE, 0, 0, 0) > LONGEST_ARGUMENTS)
        return -1;
    call(SYS_ARGV, (intptr_t)&argv, 0, 0);
    for (int i = 0; i < n; i++) {
        const size_t length = strlen(argv.pointers[i]);
        if (length + 1 > size)
            return -1;
        memcpy(line, argv.pointers[i], length);
        line[length] = i + 1 < n ? ' ' : 0;
        line += length + 1;
        size -= length + 1;
    }
    return 0;
}

int host_open(const char *path) {
    return call(SYS_OPEN, (intptr_t)path, 0, 0);
}

int host_read(int handle, void *buffer, size_t size) {
    return call(SYS_READ, handle, (intptr_t)buffer, (intptr_t)size);
}

void host_close(int handle) {
    call(SYS_CLOSE, handle, 0, 0);
}

void host_print(const char *text) {
    call(SYS_WRITE, STANDARD_OUTPUT, (intptr_t)text, (intptr_t)strlen(text));
}

void host_exit(int status) {
    for (;;)
        call(SYS_EXIT, status, 0, 0);
}
