// The kernel's slabs, and the DMIC driver of Nordic's PDM as it has been since Zephyr 3.5.
#include <zephyr/audio/dmic.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "../board.h"

const struct device the_device = {"pdm"};

int k_mem_slab_alloc(struct k_mem_slab *slab, void **block, int32_t) {
    for (uint32_t i = 0; i < slab->num_blocks; i++)
        if (!slab->used[i]) {
            slab->used[i] = true;
            *block = slab->buffer + i * slab->block_size;
            return 0;
        }
    return -ENOMEM;
}
void k_mem_slab_free(struct k_mem_slab *slab, void *block) {
    const size_t offset = static_cast<size_t>(static_cast<char *>(block) - slab->buffer);
    const size_t i = offset / slab->block_size;
    if (i >= slab->num_blocks || offset % slab->block_size != 0 || !slab->used[i]) {
        std::printf("ASSERTION FAIL: invalid memory pointer provided\n");
        std::exit(3);
    }
    slab->used[i] = false;
}
int32_t k_msleep(int32_t milliseconds) {
    board::run(static_cast<uint64_t>(16 * milliseconds));
    return 0;
}
struct k_thread *k_current_get(void) {
    return nullptr;
}
int k_thread_stack_space_get(const struct k_thread *, size_t *unused) {
    *unused = 4321;
    return 0;
}
uint32_t k_cycle_get_32(void) {
    return static_cast<uint32_t>(board::microseconds() * 64);
}
uint64_t k_cyc_to_us_floor64(uint64_t cycles) {
    return cycles / 64;
}
void printk(const char *format, ...) {
    std::va_list arguments;
    va_start(arguments, format);
    std::vprintf(format, arguments);
    va_end(arguments);
}
bool device_is_ready(const struct device *) {
    return board::setting("BOARD_BROKEN", 0) == 0;
}

namespace {

struct Pdm : board::Driver {
    void take(int32_t word) override;
    void stop();
    k_mem_slab *slab = nullptr;
    std::deque<void *> queue;
    int16_t *block = nullptr;
    size_t filled = 0, queue_size = 14;  // queue-size of the overlays
    bool active = false, stopping = false;
    uint64_t stopped_at = 0;
};

Pdm pdm;

void Pdm::stop() {
    stopping = true;
    stopped_at = board::now() + 16;  // the peripheral says so a moment later
}

void Pdm::take(int32_t word) {
    if (stopping && active && board::now() >= stopped_at) {
        if (block != nullptr)
            k_mem_slab_free(slab, block);
        block = nullptr;
        active = false;
    }
    if (!active || stopping || block == nullptr)
        return;
    block[filled++] = static_cast<int16_t>(word >> 16);
    if (filled < slab->block_size / sizeof *block)
        return;
    filled = 0;
    void *next = nullptr;
    const bool none = k_mem_slab_alloc(slab, &next, 0) < 0;
    if (queue.size() == queue_size) {
        k_mem_slab_free(slab, block);
        stop();
    } else {
        queue.push_back(block);
    }
    block = static_cast<int16_t *>(next);
    if (none)
        stop();
}

}  // namespace

int dmic_configure(const struct device *, struct dmic_cfg *config) {
    const pcm_stream_cfg *stream = config->streams;
    if (stream->pcm_width != 16 || stream->pcm_rate != 16000 || config->channel.req_num_chan != 1 ||
        config->channel.req_num_streams != 1 || config->channel.req_chan_map_lo != 0)
        return -EINVAL;
    pdm.slab = stream->mem_slab;
    if (pdm.slab->block_size != stream->block_size)
        return -EINVAL;
    board::attach(&pdm);
    return 0;
}
int dmic_trigger(const struct device *, enum dmic_trigger command) {
    if (command == DMIC_TRIGGER_STOP && pdm.active)
        pdm.stop();
    if (command == DMIC_TRIGGER_START && !pdm.active) {
        void *block;
        if (k_mem_slab_alloc(pdm.slab, &block, 0) < 0)
            return -EIO;
        pdm.block = static_cast<int16_t *>(block);
        pdm.filled = 0;
        pdm.stopping = false;
        pdm.active = true;
    }
    return 0;
}
int dmic_read(const struct device *, uint8_t, void **buffer, size_t *size, int32_t timeout) {
    board::loop_ends();
    const uint64_t end = board::now() + static_cast<uint64_t>(16 * timeout);
    while (pdm.queue.empty() && board::now() < end)
        board::run(1);
    if (pdm.queue.empty())
        return -EAGAIN;
    *buffer = pdm.queue.front();
    pdm.queue.pop_front();
    *size = pdm.slab->block_size;
    return 0;
}
