/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU: control registers that head.S leaves to C, features, what it is. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/mmu.h>
#include <arch/time.h>
#include <tessera/lib/printf.h>
#include <tessera/log/log.h>
#include "arm.h"

unsigned arm_features;
static bool features_known;

static unsigned features_read(void)
{
	uint64_t isar0 = sysreg_read(id_aa64isar0_el1), mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	uint64_t mmfr2 = sysreg_read(id_aa64mmfr2_el1), dfr0 = sysreg_read(id_aa64dfr0_el1);
	unsigned pmu = sysreg_field(dfr0, 8), f = 0;

	if (sysreg_field(mmfr1, 20))
		f |= ARM_PAN;
	if (sysreg_field(mmfr2, 60))
		f |= ARM_E0PD;
	if (sysreg_field(isar0, 60))
		f |= ARM_RNG;
	if (sysreg_field(isar0, 20) >= 2)
		f |= ARM_ATOMICS;
	if (pmu >= 1 && pmu != 15)
		f |= ARM_PMU;
	return f;
}

static void require(bool ok, const char *what)
{
	if (!ok)
		boot_fail("this cpu has no %s", what);
}

static void pmu_init(void)
{
	sysreg_write(pmccfiltr_el0, 0); /* cycles of EL0 and EL1 */
	sysreg_write(pmintenclr_el1, 0xffffffff);
	sysreg_write(pmovsclr_el0, 0xffffffff);
	sysreg_write(pmcntenclr_el0, 0xffffffff);
	sysreg_write(pmcntenset_el0, 1UL << 31);     /* the cycle counter alone */
	sysreg_write(pmcr_el0, 1 | 1 << 2 | 1 << 6); /* enable, reset the cycle counter, 64 bits */
	sysreg_write(pmuserenr_el0, 1 << 2);	     /* EL0 may read it */
}

void arch_cpu_init(void)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1), mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	unsigned f = features_read();
	unsigned asid_bits = sysreg_field(mmfr0, 4) == 2 ? 16 : 8;

	require(sysreg_field(pfr0, 16) != 15, "floating point unit");
	require(sysreg_field(pfr0, 20) != 15, "vector unit");
	if (!features_known) {
		arm_features = f;
		arm_asid_bits = asid_bits;
		features_known = true;
	}
	if ((arm_features & ~f) || asid_bits < arm_asid_bits)
		boot_fail("cpu %llx lacks features of the boot cpu",
			  (unsigned long long)sysreg_read(mpidr_el1));
	if (arm_features & ARM_PAN)
		__asm__ volatile(".inst 0xd500419f" : : : "memory"); /* msr pan, #1 */
	if (arm_features & ARM_E0PD) {
		sysreg_write(tcr_el1, sysreg_read(tcr_el1) | TCR_E0PD1);
		__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
	}
	sysreg_write(cntkctl_el1, 1 << 1); /* EL0 reads the virtual counter only */
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	if (f & ARM_PMU)
		pmu_init();
}

void arch_cpu_halt(void)
{
	arch_irq_disable();
	for (;;)
		__asm__ volatile("wfi" : : : "memory");
}

const char *arch_cpu_describe(void)
{
	static char text[128];
	uint32_t midr = (uint32_t)sysreg_read(midr_el1);

	snprintf(text, sizeof(text),
		 "arm implementer %02x part %03x r%up%u, started at el%u, %u-bit asid%s%s%s%s%s",
		 midr >> 24, midr >> 4 & 0xfff, midr >> 20 & 0xf, midr & 0xf, arm_boot_el2 ? 2 : 1,
		 arm_asid_bits, arm_features & ARM_PAN ? " pan" : "",
		 arm_features & ARM_E0PD ? " e0pd" : "", arm_features & ARM_ATOMICS ? " lse" : "",
		 arm_features & ARM_RNG ? " rng" : "", arm_features & ARM_PMU ? " pmu" : "");
	return text;
}

bool arch_random(uint64_t *out)
{
	uint64_t v;
	unsigned failed;

	if (!(arm_features & ARM_RNG))
		return false;
	/* RNDR sets Z when it has no number in reasonable time */
	__asm__ volatile("mrs %0, " SYSREG_NAME(SYS_RNDR) "\n\tcset %w1, eq"
			 : "=r"(v), "=r"(failed)
			 :
			 : "cc", "memory");
	if (failed)
		return false;
	*out = v;
	return true;
}
