/* Any bytes as the WAV file that a board's firmware reads from its host. */
#include "host.h"
#include "sound.h"
#include "wav.h"

#define PIECE 160

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes file;
static int n_open;

int host_open(const char *path) {
    n_open += path != NULL;
    return 7;
}

int host_read(int handle, void *buffer, size_t size) {
    const size_t n = size < file.n_left ? size : file.n_left;
    EXPECT(handle == 7 && n_open == 1);
    if (n > 0)
        memcpy(buffer, file.next, n);
    file.next += n;
    file.n_left -= n;
    return (int)n;
}

void host_close(int handle) {
    EXPECT(handle == 7);
    n_open--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wav wav;
    file = (struct bytes){data, size};
    if (wav_open(&wav, "any.wav") == NULL) {
        size_t n, n_read = 0;
        do {
            int16_t *const piece = malloc(PIECE * sizeof *piece);
            EXPECT(piece != NULL);
            n = wav_read(&wav, piece, PIECE);
            EXPECT(n <= PIECE);
            n_read += n;
            free(piece);
        } while (n > 0);
        EXPECT(n_read * sizeof(int16_t) <= size);
        wav_close(&wav);
    }
    EXPECT(n_open == 0);
    return 0;
}
