/* With -DAE_SELF_TEST: what JavaScript calls to compare with Python. */
#ifdef AE_SELF_TEST
#include "model.h"

#include "self_test.h"

/* JavaScript measures the time. */
static uint32_t no_clock(void) {
    return 0;
}

/* What differs; "" if nothing does. */
__attribute__((export_name("self_test"))) const char *self_test(void) {
    static @LISTENER@ listener;
    uint32_t answer_us;
    const char *wrong = ae_self_test(&listener, no_clock, &answer_us);
    return wrong == NULL ? "" : wrong;
}
#endif
