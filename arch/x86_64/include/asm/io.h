/* SPDX-License-Identifier: BSD-2-Clause */
/* Device registers: uncached accesses are strongly ordered by the processor; volatile and the clobber bind the compiler. */
#ifndef ASM_IO_H
#define ASM_IO_H
#define IO_ACCESS(bits, insn, reg) \
static inline uint##bits##_t io_read##bits(const volatile void *p) \
{ \
	uint##bits##_t v; \
	__asm__ volatile(insn " %1, %0" : reg(v) : "m"(*(const volatile uint##bits##_t *)p) : "memory"); \
	return v; \
} \
static inline void io_write##bits(volatile void *p, uint##bits##_t v) \
{ \
	__asm__ volatile(insn " %1, %0" : "=m"(*(volatile uint##bits##_t *)p) : "r"(v) : "memory"); \
}
IO_ACCESS(8, "movb", "=q")
IO_ACCESS(16, "movw", "=r")
IO_ACCESS(32, "movl", "=r")
IO_ACCESS(64, "movq", "=r")
#undef IO_ACCESS
#endif
