// The counter of cycles of a Cortex-M3, M4, M7 or M33, as CMSIS 5 names it: it stands still until it is switched on.
#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#ifndef __CORTEX_M
#define __CORTEX_M 4
#endif
typedef struct {
    uint32_t CTRL, CYCCNT, LAR;
} DWT_Type;
typedef struct {
    uint32_t DEMCR;
} CoreDebug_Type;
extern CoreDebug_Type double_core_debug;
extern uint32_t SystemCoreClock;
DWT_Type *double_dwt(void);
#define DWT                        (double_dwt())
#define CoreDebug                  (&double_core_debug)
#define DWT_CTRL_CYCCNTENA_Msk     1u
#define CoreDebug_DEMCR_TRCENA_Msk (1u << 24)
#ifdef __cplusplus
}
#endif
