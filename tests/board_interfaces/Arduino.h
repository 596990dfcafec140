#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#define LED_BUILTIN 13
#define OUTPUT 1
void pinMode(int pin, int mode);
void digitalWrite(int pin, int value);
int digitalRead(int pin);
struct SerialPort {
    void begin(unsigned long baud);
    size_t println(const char *text);
    int read();
};
extern SerialPort Serial;
