/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PSTATE.DAIF. Interrupts (I) and system errors (A) are masked together; debug exceptions (D)
 * stay masked in the core, which is what the watchpoint backend of isolation class 1 relies on,
 * and fast interrupts (F) are not used.
 */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H
#define PSTATE_I 0x80UL

static inline void arch_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #6" : : : "memory");
}
static inline void arch_irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}
static inline uintptr_t arch_irq_save(void)
{
	uintptr_t daif;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif) : : "memory");
	return daif;
}
static inline void arch_irq_restore(uintptr_t state)
{
	__asm__ volatile("msr daif, %0" : : "r"(state) : "memory");
}
static inline bool arch_irq_disabled(void)
{
	uintptr_t daif;

	__asm__ volatile("mrs %0, daif" : "=r"(daif));
	return daif & PSTATE_I;
}
#endif
