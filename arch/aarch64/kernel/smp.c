/* SPDX-License-Identifier: BSD-2-Clause */
/* Other CPUs: from the device tree, started by PSCI. */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/smp.h>
#include <asm/gic.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/page.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include <tessera/thread/thread.h>
#include "arm.h"

#define MPIDR_AFFINITY 0xff00ffffffUL

static struct arm_start start_info[CPUS_MAX] __attribute__((aligned(64)));

unsigned arch_smp_enumerate(uint64_t *hwid, unsigned max)
{
	unsigned n = 1, skipped = 0;
	struct fdt_cpu cpu;
	int err;

	hwid[0] = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	for (unsigned i = 0; (err = fdt_cpu(&arm_fdt, i, &cpu)) == 0; i++) {
		uint64_t mpidr = cpu.hwid & MPIDR_AFFINITY;
		bool known = false;

		if (!cpu.enabled || cpu.enable_method == NULL ||
		    strcmp(cpu.enable_method, "psci") != 0)
			continue;
		for (unsigned k = 0; k < n; k++)
			known |= hwid[k] == mpidr;
		if (known)
			continue;
		if (n < max)
			hwid[n++] = mpidr;
		else
			skipped++;
	}
	if (err != -ENOENT)
		log_warn(
			"smp: malformed cpu node in the device tree, the rest is not used");
	if (skipped)
		log_warn("smp: %u cpus more than this kernel is configured for", skipped);
	return n;
}

int arch_smp_start(unsigned cpu, uint64_t hwid, struct thread *idle, uintptr_t percpu_offset)
{
	struct arm_start *s = &start_info[cpu];

	idle->arch.percpu_offset = percpu_offset;
	s->ttbr1 = sysreg_read(ttbr1_el1) & PTE_ADDR_MASK;
	s->thread = (uintptr_t)idle;
	s->sp = idle->arch.stack_hi;
	arch_cache_clean(s, sizeof(*s)); /* read with the MMU off */
	return psci_cpu_on(hwid, image_to_phys((const void *)secondary_entry), image_to_phys(s));
}

void arm_secondary_start(void)
{
	secondary_main();
}

void arch_smp_cpu_init(void)
{
	gic_init_cpu(cpu_id());
	arm_timer_init_cpu();
}

void arch_ipi_send(uint64_t mask, unsigned n)
{
	gic_send_sgi(mask, n);
}

void arch_smp_halt_others(void)
{
	gic_send_sgi(cpus_online_mask & ~(1ULL << cpu_id()), IPI_STOP);
}
