/* Float32 arithmetic of IEEE 754, rounded to nearest, ties to even, that Debian's libgcc leaves out
 * of this target; the other operations are there. */
#include <stdint.h>
#include <string.h>

#define SIGN     0x80000000u
#define INFINITE 0x7f800000u
#define A_NAN    0x7fc00000u
#define BIAS     127
/* A significand is worked on with its leading bit as bit 30: 7 bits more than are kept. */
#define LEADING (1u << 30)
#define EXTRA   7

float __addsf3(float a, float b);
float __subsf3(float a, float b);
float __mulsf3(float a, float b);
float __floatsisf(int32_t value);
float __floatunsisf(uint32_t value);
uint32_t __fixunssfsi(float value);

static uint32_t to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Shifted to the right; the lowest bit is set if any bit was lost. */
static uint32_t shifted(uint32_t value, int n) {
    if (n >= 32)
        return value != 0;
    return n == 0 ? value : value >> n | (value << (32 - n) != 0);
}

/* The biased exponent, 1 for a subnormal number; *significand has its leading bit, if there is one.
 */
static int unpack(uint32_t bits, uint32_t *significand) {
    const int exponent = (int)(bits >> 23 & 0xff);
    *significand = (bits & 0x7fffff) << EXTRA;
    if (exponent == 0)
        return 1;
    *significand |= LEADING;
    return exponent;
}

/* Move the leading bit to its place; 0 stays. Returns the exponent that belongs to it. */
static int normalize(uint32_t *significand, int exponent) {
    if (*significand & SIGN) {
        *significand = shifted(*significand, 1);
        return exponent + 1;
    }
    for (; *significand != 0 && !(*significand & LEADING); exponent--)
        *significand <<= 1;
    return exponent;
}

/* A normalized significand, or 0, rounded. */
static float pack(uint32_t sign, int exponent, uint32_t significand) {
    if (significand == 0)
        return from_bits(sign);
    if (exponent >= 0xff)
        return from_bits(sign | INFINITE);
    if (exponent < 1) {
        significand = shifted(significand, 1 - exponent);
        exponent = 1;
    }
    const uint32_t half = (1u << (EXTRA - 1)) - 1 + (significand >> EXTRA & 1);
    /* The leading bit adds 1 to the exponent; so does a carry. */
    return from_bits(sign | (((uint32_t)(exponent - 1) << 23) + ((significand + half) >> EXTRA)));
}

float __addsf3(float left, float right) {
    uint32_t a = to_bits(left), b = to_bits(right), x, y;
    if ((a & ~SIGN) < (b & ~SIGN)) {
        const uint32_t larger = b;
        b = a;
        a = larger;
    }
    const uint32_t sign = a & SIGN, differs = (a ^ b) & SIGN;
    if ((a & ~SIGN) >= INFINITE)
        return from_bits((a & ~SIGN) > INFINITE || (differs && (b & ~SIGN) == INFINITE) ? A_NAN
                                                                                        : a);
    int exponent = unpack(a, &x);
    const int smaller = unpack(b, &y);
    y = shifted(y, exponent - smaller);
    x = differs ? x - y : x + y;
    exponent = normalize(&x, exponent);
    return pack(differs && x == 0 ? 0 : sign, exponent, x);
}

float __subsf3(float left, float right) {
    return __addsf3(left, from_bits(to_bits(right) ^ SIGN));
}

float __mulsf3(float left, float right) {
    const uint32_t a = to_bits(left), b = to_bits(right), sign = (a ^ b) & SIGN;
    const uint32_t x = a & ~SIGN, y = b & ~SIGN;
    uint32_t u, v;
    if (x > INFINITE || y > INFINITE || (x == INFINITE && y == 0) || (y == INFINITE && x == 0))
        return from_bits(A_NAN);
    if (x == INFINITE || y == INFINITE)
        return from_bits(sign | INFINITE);
    int exponent = unpack(a, &u);
    exponent = normalize(&u, exponent) - BIAS;
    const int other = unpack(b, &v);
    exponent += normalize(&v, other);
    const uint64_t product = (uint64_t)u * v; /* its leading bit is bit 60 or 61 */
    uint32_t significand = (uint32_t)(product >> 30) | ((product & (LEADING - 1)) != 0);
    exponent = normalize(&significand, exponent);
    return pack(sign, exponent, significand);
}

float __floatunsisf(uint32_t value) {
    const int exponent = normalize(&value, BIAS + 30);
    return pack(0, exponent, value);
}

float __floatsisf(int32_t value) {
    const uint32_t magnitude = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    return from_bits((value < 0 ? SIGN : 0) | to_bits(__floatunsisf(magnitude)));
}

uint32_t __fixunssfsi(float value) {
    const uint32_t bits = to_bits(value);
    uint32_t significand;
    const int n_integer = unpack(bits, &significand) - BIAS + 1; /* bits before the point */
    if ((bits & SIGN) || n_integer < 1)
        return 0;
    return n_integer > 32 ? UINT32_MAX : (uint32_t)((uint64_t)significand << n_integer >> 31);
}
