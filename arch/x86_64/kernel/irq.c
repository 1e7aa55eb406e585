/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt vectors: timer, IPIs, lines of the I/O APICs. */
#include <arch/irq.h>
#include <arch/smp.h>
#include <asm/apic.h>
#include <tessera/irq/irq.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include <tessera/time/time.h>
#include "x86.h"

void arch_irq_dispatch(void)
{
	unsigned v = this_cpu_ptr(x86_pcpu)->vector;

	if (v == VEC_TIMER) {
		lapic_eoi();
		timer_interrupt();
	} else if (v >= VEC_IPI0 && v < VEC_IPI0 + 8) {
		lapic_eoi(); /* first: the same IPI may be sent again while this one is served */
		ipi_receive(v - VEC_IPI0);
	} else if (v >= VEC_LINE0 && v < VEC_LINE0 + VEC_LINES) {
		irq_dispatch(v - VEC_LINE0);
		lapic_eoi();
	} else if (v == VEC_ERROR) {
		log_warn("lapic: error status %#x", lapic_error());
		lapic_eoi();
	} else if (v != VEC_SPURIOUS) { /* a spurious interrupt must not be ended */
		log_warn("irq: vector %u is not in use", v);
		lapic_eoi();
	}
}

void arch_ipi_send(uint64_t mask, unsigned n)
{
	uintptr_t state = arch_irq_save();

	for (; mask; mask &= mask - 1)
		lapic_send(percpu_ptr(x86_pcpu, __builtin_ctzll(mask))->apic_id, VEC_IPI0 + n);
	arch_irq_restore(state);
}
