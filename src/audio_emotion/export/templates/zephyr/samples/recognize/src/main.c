/* Print the emotion of every utterance from the digital microphone. */
#include <zephyr/audio/dmic.h>
#include <zephyr/kernel.h>

#include "@LISTENER_H@"
#include "microphone.h"
#include "model.h"
#ifdef CONFIG_AUDIO_EMOTION_SELF_TEST
#define AE_SELF_TEST
#include "self_test.h"
#endif
#ifdef CONFIG_AUDIO_EMOTION_STATS
/* At the deepest until now. */
static uint32_t stack_left(void) {
    size_t n_bytes = 0;
    k_thread_stack_space_get(k_current_get(), &n_bytes);
    return (uint32_t)n_bytes;
}
#define AE_STATS
#define AE_STACK_LEFT stack_left
#include "stats.h"
#endif

static inline uint32_t now_us(void) {
    static uint64_t cycles;
    cycles += (uint32_t)(k_cycle_get_32() - (uint32_t)cycles); /* whose 32 bits may last seconds */
    return (uint32_t)k_cyc_to_us_floor64(cycles);
}

#define BLOCK_BYTES (AE_HOP_LENGTH * sizeof(int16_t)) /* 10 ms */
#define TIMEOUT_MS  200

/* The DMA fills one block while another is processed. */
K_MEM_SLAB_DEFINE_STATIC(blocks, BLOCK_BYTES, 16, 4);

static int start_microphone(const struct device *input) {
    struct pcm_stream_cfg stream = {
        .pcm_rate = AE_SAMPLE_RATE,
        .pcm_width = 16,
        .block_size = BLOCK_BYTES,
        .mem_slab = &blocks,
    };
    struct dmic_cfg config = {
        .io = {.min_pdm_clk_freq = 1000000,
               .max_pdm_clk_freq = 3500000,
               .min_pdm_clk_dc = 40,
               .max_pdm_clk_dc = 60},
        .streams = &stream,
        .channel = {.req_num_streams = 1,
                    .req_num_chan = 1,
                    .req_chan_map_lo = dmic_build_channel_map(0, 0, PDM_CHAN_LEFT)},
    };
    const int error = dmic_configure(input, &config);
    return error < 0 ? error : dmic_trigger(input, DMIC_TRIGGER_START);
}

@SHOW@

@RECOGNIZE@

@TAKE@

@RUN_SELF_TEST@

int main(void) {
    static @LISTENER@ listener;
    const struct device *const input = DEVICE_DT_GET(DT_NODELABEL(dmic_dev));
    run_self_test(&listener);
    ae_microphone_reset(&microphone, CONFIG_MICROPHONE_GAIN, 0);
    if (!device_is_ready(input) || start_microphone(input) < 0)
        stop("the microphone does not start");
@BEGIN@
    for (;;) {
        void *block;
        size_t n_bytes;
        if (dmic_read(input, 0, &block, &n_bytes, TIMEOUT_MS) < 0) {
            /* A driver that finds no free block stops, and gives what it has until then. */
            printk("samples were lost: the microphone is started again\n");
            dmic_trigger(input, DMIC_TRIGGER_STOP);
            dmic_trigger(input, DMIC_TRIGGER_START);
            continue;
        }
        ae_microphone_amplify(&microphone, block, n_bytes / sizeof(int16_t));
        take(&listener, block, n_bytes / sizeof(int16_t));
        k_mem_slab_free(&blocks, block);
    }
}
