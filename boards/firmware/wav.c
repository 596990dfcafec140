#include "wav.h"

#include <stdbool.h>
#include <string.h>

#include "config.h"
#include "host.h"

struct chunk { /* little endian, as all our targets are */
    char id[4];
    uint32_t size;
};

struct format {
    uint16_t coding, n_channels;
    uint32_t sample_rate, bytes_per_second;
    uint16_t frame_bytes, sample_bits;
};

static bool read_exactly(int handle, void *buffer, size_t size) {
    return host_read(handle, buffer, size) == (int)size;
}

static bool skip(int handle, uint32_t size) {
    char unused[64];
    while (size > 0) {
        const uint32_t n = size < sizeof unused ? size : sizeof unused;
        if (!read_exactly(handle, unused, n))
            return false;
        size -= n;
    }
    return true;
}

static const char *find_samples(struct wav *wav) {
    struct format format = {0};
    struct chunk chunk;
    char wave[4];
    if (!read_exactly(wav->handle, &chunk, sizeof chunk) || memcmp(chunk.id, "RIFF", 4) != 0 ||
        !read_exactly(wav->handle, wave, sizeof wave) || memcmp(wave, "WAVE", 4) != 0)
        return "not a WAV file";
    while (read_exactly(wav->handle, &chunk, sizeof chunk)) {
        if (memcmp(chunk.id, "data", 4) == 0) {
            wav->n_left = chunk.size / sizeof(int16_t);
            if (format.coding == 1 && format.n_channels == 1 && format.sample_bits == 16 &&
                format.sample_rate == AE_SAMPLE_RATE)
                return NULL;
            return "not 16 kHz mono 16-bit PCM";
        }
        uint32_t rest = chunk.size;
        if (memcmp(chunk.id, "fmt ", 4) == 0 && chunk.size >= sizeof format) {
            if (!read_exactly(wav->handle, &format, sizeof format))
                break;
            rest -= (uint32_t)sizeof format;
        }
        if (!skip(wav->handle, rest) || !skip(wav->handle, chunk.size & 1)) /* padding */
            break;
    }
    return "no samples";
}

const char *wav_open(struct wav *wav, const char *path) {
    wav->handle = host_open(path);
    if (wav->handle < 0)
        return "no such file";
    const char *const error = find_samples(wav);
    if (error)
        wav_close(wav);
    return error;
}

size_t wav_read(struct wav *wav, int16_t *samples, size_t n) {
    if (n > wav->n_left)
        n = wav->n_left;
    const int n_bytes = host_read(wav->handle, samples, n * sizeof *samples);
    n = n_bytes < 0 ? 0 : (size_t)n_bytes / sizeof *samples;
    wav->n_left -= (uint32_t)n;
    return n;
}

void wav_close(struct wav *wav) {
    host_close(wav->handle);
}
