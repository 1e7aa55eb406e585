/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: masking interrupts on this CPU. */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H
#include <tessera/lib/types.h>
static inline void arch_irq_enable(void);
static inline void arch_irq_disable(void);
static inline uintptr_t arch_irq_save(void);		/* disable, return the old state */
static inline void arch_irq_restore(uintptr_t state);
static inline bool arch_irq_disabled(void);
#include <asm/irq.h>
#endif
