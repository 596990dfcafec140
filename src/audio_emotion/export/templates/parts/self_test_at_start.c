#ifdef AE_SELF_TEST /* make DEFINES=-DAE_SELF_TEST */
#include <time.h>

#include "self_test.h"

static uint32_t now_us(void) {
    return (uint32_t)((double)clock() * 1e6 / CLOCKS_PER_SEC);
}
#endif

/* With AE_SELF_TEST: recognize a recording; false if anything differs from Python. */
static bool self_test(void) {
    const char *wrong = NULL;
#ifdef AE_SELF_TEST
    static @LISTENER@ tested;
    uint32_t answer_us;
    wrong = ae_self_test(&tested, now_us, &answer_us);
    if (wrong != NULL)
        puts(wrong);
    else
        printf("self-test passed, %u.%u ms an answer\n", (unsigned)(answer_us / 1000),
               (unsigned)(answer_us / 100 % 10));
#endif
    return wrong == NULL;
}
