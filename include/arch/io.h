/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: device register access (ordered against each other). x86_64 adds port I/O in <asm/port.h>. */
#ifndef ARCH_IO_H
#define ARCH_IO_H
#include <tessera/lib/types.h>
static inline uint8_t  io_read8(const volatile void *p);
static inline uint16_t io_read16(const volatile void *p);
static inline uint32_t io_read32(const volatile void *p);
static inline uint64_t io_read64(const volatile void *p);
static inline void io_write8(volatile void *p, uint8_t v);
static inline void io_write16(volatile void *p, uint16_t v);
static inline void io_write32(volatile void *p, uint32_t v);
static inline void io_write64(volatile void *p, uint64_t v);
#include <asm/io.h>
#endif
