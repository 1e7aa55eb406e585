/* SPDX-License-Identifier: BSD-2-Clause */
/* Masking interrupts: RFLAGS.IF. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H
#include <asm/cpureg.h>
static inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}
static inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}
static inline uintptr_t arch_irq_state(void)
{
	uintptr_t flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
	return flags & RFLAGS_IF;
}
static inline uintptr_t arch_irq_save(void)
{
	uintptr_t state = arch_irq_state();

	arch_irq_disable();
	return state;
}
static inline void arch_irq_restore(uintptr_t state)
{
	if (state)
		arch_irq_enable();
	else
		arch_irq_disable();
}
static inline bool arch_irq_disabled(void)
{
	return !arch_irq_state();
}
#endif
