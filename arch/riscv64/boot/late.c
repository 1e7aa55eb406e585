/* SPDX-License-Identifier: BSD-2-Clause */
/* Second part of the port's start, with memory management up: interrupt controller and console. */
#include <arch/boot.h>
#include <arch/smp.h>
#include <asm/dt.h>
#include <asm/hart.h>
#include <tessera/console/ns16550.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>

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

/* Line of the node's first interrupt, -1 if it has none at the controller that is in use; *flags as
 * irq_request() wants them. */
static int line_of(int node, unsigned *flags)
{
	enum { DT_RISING = 1, DT_FALLING = 2, DT_HIGH = 4, DT_LOW = 8 };
	struct fdt_irq irq;

	*flags = IRQ_LEVEL;
	if (!riscv_intc || fdt_irq(&riscv_fdt, node, 0, &irq) || irq.nr_cells == 0 ||
	    irq.cells[0] > 65535)
		return -1;
	if (irq.nr_cells > 1 && irq.cells[1] & (DT_RISING | DT_FALLING))
		*flags = IRQ_EDGE;
	if (irq.nr_cells > 1 && irq.cells[1] & (DT_LOW | DT_FALLING))
		*flags |= IRQ_ACTIVE_LOW;
	return (int)irq.cells[0];
}

static bool is_uart(int node)
{
	return fdt_is_compatible(&riscv_fdt, node, "ns16550a") ||
	       fdt_is_compatible(&riscv_fdt, node, "ns16550");
}

/* The port that the firmware uses, else the first one. Without any, output goes on through the
 * firmware. */
static void console_init(void)
{
	static struct ns16550 uart;
	int node = fdt_stdout(&riscv_fdt, NULL), err;
	uint32_t shift = 0, width = 1;
	uint64_t size;
	paddr_t base;

	if (node < 0 || !is_uart(node))
		node = dt_next(-1, "ns16550a");
	if (node < 0)
		return;
	dt_cell(node, "reg-shift", 0, &shift);
	dt_cell(node, "reg-io-width", 0, &width);
	if (!dt_reg(node, 0, &base, &size) || shift > 4 || (width != 1 && width != 4) ||
	    size < 8ull << shift || size > 1 << 20) {
		log_warn("console: bad reg, reg-shift or reg-io-width of the serial port");
		return;
	}
	uart.base = (uintptr_t)vmap_io(base, size);
	if (!uart.base)
		return;
	uart.read = ns16550_mem_read;
	uart.write = ns16550_mem_write;
	uart.reg_shift = shift;
	uart.reg_width = width;
	uart.irq = line_of(node, &uart.irq_flags);
	err = ns16550_register(&uart);
	if (err)
		log_warn("console: serial port at %#lx: error %d", base, err);
}

void arch_boot_late(void)
{
	intc_init();
	arch_smp_cpu_init();
	if (IS_ENABLED(CONFIG_NS16550))
		console_init();
}
