#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct device;
struct k_mem_slab { size_t block_size; };
#define K_MEM_SLAB_DEFINE_STATIC(name, size, count, alignment) static struct k_mem_slab name = {size}
void k_mem_slab_free(struct k_mem_slab *slab, void *block);
void printk(const char *format, ...);
bool device_is_ready(const struct device *device);
extern const struct device the_device;
#define DT_NODELABEL(label) label
#define DEVICE_DT_GET(node) (&the_device)
