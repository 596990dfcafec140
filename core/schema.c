#include "schema.h"

#include <string.h>

static const char *const functional_names[AE_N_FUNCTIONALS] = {
    "mean", "std",    "skewness",   "range",     "p20",       "p50",
    "p80",  "spread", "delta_mean", "delta_std", "delta_abs",
};

#define NAME(id, name) name,
static const char *const utterance_names[AE_N_RHYTHM + AE_N_VOICE_QUALITY] = {
    AE_RHYTHM_TABLE(NAME) AE_VOICE_QUALITY_TABLE(NAME)};

/* Append to a name of the given length and return the new one. */
static size_t append(char *name, size_t length, const char *text) {
    const size_t more = strlen(text);
    memcpy(name + length, text, more + 1);
    return length + more;
}

static size_t append_number(char *name, size_t length, size_t number, bool two_digits) {
    char text[4] = "_";
    size_t digits = 1;
    if (two_digits)
        text[digits++] = (char)('0' + number / 10);
    text[digits++] = (char)('0' + number % 10);
    text[digits] = 0;
    return append(name, length, text);
}

static size_t count_functionals(uint16_t functionals) {
    size_t n = 0;
    for (; functionals != 0; functionals &= (uint16_t)(functionals - 1))
        n++;
    return n;
}

/* The name of the i-th descriptor of a group; returns its length. */
static size_t name_descriptor(const struct ae_descriptor_group *group, size_t i, char *name) {
    const size_t length = append(name, 0, group->name);
    return group->count > 1 ? append_number(name, length, i + 1, group->count > 9) : length;
}

/* The name of the which-th functional of the i-th descriptor of a row. */
static void compose(const struct ae_functional_row *row, size_t i, size_t which, char *name) {
    const struct ae_descriptor_group *group = &ae_descriptor_groups[row->group];
    size_t length = name_descriptor(group, i, name);
    if (row->domain == AE_VOICED && group->first < AE_F0)
        length = append(name, length, "_voiced");
    size_t f = 0;
    while (!(row->functionals >> f & 1) || which-- > 0)
        f++;
    length = append(name, length, "_");
    append(name, length, functional_names[f]);
}

void ae_schema_name(size_t index, char name[AE_NAME_LENGTH]) {
    for (size_t r = 0; r < AE_N_FUNCTIONAL_ROWS; r++) {
        const struct ae_functional_row *row = &ae_functional_rows[r];
        const size_t each = count_functionals(row->functionals);
        const size_t n = ae_descriptor_groups[row->group].count * each;
        if (index < n) {
            compose(row, index / each, index % each, name);
            return;
        }
        index -= n;
    }
    append(name, 0, utterance_names[index]);
}

void ae_schema_descriptor_name(size_t index, char name[AE_NAME_LENGTH]) {
    const struct ae_descriptor_group *group = ae_descriptor_groups;
    while (index >= (size_t)group->first + group->count)
        group++;
    name_descriptor(group, index - group->first, name);
}

static uint32_t fnv1a(uint32_t hash, uint8_t byte) {
    return (hash ^ byte) * 16777619u;
}

uint32_t ae_schema_hash(void) {
    uint32_t hash = fnv1a(2166136261u, AE_SCHEMA_VERSION);
    for (size_t i = 0; i < AE_N_FEATURES; i++) {
        char name[AE_NAME_LENGTH];
        ae_schema_name(i, name);
        for (size_t c = 0; c <= strlen(name); c++)
            hash = fnv1a(hash, (uint8_t)name[c]);
    }
    return hash;
}
