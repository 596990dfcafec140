#pragma once
#include <stddef.h>
struct PDMClass {
    int begin(int channels, int sample_rate);
    int available();
    int read(void *buffer, size_t size);
    void onReceive(void (*)(void));
    void setBufferSize(int size);
};
extern PDMClass PDM;
