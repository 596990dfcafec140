#include "net_file.h"

#include <stdbool.h>
#include <string.h>

#include "net_check.h"

/* CRC-32 of IEEE 802.3, four bits at a time. */
static uint32_t crc32(const uint8_t *bytes, size_t n) {
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    uint32_t crc = 0xFFFFFFFF;
    for (const uint8_t *end = bytes + n; bytes != end; bytes++) {
        crc ^= *bytes;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* Whether these are the bytes of a network of this core, as they were written. */
static bool is_whole(const struct ae_net_header *header, size_t n) {
    const uint8_t *bytes = header->magic;
    uint32_t crc;
    if (n < sizeof *header + sizeof crc || memcmp(header->magic, "AEM1", 4) != 0 ||
        header->format != AE_NET_FORMAT || header->header_bytes != sizeof *header ||
        header->front_end_hash != AE_FRONT_END_HASH || header->n_bytes % 4 != 0 ||
        header->n_bytes > n || header->n_bytes < sizeof *header + sizeof crc)
        return false;
    memcpy(&crc, bytes + header->n_bytes - sizeof crc, sizeof crc);
    return crc == crc32(bytes, header->n_bytes - sizeof crc);
}

int ae_net_open(struct ae_net *net, const void *bytes, size_t n) {
    if (net == NULL || bytes == NULL || (uintptr_t)bytes % 4 != 0)
        return AE_ERR_ARG;
    const struct ae_net_header *header = bytes;
    return is_whole(header, n) && ae_net_check(header, net) ? AE_OK : AE_ERR_MODEL;
}
