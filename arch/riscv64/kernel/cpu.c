/* SPDX-License-Identifier: BSD-2-Clause */
/* The hart: control registers, features, description. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <asm/hart.h>
#include <asm/sbi.h>
#include <tessera/lib/printf.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include "riscv.h"

unsigned riscv_features;
struct hart riscv_harts[CPUS_MAX];
unsigned riscv_nr_harts;

void arch_cpu_init(void)
{
	unsigned asid_bits;

	csr_write(sie, 0);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS);
	csr_write(scounteren, 7); /* user mode reads cycle, time and instret */
	asid_bits = riscv_asid_probe();
	if (!riscv_kernel_root)
		riscv_asid_bits = asid_bits;
	else if (asid_bits < riscv_asid_bits)
		boot_fail("hart %lu has %u asid bits, the boot hart %u", riscv_harts[cpu_id()].id,
			  asid_bits, riscv_asid_bits);
}

void arch_cpu_halt(void)
{
	arch_irq_disable();
	csr_write(sie, 0); /* wfi wakes for what sie enables */
	for (;;)
		__asm__ volatile("wfi");
}

const char *arch_cpu_describe(void)
{
	static char line[160];

	snprintf(line, sizeof(line), "riscv64 hart %lu, sv39, %u asid bits%s%s%s, %s",
		 riscv_boot_hart, riscv_asid_bits, riscv_features & RISCV_SSTC ? ", sstc" : "",
		 riscv_features & RISCV_SSAIA ? ", ssaia" : "",
		 riscv_features & RISCV_SVPBMT ? ", svpbmt" : "", sbi_describe());
	return line;
}

/* The seed CSR of Zkr belongs to M-mode unless the firmware hands it down, which cannot be asked:
 * entropy comes from the device tree. */
bool arch_random(uint64_t *out)
{
	(void)out;
	return false;
}

int riscv_hart_by_intc(uint32_t phandle)
{
	unsigned i;

	for (i = 0; i < riscv_nr_harts; i++)
		if (riscv_harts[i].intc == phandle)
			return (int)i;
	return -1;
}
