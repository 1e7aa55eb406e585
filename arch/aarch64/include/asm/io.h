/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers. Device-nGnRE accesses to one device stay in order by themselves; the barriers
 * order them with memory: stores to memory before a device write, a device read before later
 * accesses. Plain base-register addressing only, so that a hypervisor gets a valid syndrome.
 */
#ifndef ASM_IO_H
#define ASM_IO_H
#define IO_READ(bits, insn, mod)                                           \
	static inline uint##bits##_t io_read##bits(const volatile void *p) \
	{                                                                  \
		uint##bits##_t v;                                          \
		__asm__ volatile(insn " %" mod "0, [%1]\n\tdmb oshld"      \
				 : "=r"(v)                                 \
				 : "r"(p)                                  \
				 : "memory");                              \
		return v;                                                  \
	}
#define IO_WRITE(bits, insn, mod)                                             \
	static inline void io_write##bits(volatile void *p, uint##bits##_t v) \
	{                                                                     \
		__asm__ volatile("dmb oshst\n\t" insn " %" mod "0, [%1]"      \
				 :                                            \
				 : "rZ"(v), "r"(p)                            \
				 : "memory");                                 \
	}
IO_READ(8, "ldrb", "w")
IO_READ(16, "ldrh", "w")
IO_READ(32, "ldr", "w")
IO_READ(64, "ldr", "x")
IO_WRITE(8, "strb", "w")
IO_WRITE(16, "strh", "w")
IO_WRITE(32, "str", "w")
IO_WRITE(64, "str", "x")
#undef IO_READ
#undef IO_WRITE
#endif
