/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory barriers: x86 keeps loads and stores of write-back memory in order but for store-load; fences also order WC and devices. */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H
static inline void arch_mb(void)
{
	__asm__ volatile("mfence" : : : "memory");
}
static inline void arch_rmb(void)
{
	__asm__ volatile("lfence" : : : "memory");
}
static inline void arch_wmb(void)
{
	__asm__ volatile("sfence" : : : "memory");
}
static inline void arch_io_mb(void)
{
	__asm__ volatile("mfence" : : : "memory");
}
#endif
