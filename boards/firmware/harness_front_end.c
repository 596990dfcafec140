/* The integer front end, for a processor whose compiler has no floating point: the spectrum and
 * the log-mel energies of every frame, as one hash. */
#include "harness.h"

#include <string.h>

#include "framer.h"
#include "json.h"
#include "mel.h"
#include "spectrum.h"

static int16_t samples[AE_FRAME_LENGTH + AE_HOP_LENGTH];
static struct ae_hop hop;
static struct ae_spectrum_work work;
static struct ae_spectrum spectrum;
static int16_t log_mel[AE_N_MELS];

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash_more(uint32_t hash, const void *data, size_t size) {
    for (const uint8_t *byte = data; size > 0; size--)
        hash = (hash ^ *byte++) * 16777619u;
    return hash;
}

void harness_describe(void) {
}

const char *harness_run(struct wav *recording, uint32_t piece_length) {
    static int16_t piece[PIECE_LENGTH];
    uint32_t hash = 2166136261u, n_frames = 0;
    size_t n;
    memset(samples, 0, sizeof samples);
    ae_hop_reset(&hop);
    while ((n = wav_read(recording, piece, piece_length)) > 0) {
        const int16_t *pcm = piece;
        while (ae_hop_next_frame(&hop, samples, AE_FRAME_LENGTH, &pcm, &n)) {
            ae_spectrum_compute(samples, &work, &spectrum);
            ae_log_mel(&spectrum, log_mel);
            hash = hash_more(hash, &spectrum, sizeof spectrum);
            hash = hash_more(hash, log_mel, sizeof log_mel);
            n_frames++;
        }
    }
    json_field("frames", n_frames);
    json_field("front_end_hash", hash);
    return NULL;
}
