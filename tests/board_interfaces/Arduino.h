#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
// The nRF52840's core includes CMSIS; arduino-pico counts cycles itself.
#if defined(ARDUINO_ARCH_MBED) && !defined(ARDUINO_ARCH_RP2040)
#include "cmsis.h"
#elif defined(ARDUINO_ARCH_RP2040) && !defined(ARDUINO_ARCH_MBED)
struct RP2040 {
    uint32_t getCycleCount();
};
extern RP2040 rp2040;
#endif
#define LED_BUILTIN 13
#define OUTPUT      1
#define LOW         0
#define HIGH        1
void pinMode(int pin, int mode);
void digitalWrite(int pin, int value);
int digitalRead(int pin);
void delay(unsigned long milliseconds);
unsigned long millis();
unsigned long micros();

// USB: until somebody opens the port, what is printed is lost.
struct SerialPort {
    void begin(unsigned long baud);
    size_t print(const char *text);
    size_t print(int number);
    size_t print(unsigned int number);
    size_t print(unsigned long number);
    size_t println(const char *text);
    size_t println(unsigned int number);
    size_t println(unsigned long number);
    size_t write(const uint8_t *bytes, size_t n);
    int read();
    explicit operator bool() const;
};
extern SerialPort Serial;
