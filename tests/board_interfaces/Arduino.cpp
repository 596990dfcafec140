#include "Arduino.h"

#include <string>

#include "board.h"

SerialPort Serial;
static int pins[64];
static bool is_output[64];

void setup();
void loop();

int main() {
    setup();
    for (;;) {
        loop();
        board::loop_ends();
    }
}

void pinMode(int pin, int mode) {
    is_output[pin] = mode == OUTPUT;
}
void digitalWrite(int pin, int value) {
    if (!is_output[pin])
        printf("digitalWrite: pin %d is no output\n", pin);
    pins[pin] = value;
}
int digitalRead(int pin) {
    return pins[pin];
}
void delay(unsigned long milliseconds) {
    board::run(16 * milliseconds);
}
unsigned long millis() {
    return static_cast<unsigned long>(board::now() / 16);
}

unsigned long micros() {
    return static_cast<unsigned long>(board::microseconds());
}
#if defined(ARDUINO_ARCH_RP2040) && !defined(ARDUINO_ARCH_MBED)
RP2040 rp2040;
uint32_t RP2040::getCycleCount() {
    return static_cast<uint32_t>(board::microseconds() * 133);
}
#endif

void SerialPort::begin(unsigned long) {}
SerialPort::operator bool() const {
    return board::now() >= 16000 * board::setting("BOARD_USB_S", 0.2);
}
size_t SerialPort::write(const uint8_t *bytes, size_t n) {
    if (*this)
        fwrite(bytes, 1, n, stdout);
    board::run(n / 64);
    return n;
}
size_t SerialPort::print(const char *text) {
    return write(reinterpret_cast<const uint8_t *>(text), strlen(text));
}
size_t SerialPort::print(int number) {
    return print(std::to_string(number).c_str());
}
size_t SerialPort::print(unsigned int number) {
    return print(std::to_string(number).c_str());
}
size_t SerialPort::print(unsigned long number) {
    return print(std::to_string(number).c_str());
}
size_t SerialPort::println(const char *text) {
    return print((std::string(text) + "\n").c_str());
}
size_t SerialPort::println(unsigned int number) {
    return println(std::to_string(number).c_str());
}
size_t SerialPort::println(unsigned long number) {
    return println(std::to_string(number).c_str());
}
int SerialPort::read() {
    return -1;
}
