static void run_self_test(@LISTENER@ *listener) {
#ifdef AE_SELF_TEST
    uint32_t answer_us;
    const char *wrong = ae_self_test(listener, now_us, &answer_us);
    if (wrong != NULL)
        stop(wrong);
    @PRINT@("self-test passed, %u.%u ms an answer\n", (unsigned)(answer_us / 1000),
           (unsigned)(answer_us / 100 % 10));
#else
    (void)listener;
#endif
}
