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
