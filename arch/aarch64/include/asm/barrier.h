/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory barriers (Arm ARM B2.3.12). The inner shareable domain holds all CPUs; devices need the
 * full system.
 */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H
static inline void arch_mb(void)
{
	__asm__ volatile("dmb ish" : : : "memory");
}
static inline void arch_rmb(void)
{
	__asm__ volatile("dmb ishld" : : : "memory");
}
static inline void arch_wmb(void)
{
	__asm__ volatile("dmb ishst" : : : "memory");
}
static inline void arch_io_mb(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}
static inline void arm_isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}
#endif
