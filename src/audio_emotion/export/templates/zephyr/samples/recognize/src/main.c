/* Print the emotion of every utterance from the digital microphone. */
#include <zephyr/audio/dmic.h>
#include <zephyr/kernel.h>

#include "@LISTENER_H@"
#include "model.h"

#define BLOCK_BYTES (AE_HOP_LENGTH * sizeof(int16_t)) /* 10 ms */

/* The DMA fills one block while another is processed. */
K_MEM_SLAB_DEFINE_STATIC(blocks, BLOCK_BYTES, 8, 4);

static int start_microphone(const struct device *microphone) {
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
    const int error = dmic_configure(microphone, &config);
    return error < 0 ? error : dmic_trigger(microphone, DMIC_TRIGGER_START);
}

@RECOGNIZE@

int main(void) {
    static @LISTENER@ listener;
    const struct device *const microphone = DEVICE_DT_GET(DT_NODELABEL(dmic_dev));
    if (!device_is_ready(microphone) || start_microphone(microphone) < 0) {
        printk("the microphone does not start\n");
        return 0;
    }
@BEGIN@
    for (;;) {
        void *pcm;
        uint32_t n_bytes;
        if (dmic_read(microphone, 0, &pcm, &n_bytes, 1000) < 0)
            continue;
        recognize(&listener, pcm, n_bytes / sizeof(int16_t));
        k_mem_slab_free(&blocks, pcm);
    }
}
