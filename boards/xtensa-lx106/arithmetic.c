/* What the compiler calls for operations the processor lacks. libgcc leaves these out: on an
 * ESP8266 they are in the ROM. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t numerator, uint32_t denominator);
uint32_t __umodsi3(uint32_t numerator, uint32_t denominator);
int32_t __divsi3(int32_t numerator, int32_t denominator);
int64_t __muldi3(int64_t a, int64_t b);
uint64_t __udivdi3(uint64_t numerator, uint64_t denominator);

struct division {
    uint32_t quotient, remainder;
};

/* Long division, one bit at a time. */
static struct division divide(uint32_t numerator, uint32_t denominator) {
    struct division result = {0, 0};
    for (int bit = 31; bit >= 0; bit--) {
        const uint32_t top = result.remainder >> 31;
        result.remainder = result.remainder << 1 | (numerator >> bit & 1);
        if (top || result.remainder >= denominator) {
            result.remainder -= denominator;
            result.quotient |= 1u << bit;
        }
    }
    return result;
}

uint32_t __udivsi3(uint32_t numerator, uint32_t denominator) {
    return divide(numerator, denominator).quotient;
}

uint32_t __umodsi3(uint32_t numerator, uint32_t denominator) {
    return divide(numerator, denominator).remainder;
}

int32_t __divsi3(int32_t numerator, int32_t denominator) {
    const uint32_t n = numerator < 0 ? 0u - (uint32_t)numerator : (uint32_t)numerator;
    const uint32_t d = denominator < 0 ? 0u - (uint32_t)denominator : (uint32_t)denominator;
    const uint32_t quotient = divide(n, d).quotient;
    return (int32_t)((numerator ^ denominator) < 0 ? 0u - quotient : quotient);
}

/* The 64-bit product of two words, from products of their halves. */
static uint64_t multiply(uint32_t a, uint32_t b) {
    const uint32_t low = (a & 0xffff) * (b & 0xffff);
    const uint32_t left = (a >> 16) * (b & 0xffff);
    const uint32_t right = (a & 0xffff) * (b >> 16);
    const uint32_t carry = (low >> 16) + (left & 0xffff) + (right & 0xffff);
    const uint32_t high = (a >> 16) * (b >> 16) + (left >> 16) + (right >> 16) + (carry >> 16);
    return (uint64_t)high << 32 | carry << 16 | (low & 0xffff);
}

int64_t __muldi3(int64_t a, int64_t b) {
    const uint32_t a_low = (uint32_t)a, a_high = (uint32_t)((uint64_t)a >> 32);
    const uint32_t b_low = (uint32_t)b, b_high = (uint32_t)((uint64_t)b >> 32);
    const uint32_t crossed = a_high * b_low + a_low * b_high;
    return (int64_t)(multiply(a_low, b_low) + ((uint64_t)crossed << 32));
}

uint64_t __udivdi3(uint64_t numerator, uint64_t denominator) {
    uint64_t quotient = 0, remainder = 0;
    for (int bit = 63; bit >= 0; bit--) {
        const uint64_t top = remainder >> 63;
        remainder = remainder << 1 | (numerator >> bit & 1);
        if (top || remainder >= denominator) {
            remainder -= denominator;
            quotient |= (uint64_t)1 << bit;
        }
    }
    return quotient;
}
