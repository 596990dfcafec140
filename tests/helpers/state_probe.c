#include "listener.h"

const size_t probe_state = sizeof(struct ae_state);
const size_t probe_listener = sizeof(struct ae_listener);
const size_t probe_front_end = sizeof(((struct ae_state *)0)->samples) + sizeof(struct ae_hop) +
                               sizeof(struct ae_spectrum_work) + sizeof(struct ae_spectrum) +
                               AE_N_MELS * sizeof(int16_t);
