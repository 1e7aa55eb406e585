/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers. The I/O regions of virt and of real boards are strongly ordered among
 * themselves; the fences order them with memory: a store to memory before a device write, a device
 * read before later accesses.
 */
#ifndef ASM_IO_H
#define ASM_IO_H
#define IO_READ(bits, insn)                                                                       \
	static inline uint##bits##_t io_read##bits(const volatile void *p)                        \
	{                                                                                         \
		uint##bits##_t v;                                                                 \
		__asm__ volatile(insn " %0, 0(%1)\n\tfence i, ir" : "=r"(v) : "r"(p) : "memory"); \
		return v;                                                                         \
	}
#define IO_WRITE(bits, insn)                                                  \
	static inline void io_write##bits(volatile void *p, uint##bits##_t v) \
	{                                                                     \
		__asm__ volatile("fence w, o\n\t" insn " %0, 0(%1)"           \
				 :                                            \
				 : "r"(v), "r"(p)                             \
				 : "memory");                                 \
	}
IO_READ(8, "lbu")
IO_READ(16, "lhu")
IO_READ(32, "lw")
IO_READ(64, "ld")
IO_WRITE(8, "sb")
IO_WRITE(16, "sh")
IO_WRITE(32, "sw")
IO_WRITE(64, "sd")
#undef IO_READ
#undef IO_WRITE
#endif
