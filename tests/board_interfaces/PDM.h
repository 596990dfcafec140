// The PDM library of Arduino's Mbed core: of the nRF52840, or of the RP2040 with -DARDUINO_ARCH_RP2040.
#pragma once
#include <stddef.h>
struct PDMClass {
    int begin(int channels, int sample_rate);
    void end();
    int available();
    int read(void *buffer, size_t size);
    void onReceive(void (*)(void));
    void setGain(int gain);
    void setBufferSize(int size);
};
extern PDMClass PDM;
