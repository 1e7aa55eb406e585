/* SPDX-License-Identifier: BSD-2-Clause */
/* Power off and reboot by SBI system reset. */
#include <arch/cpu.h>
#include <arch/power.h>
#include <asm/sbi.h>

void arch_poweroff(void)
{
	sbi_system_reset(SBI_SHUTDOWN);
	arch_cpu_halt();
}

void arch_reboot(void)
{
	sbi_system_reset(SBI_COLD_REBOOT);
	arch_cpu_halt();
}
