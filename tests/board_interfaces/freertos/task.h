#pragma once
#include "freertos/FreeRTOS.h"
#ifdef __cplusplus
extern "C" {
#endif
void vTaskDelay(TickType_t ticks);
uint32_t uxTaskGetStackHighWaterMark(void *task);
#ifdef __cplusplus
}
#endif
