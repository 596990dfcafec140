#include "i2s_std.h"

#include <cstring>
#include <deque>
#include <vector>

#include "../board.h"
#include "esp_timer.h"
#include "freertos/task.h"

// Buffers that the DMA has filled are queued; if the queue is full the oldest is lost.
struct i2s_channel : board::Driver {
    void take(int32_t word) override;
    std::deque<std::vector<int32_t>> queue;
    std::vector<int32_t> active, current;
    size_t offset = 0;
    i2s_chan_config_t config = {};
    i2s_std_config_t standard = {};
    i2s_event_callbacks_t callbacks = {};
    void *context = nullptr;
    enum { REGISTERED, READY, RUNNING } state = REGISTERED;
};

static i2s_channel channel_0;

void i2s_channel::take(int32_t word) {
    if (standard.slot_cfg.slot_mask & I2S_STD_SLOT_LEFT)
        active.push_back(word);
    if (standard.slot_cfg.slot_mask & I2S_STD_SLOT_RIGHT)
        active.push_back(0);  // nobody speaks on the right
    const bool both = standard.slot_cfg.slot_mask == I2S_STD_SLOT_BOTH;
    if (active.size() < config.dma_frame_num * (both ? 2 : 1))
        return;
    if (queue.size() == config.dma_desc_num - 1) {
        queue.pop_front();
        i2s_event_data_t event = {};
        if (callbacks.on_recv_q_ovf != nullptr)
            callbacks.on_recv_q_ovf(this, &event, context);
    }
    queue.push_back(active);
    active.clear();
}

esp_err_t i2s_new_channel(const i2s_chan_config_t *config, i2s_chan_handle_t *tx,
                          i2s_chan_handle_t *rx) {
    if (tx != nullptr || rx == nullptr || config->dma_desc_num < 2)
        return ESP_ERR_INVALID_ARG;
    channel_0.config = *config;
    *rx = &channel_0;
    return ESP_OK;
}
esp_err_t i2s_channel_init_std_mode(i2s_chan_handle_t channel, const i2s_std_config_t *config) {
    if (channel->state != i2s_channel::REGISTERED)
        return ESP_ERR_INVALID_STATE;
    if (config->clk_cfg.sample_rate_hz != 16000 || config->slot_cfg.data_bit_width != 32)
        return ESP_ERR_INVALID_ARG;
    channel->standard = *config;
    channel->state = i2s_channel::READY;
    return ESP_OK;
}
esp_err_t i2s_channel_register_event_callback(i2s_chan_handle_t channel,
                                              const i2s_event_callbacks_t *callbacks,
                                              void *context) {
    if (channel->state == i2s_channel::RUNNING)
        return ESP_ERR_INVALID_STATE;
    channel->callbacks = *callbacks;
    channel->context = context;
    return ESP_OK;
}
esp_err_t i2s_channel_enable(i2s_chan_handle_t channel) {
    if (channel->state != i2s_channel::READY)
        return ESP_ERR_INVALID_STATE;
    if (board::setting("BOARD_BROKEN", 0) > 0)
        return ESP_FAIL;
    channel->state = i2s_channel::RUNNING;
    board::attach(channel);
    return ESP_OK;
}
esp_err_t i2s_channel_read(i2s_chan_handle_t channel, void *destination, size_t size,
                           size_t *n_read, uint32_t timeout_ms) {
    board::loop_ends();  // what the program did since the last call took time
    if (channel->state != i2s_channel::RUNNING)
        return ESP_ERR_INVALID_STATE;
    char *at = static_cast<char *>(destination);
    for (*n_read = 0; size > 0;) {
        if (channel->offset == 4 * channel->current.size()) {
            const uint64_t end = board::now() + 16 * uint64_t(timeout_ms);
            while (channel->queue.empty() && board::now() < end)
                board::run(1);
            if (channel->queue.empty())
                return ESP_ERR_TIMEOUT;
            channel->current = channel->queue.front();
            channel->queue.pop_front();
            channel->offset = 0;
        }
        size_t n = 4 * channel->current.size() - channel->offset;
        n = n < size ? n : size;
        std::memcpy(at + *n_read, reinterpret_cast<char *>(channel->current.data()) + channel->offset,
                    n);
        channel->offset += n;
        *n_read += n;
        size -= n;
    }
    return ESP_OK;
}

extern "C" uint32_t uxTaskGetStackHighWaterMark(void *) {
    return 4321;
}
extern "C" uint32_t esp_cpu_get_cycle_count(void) {
    return static_cast<uint32_t>(board::microseconds() * 160);
}
extern "C" int64_t esp_timer_get_time(void) {
    return static_cast<int64_t>(board::microseconds());
}
extern "C" void vTaskDelay(TickType_t ticks) {
    board::run(uint64_t(ticks) * 160);
}
