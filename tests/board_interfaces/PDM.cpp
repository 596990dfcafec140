#include "PDM.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "board.h"

#ifdef ARDUINO_ARCH_RP2040
static const size_t interrupt_samples = 64;  // of its raw buffer: whatever the size that is set
static int gain = 16;
static double factor() {
    return 4.0;  // its integer divisor is 1 from a gain of 4 on
}
static const double limit = 32700;
#else
static int gain = -1;  // half dB from -20 dB; the default is 20
static double factor() {
    return std::pow(10, ((gain < 0 ? 20 : gain) - 40) / 40.0);
}
static const double limit = 32767;
#endif

namespace {

struct Filter : board::Driver {
    void take(int32_t word) override;
    void interrupt();
};

Filter filter;
void (*callback)(void);
size_t buffer_bytes = 512, n_read;
std::vector<int16_t> filling, full;
bool running;

void Filter::take(int32_t word) {
    if (!running)
        return;
    const double value = std::floor(word / 65536.0 * factor());
    filling.push_back(static_cast<int16_t>(std::min(std::max(value, -limit), limit)));
#ifdef ARDUINO_ARCH_RP2040
    if (filling.size() == interrupt_samples)
        interrupt();
#else
    if (filling.size() == buffer_bytes / 2)
        interrupt();
#endif
}

void Filter::interrupt() {
    if (PDM.available() > 0) {  // overflow: it stops, and nothing but begin() starts it again
        running = false;
        return;
    }
    full.swap(filling);
    filling.clear();
    n_read = 0;
    if (callback != nullptr)
        callback();
}

}  // namespace

PDMClass PDM;

int PDMClass::begin(int channels, int sample_rate) {
    if (channels != 1 || sample_rate != 16000 || board::setting("BOARD_BROKEN", 0) > 0)
        return 0;
    filling.clear();
    full.clear();
    n_read = 0;
    running = true;
    board::attach(&filter);
#ifndef ARDUINO_ARCH_RP2040
    filling.assign(buffer_bytes / 2, 0);  // the first interrupt comes before any sample
    filter.interrupt();
#endif
    return 1;
}
void PDMClass::end() {
    running = false;
}
int PDMClass::available() {
    return static_cast<int>(2 * full.size() - n_read);
}
int PDMClass::read(void *buffer, size_t size) {
    const size_t n = std::min(size, 2 * full.size() - n_read);
    std::memcpy(buffer, reinterpret_cast<const uint8_t *>(full.data()) + n_read, n);
    n_read += n;
    return static_cast<int>(n);
}
void PDMClass::onReceive(void (*function)(void)) {
    callback = function;
}
void PDMClass::setGain(int value) {
    gain = value;
}
void PDMClass::setBufferSize(int size) {
    buffer_bytes = static_cast<size_t>(size);
}
