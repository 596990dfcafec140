#include "json.h"

#include <string.h>

#include "host.h"

void json_number(uint32_t number) {
    char text[11], *digit = text + sizeof text - 1;
    *digit = 0;
    do
        *--digit = (char)('0' + number % 10);
    while (number /= 10);
    host_print(digit);
}

static void name_value(const char *name) {
    host_print(", \"");
    host_print(name);
    host_print("\": ");
}

void json_field(const char *name, uint32_t value) {
    name_value(name);
    json_number(value);
}

void json_text(const char *name, const char *text) {
    name_value(name);
    host_print(text ? "\"" : "null");
    if (text == NULL)
        return;
    host_print(text);
    host_print("\"");
}

static void print_bits(float value) {
    static const char digits[] = "0123456789abcdef";
    char text[] = "\"01234567\"";
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 8; i >= 1; i--, bits >>= 4)
        text[i] = digits[bits & 15];
    host_print(text);
}

void json_floats(const char *name, const float *values, size_t n) {
    name_value(name);
    host_print("[");
    for (size_t i = 0; i < n; i++) {
        host_print(i ? ", " : "");
        print_bits(values[i]);
    }
    host_print("]");
}
