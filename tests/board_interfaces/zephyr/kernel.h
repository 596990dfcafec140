#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
struct device {
    const char *name;
};
struct k_mem_slab {
    size_t block_size;
    uint32_t num_blocks;
    char *buffer;
    bool *used;
};
#define K_MEM_SLAB_DEFINE_STATIC(name, size, count, alignment)                                     \
    static char name##_buffer[(count) * (size)] __attribute__((aligned(alignment)));               \
    static bool name##_used[count];                                                                \
    static struct k_mem_slab name = {size, count, name##_buffer, name##_used}
int k_mem_slab_alloc(struct k_mem_slab *slab, void **block, int32_t timeout);
void k_mem_slab_free(struct k_mem_slab *slab, void *block); /* of 3.5 and newer */
struct k_thread;
struct k_thread *k_current_get(void);
int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused);
uint32_t k_cycle_get_32(void);
uint64_t k_cyc_to_us_floor64(uint64_t cycles);
int32_t k_msleep(int32_t milliseconds);
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool device_is_ready(const struct device *device);
extern const struct device the_device;
#define DT_NODELABEL(label)  label
#define DEVICE_DT_GET(node) (&the_device)
/* Of the sample's Kconfig. */
#ifndef CONFIG_MICROPHONE_GAIN
#define CONFIG_MICROPHONE_GAIN 24
#endif
#ifdef __cplusplus
}
#endif
