// What CubeMX generates, and what it includes of the HAL; an STM32H743 with -DSTM32H743xx, else an STM32L476.
#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef STM32H743xx
#define __CORTEX_M       7
#define __DCACHE_PRESENT 1
#else
#define __CORTEX_M 4
#endif
#include "cmsis.h"
#ifdef __cplusplus
extern "C" {
#endif
typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } HAL_StatusTypeDef;
typedef struct {
    int State;
    uint32_t ErrorCode;
} SAI_HandleTypeDef;
extern SAI_HandleTypeDef hsai_BlockA1;
HAL_StatusTypeDef HAL_SAI_Receive_DMA(SAI_HandleTypeDef *sai, uint8_t *data, uint16_t size);
HAL_StatusTypeDef HAL_SAI_DMAStop(SAI_HandleTypeDef *sai);
void HAL_SAI_RxHalfCpltCallback(SAI_HandleTypeDef *sai);
void HAL_SAI_RxCpltCallback(SAI_HandleTypeDef *sai);
void HAL_SAI_ErrorCallback(SAI_HandleTypeDef *sai);
uint32_t HAL_GetTick(void);
void HAL_Delay(uint32_t milliseconds);
#ifdef STM32H743xx
void SCB_InvalidateDCache_by_Addr(void *address, int32_t size);
#endif
// Through a serial port that is waited for.
int double_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define printf double_printf
#ifdef __cplusplus
}
#endif
