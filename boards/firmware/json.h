/* The few shapes of JSON that the firmware prints. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

void json_number(uint32_t number);

/* , "name": value */
void json_field(const char *name, uint32_t value);

/* , "name": "text", or null for NULL -- the text must need no escapes */
void json_text(const char *name, const char *text);

/* , "name": ["3f800000", ...] -- the bits of each float32, so that nothing is rounded */
void json_floats(const char *name, const float *values, size_t n);

#endif
