/* SPDX-License-Identifier: BSD-2-Clause */
/* Other harts: found in the device tree, started by SBI HSM (SBI 1.0, chapter 9). */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/smp.h>
#include <asm/hart.h>
#include <asm/sbi.h>
#include <tessera/lib/errno.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include "riscv.h"

struct secondary_boot secondary_boot[CPUS_MAX];

unsigned arch_smp_enumerate(uint64_t *hwid, unsigned max)
{
	unsigned i, n = riscv_nr_harts;

	if (n > max)
		n = max;
	if (n > 1 && !sbi_has_smp())
		n = 1; /* no way to start or signal the others */
	for (i = 0; i < n; i++)
		hwid[i] = riscv_harts[i].id;
	return n;
}

int arch_smp_start(unsigned cpu, uint64_t hwid, struct thread *idle, uintptr_t percpu_offset)
{
	struct secondary_boot *b = &secondary_boot[cpu];
	const struct arch_thread *a = (const struct arch_thread *)idle;

	if (cpu >= CPUS_MAX || cpu >= riscv_nr_harts || riscv_harts[cpu].id != hwid)
		return -EINVAL;
	b->hart = hwid;
	b->thread = (uintptr_t)idle;
	b->stack = a->frame;
	b->percpu_offset = percpu_offset;
	__atomic_store_n(&b->satp, SATP_SV39 | riscv_kernel_root >> 12, __ATOMIC_RELEASE);
	arch_mb();
	return sbi_hart_start(hwid, riscv_image_phys(secondary_start), cpu);
}

void arch_smp_cpu_init(void)
{
	if (riscv_intc && riscv_intc->cpu_init)
		riscv_intc->cpu_init();
	csr_set(sie, SIE_SSIE | (riscv_intc ? SIE_SEIE : 0));
}

void arch_smp_halt_others(void)
{
	uintptr_t state = arch_irq_save();
	uint64_t others = cpus_online_mask & ~(1ull << cpu_id());

	/* there is no interrupt that a hart cannot mask: those that spin with interrupts off go on
	 * spinning */
	if (others)
		arch_ipi_send(others, IPI_STOP);
	arch_irq_restore(state);
}
