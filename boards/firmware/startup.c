#include "startup.h"

#include <string.h>

extern char data_begin[], data_end[], data_load[], bss_begin[], bss_end[];

int main(void);

void run_main(void) {
    memcpy(data_begin, data_load, (size_t)(data_end - data_begin));
    memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
    main();
    for (;;)
        ;
}
