/* Print the emotion of every utterance from the I2S microphone. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "driver/i2s_std.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "@LISTENER_H@"
#include "microphone.h"
#include "model.h"
#ifdef CONFIG_AUDIO_EMOTION_SELF_TEST
#define AE_SELF_TEST
#include "self_test.h"
#endif
#ifdef CONFIG_AUDIO_EMOTION_STATS
#define AE_STATS
#define AE_STACK_LEFT() uxTaskGetStackHighWaterMark(NULL) /* at the deepest until now */
#include "stats.h"
#endif

static inline uint32_t now_us(void) {
    return (uint32_t)esp_timer_get_time();
}

static volatile uint32_t n_lost; /* samples */

/* Called from an interrupt: the oldest buffer makes room for the newest. */
static bool on_overflow(i2s_chan_handle_t input, i2s_event_data_t *event, void *context) {
    (void)input, (void)event, (void)context;
    n_lost += AE_HOP_LENGTH;
    return false;
}

/* Returns NULL if it does not start. */
static i2s_chan_handle_t start_microphone(void) {
    i2s_chan_handle_t input = NULL;
    i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_AUTO, I2S_ROLE_MASTER);
    channel.dma_desc_num = 16; /* buffers of 10 ms: one is processed while the DMA fills others */
    channel.dma_frame_num = AE_HOP_LENGTH;
    i2s_std_config_t standard = {
        .clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(AE_SAMPLE_RATE),
        .slot_cfg =
            I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO),
        .gpio_cfg = {.mclk = I2S_GPIO_UNUSED,
                     .bclk = CONFIG_MICROPHONE_BCLK,
                     .ws = CONFIG_MICROPHONE_WS,
                     .dout = I2S_GPIO_UNUSED,
                     .din = CONFIG_MICROPHONE_DATA},
    };
    standard.slot_cfg.slot_mask = I2S_STD_SLOT_LEFT; /* the default differs from chip to chip */
    const i2s_event_callbacks_t callbacks = {.on_recv_q_ovf = on_overflow};
    const bool starts =
        i2s_new_channel(&channel, NULL, &input) == ESP_OK &&
        i2s_channel_init_std_mode(input, &standard) == ESP_OK &&
        i2s_channel_register_event_callback(input, &callbacks, NULL) == ESP_OK &&
        i2s_channel_enable(input) == ESP_OK;
    return starts ? input : NULL;
}

@SHOW@

@RECOGNIZE@

@TAKE@

@RUN_SELF_TEST@

static void tell_of_lost(void) {
    static uint32_t n_told;
    if (n_lost != n_told)
        printf("too slow: samples were lost: %" PRIu32 "\n", n_lost - n_told);
    n_told = n_lost;
}

void app_main(void) {
    static @LISTENER@ listener;
    static int32_t words[AE_HOP_LENGTH];
    static int16_t pcm[AE_HOP_LENGTH];
    const i2s_chan_handle_t input = start_microphone();
    if (input == NULL)
        stop("I2S does not start: are the pins right?");
    ae_microphone_reset(&microphone, CONFIG_MICROPHONE_GAIN, CONFIG_MICROPHONE_SHIFT);
    run_self_test(&listener);
@BEGIN@
    for (;;) {
        size_t n_bytes = 0;
        if (i2s_channel_read(input, words, sizeof words, &n_bytes, 1000) != ESP_OK)
            printf("I2S gives no samples\n");
        const size_t n = n_bytes / sizeof words[0];
        ae_microphone_convert(&microphone, words, 1, n, pcm);
        take(&listener, pcm, n);
        tell_of_lost();
    }
}
