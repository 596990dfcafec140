/* Print the emotion of every utterance from the I2S microphone. */
#include <stdio.h>

#include "driver/i2s_std.h"
#include "esp_err.h"
#include "sdkconfig.h"

#include "@LISTENER_H@"
#include "model.h"

static i2s_chan_handle_t start_microphone(void) {
    i2s_chan_handle_t microphone;
    i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_AUTO, I2S_ROLE_MASTER);
    channel.dma_desc_num = 8; /* buffers of 10 ms: one is processed while the DMA fills others */
    channel.dma_frame_num = AE_HOP_LENGTH;
    const i2s_std_config_t standard = {
        .clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(AE_SAMPLE_RATE),
        .slot_cfg =
            I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO),
        .gpio_cfg = {.mclk = I2S_GPIO_UNUSED,
                     .bclk = CONFIG_MICROPHONE_BCLK,
                     .ws = CONFIG_MICROPHONE_WS,
                     .dout = I2S_GPIO_UNUSED,
                     .din = CONFIG_MICROPHONE_DATA},
    };
    ESP_ERROR_CHECK(i2s_new_channel(&channel, NULL, &microphone));
    ESP_ERROR_CHECK(i2s_channel_init_std_mode(microphone, &standard));
    ESP_ERROR_CHECK(i2s_channel_enable(microphone));
    return microphone;
}

@RECOGNIZE@

void app_main(void) {
    static @LISTENER@ listener;
    static int32_t words[AE_HOP_LENGTH];
    static int16_t pcm[AE_HOP_LENGTH];
    const i2s_chan_handle_t microphone = start_microphone();
@BEGIN@
    for (;;) {
        size_t n_bytes = 0;
        ESP_ERROR_CHECK(i2s_channel_read(microphone, words, sizeof words, &n_bytes, 1000));
        const size_t n = n_bytes / sizeof words[0];
        for (size_t i = 0; i < n; i++)
            pcm[i] = (int16_t)(words[i] >> 16);
        recognize(&listener, pcm, n);
    }
}
