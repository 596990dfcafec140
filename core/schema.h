/* Names of the features. */
#ifndef AE_SCHEMA_H
#define AE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "functionals.h"

#define AE_NAME_LENGTH 32 /* bytes of the longest name and its closing zero, at most */

/* Raise it when a feature keeps its name but no longer means the same. */
#define AE_SCHEMA_VERSION 2

/* Identifies the names, their order and the version. A model carries the hash of
 * the features it was trained on, to be compared before it is used. */
#define AE_SCHEMA_HASH 0xD478438Au

/* The same, computed: FNV-1a of the version, one byte, and all names with their
 * closing zeros. A test compares the two and prints the new one. */
uint32_t ae_schema_hash(void);

/* "<descriptor>_<functional>" of feature index, which is below AE_N_FEATURES. Between
 * the two stands "voiced" where only voiced frames count though all have a value:
 * hammarberg_voiced_mean. */
void ae_schema_name(size_t index, char name[AE_NAME_LENGTH]);

/* The name of descriptor `index`, which is below AE_N_DESCRIPTORS. */
void ae_schema_descriptor_name(size_t index, char name[AE_NAME_LENGTH]);

#endif
