/* SPDX-License-Identifier: BSD-2-Clause */
/* Masking interrupts: sstatus.SIE. */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H
#include <asm/csr.h>
static inline void arch_irq_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}
static inline void arch_irq_disable(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}
static inline uintptr_t arch_irq_save(void)
{
	return csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;
}
static inline void arch_irq_restore(uintptr_t state)
{
	csr_set(sstatus, state & SSTATUS_SIE);
}
static inline bool arch_irq_disabled(void)
{
	return !(csr_read(sstatus) & SSTATUS_SIE);
}
#endif
