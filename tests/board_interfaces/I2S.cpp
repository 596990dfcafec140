#include "I2S.h"

#include <deque>
#include <vector>

#include "board.h"

namespace {

// Buffers go from empty to the DMA to filled; without an empty one the DMA writes over its own.
struct Dma : board::Driver {
    void take(int32_t word) override;
    std::deque<std::vector<int32_t>> filled;
    std::vector<int32_t> active;
    size_t n_buffers = 6, n_words = 128, offset = 0;
    bool overflow = false, running = false;
    int bits = 16;
};

Dma dma;

void Dma::take(int32_t word) {
    active.push_back(word);
    active.push_back(0);  // the right channel, on which nobody speaks
    if (active.size() < n_words)
        return;
    if (filled.size() + 2 < n_buffers)
        filled.push_back(active);
    else
        overflow = true;
    active.clear();
}

bool next(int32_t *word) {
    while (dma.filled.empty())
        board::run(1);
    *word = dma.filled.front()[dma.offset++];
    if (dma.offset == dma.n_words) {
        dma.filled.pop_front();
        dma.offset = 0;
    }
    return true;
}

}  // namespace

I2S::I2S(int) {}
bool I2S::setBCLK(int pin) {
    return !dma.running && pin < 29;
}
bool I2S::setDATA(int pin) {
    return !dma.running && pin < 30;
}
bool I2S::setBitsPerSample(int bits) {
    dma.bits = bits;
    return !dma.running;
}
bool I2S::setBuffers(size_t buffers, size_t words, int32_t) {
    if (dma.running || buffers < 3 || words < 8)
        return false;
    dma.n_buffers = buffers;
    dma.n_words = words;
    return true;
}
bool I2S::begin(long sample_rate) {
    dma.running = sample_rate == 16000 && dma.bits == 32 && !(board::setting("BOARD_BROKEN", 0) > 0);
    if (dma.running)
        board::attach(&dma);
    return dma.running;
}
int I2S::available() {
    return static_cast<int>(4 * (dma.filled.size() * dma.n_words - dma.offset));
}
bool I2S::read32(int32_t *left, int32_t *right) {
    return dma.running && next(left) && next(right);
}
bool I2S::getOverUnderflow() {
    const bool was = dma.overflow;
    dma.overflow = false;
    return was;
}
