// Emotions from an I2S microphone (INMP441, ICS-43434, SPH0645) on an @BOARD@.
//
// Needs the board package "esp32 by Espressif", 3.0 or newer. The driver fills DMA buffers
// while this sketch processes others.
//
//     microphone  SCK -> GPIO@SCK@   WS -> GPIO@WS@   SD -> GPIO@SD@   L/R -> GND   VDD -> 3V3
#include <AudioEmotion.h>
#include <AudioEmotionBoard.h>
#include <driver/i2s_std.h>

#define AE_GAIN  24  // dB: raise it if the level is "too quiet"; 40 for an SPH0645
#define AE_SHIFT 0   // bits that the words come late: 1 for an SPH0645

static @LISTENER@ listener;
static struct ae_microphone microphone;
static i2s_chan_handle_t input;
static volatile uint32_t nLost;  // samples

// Called from an interrupt: the oldest buffer makes room for the newest.
static bool onOverflow(i2s_chan_handle_t, i2s_event_data_t *, void *) {
    nLost = nLost + AE_HOP_LENGTH;
    return false;
}

static bool startMicrophone() {
    i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_AUTO, I2S_ROLE_MASTER);
    channel.dma_desc_num = 16;  // buffers of 10 ms, so that a slow answer loses nothing
    channel.dma_frame_num = AE_HOP_LENGTH;
    i2s_std_config_t standard = {};
    standard.clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(AE_SAMPLE_RATE);
    standard.slot_cfg =
        I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO);
    standard.slot_cfg.slot_mask = I2S_STD_SLOT_LEFT;  // the default differs from chip to chip
    standard.gpio_cfg.mclk = I2S_GPIO_UNUSED;
    standard.gpio_cfg.bclk = GPIO_NUM_@SCK@;
    standard.gpio_cfg.ws = GPIO_NUM_@WS@;
    standard.gpio_cfg.dout = I2S_GPIO_UNUSED;
    standard.gpio_cfg.din = GPIO_NUM_@SD@;
    i2s_event_callbacks_t callbacks = {};
    callbacks.on_recv_q_ovf = onOverflow;
    return i2s_new_channel(&channel, NULL, &input) == ESP_OK &&
           i2s_channel_init_std_mode(input, &standard) == ESP_OK &&
           i2s_channel_register_event_callback(input, &callbacks, NULL) == ESP_OK &&
           i2s_channel_enable(input) == ESP_OK;
}

void setup() {
    audioEmotionBeginSerial();
    audioEmotionSelfTest(&listener);
@SKETCH_BEGIN@
    ae_microphone_reset(&microphone, AE_GAIN, AE_SHIFT);
    if (!startMicrophone())
        audioEmotionStop(1, "I2S does not start");
}

@SKETCH_LOOP@
    static int32_t words[AE_HOP_LENGTH];
    static int16_t pcm[AE_HOP_LENGTH];
    static uint32_t nTold;
    struct AudioEmotionAnswer answer;
    size_t nBytes = 0;
    if (i2s_channel_read(input, words, sizeof words, &nBytes, 1000) != ESP_OK && Serial)
        Serial.println("I2S gives no samples");
    if (nLost != nTold) {
        audioEmotionLost(nLost - nTold);
        nTold = nLost;
    }
    const size_t n = nBytes / sizeof words[0];
    ae_microphone_convert(&microphone, words, 1, n, pcm);
    audioEmotionTake(&listener, &microphone, pcm, n, &answer);
}
