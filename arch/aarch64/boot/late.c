/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Second part of the port's start, with memory management up: firmware calls, interrupt
 * controller, timer, console.
 */
#include <arch/boot.h>
#include <arch/smp.h>
#include <asm/boot.h>
#include <asm/gic.h>
#include <tessera/console/pl011.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>

unsigned arm_fdt_irq(int node, unsigned index, unsigned *flags)
{
	enum { DT_SPI = 0, DT_PPI = 1, DT_RISING = 1, DT_FALLING = 2 };
	struct fdt_irq irq;

	*flags = IRQ_LEVEL;
	if (fdt_irq(&arm_fdt, node, index, &irq) || irq.nr_cells < 3 || irq.cells[1] > 987)
		return 0;
	if (irq.cells[2] & (DT_RISING | DT_FALLING))
		*flags = IRQ_EDGE;
	if (irq.cells[0] == DT_SPI)
		return irq.cells[1] + 32;
	return irq.cells[0] == DT_PPI && irq.cells[1] < 16 ? irq.cells[1] + 16 : 0;
}

static void gic_init(void)
{
	int err = -ENODEV;

	if (IS_ENABLED(CONFIG_GICV3))
		err = gicv3_probe();
	if (err == -ENODEV && IS_ENABLED(CONFIG_GICV2))
		err = gicv2_probe();
	if (err)
		boot_fail("irq: no usable interrupt controller in the device tree: error %d", err);
}

static void console_init(void)
{
	static struct pl011 uart;
	int node = arm_console_node(&uart.base);
	int err;

	if (node < 0 || !uart.base)
		return;
	uart.irq = arm_fdt_irq(node, 0, &uart.irq_flags);
	err = pl011_register(&uart);
	if (err)
		log_warn("console: no receive interrupt: error %d", err);
}

void arch_boot_late(void)
{
	psci_init();
	gic_init();
	arm_timer_init();
	arch_smp_cpu_init();
	if (IS_ENABLED(CONFIG_PL011))
		console_init();
}
