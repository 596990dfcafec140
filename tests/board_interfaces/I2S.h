// The I2S library of arduino-pico, as an input.
#pragma once
#include <stddef.h>
#include <stdint.h>
#define INPUT 0
struct I2S {
    explicit I2S(int direction);
    bool setBCLK(int pin);
    bool setDATA(int pin);
    bool setBitsPerSample(int bits);
    bool setBuffers(size_t buffers, size_t words, int32_t silence = 0);
    bool begin(long sample_rate);
    int available();  // bytes
    bool read32(int32_t *left, int32_t *right);
    bool getOverUnderflow();
};
