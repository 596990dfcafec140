/* The integer part of the core, for a processor whose compiler brings no floating point:
 * the spectrum and the log-mel energies of every frame, as one hash. */
#include "hear.h"

#include <string.h>

#include "framer.h"
#include "json.h"
#include "mel.h"
#include "spectrum.h"

static struct ae_framer framer;
static struct ae_spectrum_work work;
static struct ae_spectrum spectrum;
static int16_t log_mel[AE_N_MELS];

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash_more(uint32_t hash, const void *data, size_t size) {
    for (const uint8_t *byte = data; size > 0; size--)
        hash = (hash ^ *byte++) * 16777619u;
    return hash;
}

void hear_describe(void) {
}

const char *hear(struct wav *recording, uint32_t piece_length) {
    static int16_t piece[PIECE_LENGTH];
    uint32_t hash = 2166136261u, n_frames = 0;
    size_t n;
    memset(&framer, 0, sizeof framer);
    ae_framer_reset(&framer);
    while ((n = wav_read(recording, piece, piece_length)) > 0) {
        const int16_t *pcm = piece;
        while (n > 0) {
            const size_t taken = ae_framer_take(&framer, pcm, n);
            pcm += taken;
            n -= taken;
            if (framer.missing > 0)
                continue;
            ae_framer_advance(&framer);
            ae_spectrum_compute(framer.samples + AE_HISTORY_LENGTH - AE_FRAME_LENGTH, &work,
                                &spectrum);
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
