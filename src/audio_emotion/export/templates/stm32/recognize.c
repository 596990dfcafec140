/* Print the emotion of every utterance from an I2S microphone (INMP441, ICS-43434, SPH0645). */
#include "recognize.h"

#include <stdbool.h>
#include <stdio.h>

#include "@LISTENER_H@"
#include "microphone.h"
#include "model.h"
#include "stats.h" /* the counter of cycles is the clock */
#ifdef AE_SELF_TEST
#include "self_test.h"
#endif

#ifndef AE_GAIN
#define AE_GAIN 24 /* dB: raise it if the level is "too quiet"; 40 for an SPH0645 */
#endif
#ifndef AE_SHIFT
#define AE_SHIFT 0 /* bits that the words come late: 1 for an SPH0645 */
#endif

#define N_BLOCKS 16 /* of 10 ms, so that a slow answer loses nothing */
#define LINE     32 /* bytes of the data cache */

/* The DMA fills one half while the other is copied: left, right, left ... It must not lie in memory
 * that the DMA does not reach, as the DTCM of an STM32H7. */
static int32_t halves[2][2 * AE_HOP_LENGTH] __attribute__((aligned(LINE)));

/* Of the left channel. Counts of blocks since the start. */
static int32_t ring[N_BLOCKS][AE_HOP_LENGTH];
static volatile uint32_t n_written, n_read, n_lost;
static volatile bool failed;

static SAI_HandleTypeDef *input;
static @LISTENER@ listener;

static inline uint32_t now_us(void) {
    static uint64_t cycles;
    cycles += (uint32_t)(AE_CYCLES() - (uint32_t)cycles); /* whose 32 bits last seconds */
    return (uint32_t)(cycles / (SystemCoreClock / 1000000));
}

/* Called from an interrupt. */
static void keep(int32_t *half) {
#if defined(__DCACHE_PRESENT) && __DCACHE_PRESENT == 1
    SCB_InvalidateDCache_by_Addr((void *)half, sizeof halves[0]);
#endif
    if (n_written - n_read == N_BLOCKS) {
        n_lost = n_lost + AE_HOP_LENGTH;
        return;
    }
    for (size_t i = 0; i < AE_HOP_LENGTH; i++)
        ring[n_written % N_BLOCKS][i] = half[2 * i];
    n_written = n_written + 1;
}

void HAL_SAI_RxHalfCpltCallback(SAI_HandleTypeDef *sai) {
    if (sai == input)
        keep(halves[0]);
}

void HAL_SAI_RxCpltCallback(SAI_HandleTypeDef *sai) {
    if (sai == input)
        keep(halves[1]);
}

/* An overrun goes on, any other error stops the DMA: it is started again after both. */
void HAL_SAI_ErrorCallback(SAI_HandleTypeDef *sai) {
    if (sai == input)
        failed = true;
}

static uint32_t last_ms; /* when it last gave samples, or was started */

static bool start_microphone(void) {
    failed = false;
    last_ms = HAL_GetTick();
    return HAL_SAI_Receive_DMA(input, (uint8_t *)halves, sizeof halves / sizeof halves[0][0]) ==
           HAL_OK;
}

@SHOW@

@RECOGNIZE@

@TAKE@

@RUN_SELF_TEST@

void recognize_begin(SAI_HandleTypeDef *sai) {
    input = sai;
    ae_cycles_start();
    run_self_test(&listener);
    ae_microphone_reset(&microphone, AE_GAIN, AE_SHIFT);
@BEGIN@
    if (!start_microphone())
        stop("the SAI does not start: is its DMA circular, of words?");
}

/* Tell of lost samples, and start a microphone again that gives none: whatever stopped it. */
static void supervise(bool silent) {
    static uint32_t n_told;
    if (n_lost != n_told)
        printf("too slow: samples were lost: %u\n", (unsigned)(n_lost - n_told));
    n_told = n_lost;
    if (!silent)
        last_ms = HAL_GetTick();
    if (!failed && HAL_GetTick() - last_ms <= 1000)
        return;
    printf("samples were lost: the microphone is started again\n");
    HAL_SAI_DMAStop(input);
    start_microphone();
}

void recognize_step(void) {
    static int16_t pcm[AE_HOP_LENGTH];
    const bool silent = n_read == n_written;
    supervise(silent);
    if (silent)
        return;
    ae_microphone_convert(&microphone, ring[n_read % N_BLOCKS], 1, AE_HOP_LENGTH, pcm);
    n_read = n_read + 1;
    take(&listener, pcm, AE_HOP_LENGTH);
}
