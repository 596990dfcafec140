/* The few shapes of JSON that the firmware prints. */
#ifndef JSON_H
#define JSON_H

#include <stdint.h>

void json_number(uint32_t number);

/* , "name": value */
void json_field(const char *name, uint32_t value);

/* , "name": "text" -- the text must need no escapes */
void json_text(const char *name, const char *text);

/* The bits of a float32 as a string of 8 hexadecimal digits: nothing is rounded. */
void json_bits(float value);

#endif
