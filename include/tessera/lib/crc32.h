/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32 of IEEE 802.3 (polynomial 0xedb88320, reflected): what zip, gzip and Ethernet use. */
#ifndef TESSERA_LIB_CRC32_H
#define TESSERA_LIB_CRC32_H
#include <tessera/lib/types.h>

/** CRC of @n bytes at @data, continuing @crc (0 to begin). */
uint32_t crc32(uint32_t crc, const void *data, size_t n);
#endif
