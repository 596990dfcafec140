// The HAL's SAI with a circular DMA of words, and a main.c; with a data cache on an STM32H743.
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "../board.h"
#include "main.h"
#include "recognize.h"
#undef printf

SAI_HandleTypeDef hsai_BlockA1;

namespace {

enum { READY = 1, BUSY_RX = 0x22 };

struct Dma : board::Driver {
    void take(int32_t word) override;
    int32_t *seen = nullptr;  // by the processor: through its cache
    std::vector<int32_t> memory;
    size_t filled = 0;
};

Dma dma;

void Dma::take(int32_t word) {
    static bool errors;
    if (!errors && board::now() >= 16000 * board::setting("BOARD_DMA_ERROR", 1e9)) {
        errors = true;
        hsai_BlockA1.State = READY;
        HAL_SAI_ErrorCallback(&hsai_BlockA1);
    }
    if (hsai_BlockA1.State != BUSY_RX)
        return;
    for (const int32_t slot : {word, 0}) {  // nobody speaks on the right
        memory[filled] = slot;
#ifndef STM32H743xx
        seen[filled] = slot;
#endif
        filled++;
    }
    if (filled == memory.size() / 2)
        HAL_SAI_RxHalfCpltCallback(&hsai_BlockA1);
    if (filled == memory.size()) {
        filled = 0;
        HAL_SAI_RxCpltCallback(&hsai_BlockA1);
    }
}

}  // namespace

HAL_StatusTypeDef HAL_SAI_Receive_DMA(SAI_HandleTypeDef *sai, uint8_t *data, uint16_t size) {
    if (sai->State != READY)
        return HAL_BUSY;
    if (data == nullptr || size == 0 || board::setting("BOARD_BROKEN", 0) > 0)
        return HAL_ERROR;
    sai->State = BUSY_RX;
    dma.seen = reinterpret_cast<int32_t *>(data);
    dma.memory.assign(size, 0);
    dma.filled = 0;
    board::attach(&dma);
    return HAL_OK;
}
HAL_StatusTypeDef HAL_SAI_DMAStop(SAI_HandleTypeDef *sai) {
    sai->State = READY;
    return HAL_OK;
}

#ifdef STM32H743xx
void SCB_InvalidateDCache_by_Addr(void *address, int32_t size) {
    const ptrdiff_t offset = static_cast<int32_t *>(address) - dma.seen;
    const ptrdiff_t end = offset + size / 4;
    if (reinterpret_cast<uintptr_t>(address) % 32 != 0 || size % 32 != 0 || offset < 0 ||
        end > static_cast<ptrdiff_t>(dma.memory.size())) {
        std::printf("what lies beside the buffer is lost\n");
        std::exit(3);
    }
    std::memcpy(address, &dma.memory[static_cast<size_t>(offset)], static_cast<size_t>(size));
}
#endif

uint32_t HAL_GetTick(void) {
    return static_cast<uint32_t>(board::now() / 16);
}
void HAL_Delay(uint32_t milliseconds) {
    board::run(uint64_t(16) * milliseconds);
}
int double_printf(const char *format, ...) {
    std::va_list arguments;
    va_start(arguments, format);
    const int n = std::vprintf(format, arguments);
    va_end(arguments);
    board::run(static_cast<uint64_t>(n) * 160000 / 115200);
    return n;
}

int main() {
    hsai_BlockA1.State = READY;
    recognize_begin(&hsai_BlockA1);
    for (;;) {
        recognize_step();
        board::loop_ends();
    }
}
