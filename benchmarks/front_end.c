/* The front end alone, frame after frame: the input of a network over log-mel frames. */
#include <stddef.h>

#include "mel.h"
#include "spectrum.h"

size_t front_end(const int16_t *samples, size_t n, int16_t (*log_mel)[AE_N_MELS]);

/* Writes one row for every complete frame and returns how many there are. */
size_t front_end(const int16_t *samples, size_t n, int16_t (*log_mel)[AE_N_MELS]) {
    struct ae_spectrum_work work;
    struct ae_spectrum spectrum;
    size_t n_frames = 0;
    for (size_t at = 0; at + AE_FRAME_LENGTH <= n; at += AE_HOP_LENGTH) {
        ae_spectrum_compute(samples + at, &work, &spectrum);
        ae_log_mel(&spectrum, log_mel[n_frames++]);
    }
    return n_frames;
}
