// Emotions from an I2S microphone (INMP441, SPH0645, ICS-43434) on an @BOARD@.
//
// Needs the board package "esp32 by Espressif", 3.0 or newer. The driver fills one DMA
// buffer while this sketch processes another.
//
//     microphone  SCK -> GPIO@SCK@   WS -> GPIO@WS@   SD -> GPIO@SD@   L/R -> GND   VDD -> 3V3
#include <AudioEmotion.h>
#include <driver/i2s_std.h>

static @LISTENER@ listener;
static i2s_chan_handle_t microphone;

static bool startMicrophone() {
    i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_AUTO, I2S_ROLE_MASTER);
    channel.dma_desc_num = 8;  // buffers of 10 ms, so that a slow answer loses nothing
    channel.dma_frame_num = 160;
    i2s_std_config_t standard = {};
    standard.clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(AE_SAMPLE_RATE);
    standard.slot_cfg =
        I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO);
    standard.gpio_cfg.mclk = I2S_GPIO_UNUSED;
    standard.gpio_cfg.bclk = GPIO_NUM_@SCK@;
    standard.gpio_cfg.ws = GPIO_NUM_@WS@;
    standard.gpio_cfg.dout = I2S_GPIO_UNUSED;
    standard.gpio_cfg.din = GPIO_NUM_@SD@;
    return i2s_new_channel(&channel, NULL, &microphone) == ESP_OK &&
           i2s_channel_init_std_mode(microphone, &standard) == ESP_OK &&
           i2s_channel_enable(microphone) == ESP_OK;
}

void setup() {
    Serial.begin(115200);
@SKETCH_BEGIN@
    if (!startMicrophone())
        Serial.println("I2S does not start");
}

@SKETCH_LOOP@
    static int32_t words[160];
    static int16_t pcm[160];
    struct AudioEmotionAnswer answer;
    size_t n_bytes = 0;
    if (i2s_channel_read(microphone, words, sizeof words, &n_bytes, 1000) != ESP_OK)
        return;
    const size_t n = n_bytes / sizeof words[0];
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)(words[i] >> 16);
    if (audioEmotionListen(&listener, pcm, n, &answer))
        Serial.println(answer.name);
}
