/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of a hart: timer, software (IPIs by SBI) and external (the interrupt controller's
 * driver, which may carry IPIs as well). The number of an IPI travels in a word of the receiver.
 */
#include <arch/irq.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <arch/trap.h>
#include <asm/hart.h>
#include <asm/sbi.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include <tessera/time/time.h>
#include "riscv.h"

const struct riscv_intc *riscv_intc;

/* set by senders, taken by the receiver; pairs: release of the sender's data with the receiver's
 * acquire */
PERCPU_DEFINE(uint32_t, ipi_pending);

void riscv_ipi_poll(void)
{
	uint32_t bits = __atomic_exchange_n(this_cpu_ptr(ipi_pending), 0, __ATOMIC_ACQ_REL);

	while (bits) {
		unsigned n = (unsigned)__builtin_ctz(bits);

		bits &= bits - 1;
		ipi_receive(n);
	}
}

void arch_irq_dispatch(void)
{
	uint64_t pending;

	while ((pending = csr_read(sip) & csr_read(sie)) != 0) {
		if (pending & SIE_SSIE) {
			csr_clear(sip, SIE_SSIE); /* before the poll: what is posted later
						     interrupts again */
			riscv_ipi_poll();
		}
		if (pending & SIE_SEIE)
			riscv_intc->external();
		if (pending & SIE_STIE) {
			arch_timer_disarm();
			timer_interrupt();
		}
	}
}

/*
 * Call fn(bits, base) for groups of harts that cover the CPUs in mask. Hart ids may be sparse: one
 * SBI call reaches those within 64 of its base.
 */
static void sbi_for_harts(uint64_t mask, int (*fn)(unsigned long bits, unsigned long base))
{
	while (mask) {
		uint64_t base = riscv_harts[__builtin_ctzl(mask)].id, rest, bits = 0;

		for (rest = mask; rest; rest &= rest - 1) {
			unsigned cpu = (unsigned)__builtin_ctzl(rest);
			uint64_t id = riscv_harts[cpu].id;

			if (id < base || id - base >= 64)
				continue;
			bits |= 1ull << (id - base);
			mask &= ~(1ull << cpu);
		}
		fn(bits, base);
	}
}

void riscv_remote_fence_i(uint64_t mask)
{
	sbi_for_harts(mask, sbi_remote_fence_i);
}

void arch_ipi_send(uint64_t mask, unsigned n)
{
	uint64_t rest;

	for (rest = mask; rest; rest &= rest - 1) {
		unsigned cpu = (unsigned)__builtin_ctzl(rest);

		__atomic_fetch_or(percpu_ptr(ipi_pending, cpu), 1u << n, __ATOMIC_ACQ_REL);
		if (riscv_intc && riscv_intc->ipi)
			riscv_intc->ipi(cpu);
	}
	if (!riscv_intc || !riscv_intc->ipi)
		sbi_for_harts(mask, sbi_send_ipi);
}
