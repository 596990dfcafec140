#ifndef AE_LEVEL_INTERVAL_S
#ifdef AE_STATS
#define AE_LEVEL_INTERVAL_S 1
#else
#define AE_LEVEL_INTERVAL_S 10 /* between lines while nobody speaks */
#endif
#endif

static struct ae_microphone microphone;

/* Print a result, the level since the line before, and what to do about it. */
static void show(const char *result) {
    @PRINT@("%s (%d dBFS) %s\n", result, ae_microphone_dbfs(&microphone),
           ae_microphone_advice[ae_microphone_fault(&microphone)]);
    ae_microphone_restart(&microphone);
}

/* Print what is wrong again and again: the first times nobody may be reading. */
static void stop(const char *what) {
    for (;;) {
        @PRINT@("%s\n", what);
        @SLEEP@;
    }
}

static inline uint32_t now_us(void) {
    return @NOW_US@;
}

/* Print the level from time to time, while nobody speaks; with AE_STATS how busy the processor was,
 * too. `began`: when the processing of the last samples did. */
static void show_level(uint32_t began) {
#ifdef AE_STATS
    static uint32_t busy_us, longest_us, n_samples;
    const uint32_t took_us = now_us() - began;
    busy_us += took_us;
    longest_us = took_us > longest_us ? took_us : longest_us;
    n_samples += AE_HOP_LENGTH;
    if (n_samples >= AE_SAMPLE_RATE) {
        @PRINT@("stats: busy %u %%, longest %u us, stack left %u bytes\n",
               (unsigned)(busy_us / 10000), (unsigned)longest_us, (unsigned)stack_left());
        busy_us = longest_us = n_samples = 0;
    }
#else
    (void)began;
#endif
    if (microphone.n_samples >= AE_LEVEL_INTERVAL_S * AE_SAMPLE_RATE)
        show("listening");
}
