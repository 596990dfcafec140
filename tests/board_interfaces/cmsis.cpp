#include "cmsis.h"

#include "board.h"

CoreDebug_Type double_core_debug;

#if __CORTEX_M == 7
uint32_t SystemCoreClock = 480000000;  // the counter's 32 bits last nine seconds
static bool unlocked(uint32_t key) {
    return key == 0xc5acce55;
}
#else
uint32_t SystemCoreClock = 64000000;
static bool unlocked(uint32_t) {
    return true;
}
#endif

DWT_Type *double_dwt(void) {
    static DWT_Type dwt;
    static uint64_t last;
    const uint64_t now = board::microseconds() * (SystemCoreClock / 1000000);
    if ((dwt.CTRL & DWT_CTRL_CYCCNTENA_Msk) != 0 && unlocked(dwt.LAR) &&
        (double_core_debug.DEMCR & CoreDebug_DEMCR_TRCENA_Msk) != 0)
        dwt.CYCCNT += static_cast<uint32_t>(now - last);
    last = now;
    return &dwt;
}
