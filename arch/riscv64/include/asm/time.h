/* SPDX-License-Identifier: BSD-2-Clause */
/* The time CSR: one real-time counter for all harts. */
#ifndef ASM_TIME_H
#define ASM_TIME_H
static inline uint64_t arch_counter(void)
{
	uint64_t v;

	__asm__ volatile("rdtime %0" : "=r"(v) : : "memory");
	return v;
}
#endif
