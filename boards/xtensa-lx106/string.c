/* For a target without a C library. */
#include "string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n) {
    char *target = to;
    const char *source = from;
    if (target < source)
        for (size_t i = 0; i < n; i++)
            target[i] = source[i];
    else
        while (n-- > 0)
            target[n] = source[n];
    return to;
}

void *memset(void *to, int value, size_t n) {
    for (char *target = to; n > 0; n--)
        *target++ = (char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *left = a, *right = b;
    for (; n > 0; n--, left++, right++)
        if (*left != *right)
            return *left - *right;
    return 0;
}

size_t strlen(const char *text) {
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

char *strchr(const char *text, int wanted) {
    while (*text != (char)wanted)
        if (*text++ == 0)
            return NULL;
    return (char *)text;
}
