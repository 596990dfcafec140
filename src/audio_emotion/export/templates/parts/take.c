/* Recognize n samples, which the microphone has converted. Prints the level from time to time while
 * nobody speaks; with AE_STATS also what that took. */
static void take(@LISTENER@ *listener, const int16_t *pcm, size_t n) {
#ifdef AE_STATS
    static struct ae_stats stats;
    char line[AE_STATS_LINE];
    ae_stats_begin(&stats, now_us());
    recognize(listener, pcm, n);
    if (ae_stats_end(&stats, now_us(), n))
        @PRINT@("%s\n", ae_stats_line(&stats, line));
#else
    recognize(listener, pcm, n);
#endif
    if (microphone.n_samples >= AE_LEVEL_INTERVAL_S * AE_SAMPLE_RATE)
        show("listening");
}
