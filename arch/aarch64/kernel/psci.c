/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power State Coordination Interface, Arm DEN0022D: starting CPUs, power off, reset. Calling
 * convention: Arm DEN0028 (SMCCC).
 */
#include <arch/cpu.h>
#include <arch/power.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include "arm.h"

enum { PSCI_VERSION = 0x84000000, PSCI_SYSTEM_OFF = 0x84000008, PSCI_SYSTEM_RESET = 0x84000009 };
#define PSCI_CPU_ON 0xc4000003UL
enum { PSCI_ALREADY_ON = -4, PSCI_ON_PENDING = -5 };

static enum { CONDUIT_NONE, CONDUIT_HVC, CONDUIT_SMC } conduit;

static int64_t psci_call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3)
{
	register uint64_t x0 __asm__("x0") = fn;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;

#define PSCI_ASM(insn)                                                                            \
	__asm__ volatile(insn                                                                     \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                 \
			 :                                                                        \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", \
			   "x15", "x16", "x17", "memory")
	if (conduit == CONDUIT_HVC)
		PSCI_ASM("hvc #0");
	else
		PSCI_ASM(".inst 0xd4000003"); /* smc #0; some assemblers want an extension for it */
	return (int32_t)x0; /* all results used here are 32-bit */
}

bool psci_init(void)
{
	uint32_t old_cpu_on = 0;
	enum fdt_psci method = fdt_psci(&arm_fdt, &old_cpu_on);
	int64_t version;

	if (method == FDT_PSCI_NONE || old_cpu_on != 0) {
		log_warn(
			"psci: none in the device tree (0.2 or later): one cpu, no power off");
		return false;
	}
	conduit = method == FDT_PSCI_HVC ? CONDUIT_HVC : CONDUIT_SMC;
	version = psci_call(PSCI_VERSION, 0, 0, 0);
	log_info("psci: version %u.%u by %s", (unsigned)(version >> 16),
		 (unsigned)(version & 0xffff), conduit == CONDUIT_HVC ? "hvc" : "smc");
	return true;
}

int psci_cpu_on(uint64_t mpidr, paddr_t entry, uint64_t context)
{
	int64_t ret;

	if (conduit == CONDUIT_NONE)
		return -ENODEV;
	ret = psci_call(PSCI_CPU_ON, mpidr, entry, context);
	if (ret == PSCI_ALREADY_ON || ret == PSCI_ON_PENDING)
		return -EALREADY;
	return ret == 0 ? 0 : -EIO;
}

void arch_poweroff(void)
{
	if (conduit != CONDUIT_NONE)
		psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	arch_cpu_halt();
}

void arch_reboot(void)
{
	if (conduit != CONDUIT_NONE)
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	arch_cpu_halt();
}
