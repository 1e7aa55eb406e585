/* SPDX-License-Identifier: BSD-2-Clause */
/* The time stamp counter. */
#ifndef ASM_TIME_H
#define ASM_TIME_H
static inline uint64_t arch_counter(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}
#endif
