/* SPDX-License-Identifier: BSD-2-Clause */
/* Second part of the port's start, with memory management up: interrupt controller and console. */
#include <arch/boot.h>
#include <arch/smp.h>
#include <asm/dt.h>
#include <asm/hart.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>

static void intc_init(void)
{
	int err = -ENODEV;

	if (IS_ENABLED(CONFIG_AIA))
		err = aia_probe();
	if (err == -ENODEV && IS_ENABLED(CONFIG_PLIC))
		err = plic_probe();
	if (err)
		log_err("irq: no usable interrupt controller: error %d", err);
}

void arch_boot_late(void)
{
	intc_init();
	arch_smp_cpu_init();
}
