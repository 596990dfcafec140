/* 16 kHz mono 16-bit WAV, read from the host in pieces. */
#ifndef WAV_H
#define WAV_H

#include <stddef.h>
#include <stdint.h>

struct wav {
    int handle;
    uint32_t n_left; /* samples not read yet */
};

/* Returns NULL, or why it cannot be read. */
const char *wav_open(struct wav *wav, const char *path);

/* Returns how many samples were read: fewer than `n` only at the end, then 0. */
size_t wav_read(struct wav *wav, int16_t *samples, size_t n);

void wav_close(struct wav *wav);

#endif
