/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory barriers: fence over memory (rw) and devices (io). */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H
static inline void arch_mb(void)
{
	__asm__ volatile("fence rw, rw" : : : "memory");
}
static inline void arch_rmb(void)
{
	__asm__ volatile("fence r, r" : : : "memory");
}
static inline void arch_wmb(void)
{
	__asm__ volatile("fence w, w" : : : "memory");
}
static inline void arch_io_mb(void)
{
	__asm__ volatile("fence iorw, iorw" : : : "memory");
}
#endif
