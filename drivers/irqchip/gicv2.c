/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm Generic Interrupt Controller, version 2 (Arm IHI 0048B): distributor and memory-mapped CPU
 * interface, up to 8 CPUs.
 */
#include <arch/barrier.h>
#include <arch/io.h>
#include <asm/boot.h>
#include <asm/gic.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>

enum {
	GICD_CTLR = 0x000,
	GICD_TYPER = 0x004,
	GICD_ISENABLER = 0x100,
	GICD_ICENABLER = 0x180,
	GICD_ICPENDR = 0x280,
	GICD_ICACTIVER = 0x380,
	GICD_IPRIORITYR = 0x400,
	GICD_ITARGETSR = 0x800,
	GICD_ICFGR = 0xc00,
	GICD_SGIR = 0xf00,
	GICC_CTLR = 0x00,
	GICC_PMR = 0x04,
	GICC_BPR = 0x08,
	GICC_IAR = 0x0c,
	GICC_EOIR = 0x10,
	GICD_SIZE = 0x1000,
	GICC_SIZE = 0x14,
	GICV2_CPUS = 8,
	IAR_INTID = 0x3ff,
	INTID_SPURIOUS = 1020,
};

static char *gicd, *gicc;
static uint8_t cpu_target[CPUS_MAX]; /* bit of each CPU interface, 0: not there */

static void set_bit_reg(unsigned reg, unsigned line)
{
	io_write32(gicd + reg + line / 32 * 4, 1u << line % 32);
}

static void gicv2_mask(unsigned line)
{
	set_bit_reg(GICD_ICENABLER, line);
}

static void gicv2_unmask(unsigned line)
{
	set_bit_reg(GICD_ISENABLER, line);
}

/* Caller holds the line's lock. */
static int gicv2_set_type(unsigned line, unsigned flags)
{
	char *reg = gicd + GICD_ICFGR + line / 16 * 4;
	uint32_t edge = 2u << line % 16 * 2;

	if (line < GIC_SGIS)
		return -EINVAL;
	io_write32(reg, (io_read32(reg) & ~edge) | (flags & IRQ_EDGE ? edge : 0));
	return 0;
}

static int gicv2_set_affinity(unsigned line, unsigned cpu)
{
	if (line < GIC_SPI_FIRST || cpu >= CPUS_MAX || !cpu_target[cpu])
		return -EINVAL;
	io_write8(gicd + GICD_ITARGETSR + line, cpu_target[cpu]);
	return 0;
}

static void gicv2_init_cpu(unsigned cpu)
{
	uint8_t target = 0;

	/*
	 * the registers of lines 0..31 are banked; the first that is not reserved tells this
	 * CPU's bit
	 */
	for (unsigned i = 0; i < GIC_SPI_FIRST && !target; i++)
		target = io_read8(gicd + GICD_ITARGETSR + i);
	cpu_target[cpu] = target ? target : 1; /* one CPU: the registers read as zero */
	io_write32(gicd + GICD_ICENABLER, 0xffffffff);
	io_write32(gicd + GICD_ICACTIVER, 0xffffffff);
	for (unsigned i = 0; i < GIC_SPI_FIRST; i++)
		io_write8(gicd + GICD_IPRIORITYR + i, GIC_PRIORITY);
	io_write32(gicd + GICD_ISENABLER, 0xffff);
	io_write32(gicc + GICC_PMR, 0xf0);
	io_write32(gicc + GICC_BPR, 0);
	io_write32(gicc + GICC_CTLR, 1);
}

static void gicv2_send_sgi(uint64_t mask, unsigned n)
{
	uint32_t targets = 0;

	for (; mask; mask &= mask - 1)
		targets |= cpu_target[__builtin_ctzll(mask)];
	/* what was written before must be seen by those who take the interrupt */
	__asm__ volatile("dsb ishst" : : : "memory");
	if (targets)
		io_write32(gicd + GICD_SGIR, targets << 16 | n);
}

static void gicv2_dispatch(void)
{
	for (;;) {
		uint32_t iar = io_read32(gicc + GICC_IAR);

		if ((iar & IAR_INTID) >= INTID_SPURIOUS)
			return;
		gic_handle(iar & IAR_INTID);
		io_write32(gicc + GICC_EOIR, iar);
	}
}

static const struct gic_ops ops = {
	.init_cpu = gicv2_init_cpu,
	.enable_percpu = gicv2_unmask,
	.send_sgi = gicv2_send_sgi,
	.dispatch = gicv2_dispatch,
};
static struct irqchip chip = {
	.name = "gicv2",
	.mask = gicv2_mask,
	.unmask = gicv2_unmask,
	.set_type = gicv2_set_type,
	.set_affinity = gicv2_set_affinity,
};

static void init_lines(unsigned lines)
{
	uint8_t boot = 0;

	for (unsigned i = 0; i < GIC_SPI_FIRST && !boot; i++)
		boot = io_read8(gicd + GICD_ITARGETSR + i);
	io_write32(gicd + GICD_CTLR, 0);
	for (unsigned i = GIC_SPI_FIRST; i < lines; i += 32) {
		io_write32(gicd + GICD_ICENABLER + i / 8, 0xffffffff);
		io_write32(gicd + GICD_ICPENDR + i / 8, 0xffffffff);
		io_write32(gicd + GICD_ICACTIVER + i / 8, 0xffffffff);
	}
	for (unsigned i = GIC_SPI_FIRST; i < lines; i++) {
		io_write8(gicd + GICD_IPRIORITYR + i, GIC_PRIORITY);
		io_write8(gicd + GICD_ITARGETSR + i, boot ? boot : 1);
	}
	io_write32(gicd + GICD_CTLR, 1);
}

int gicv2_probe(void)
{
	static const char *const compatible[] = {"arm,gic-400", "arm,cortex-a15-gic",
						 "arm,cortex-a9-gic", "arm,cortex-a7-gic"};
	struct fdt_range d, c;
	int node = -1;

	for (unsigned i = 0; i < ARRAY_SIZE(compatible) && node < 0; i++)
		node = fdt_next_enabled(&arm_fdt, -1, compatible[i]);
	if (node < 0)
		return -ENODEV;
	if (fdt_reg(&arm_fdt, node, 0, &d) || fdt_reg(&arm_fdt, node, 1, &c) ||
	    d.size < GICD_SIZE || c.size < GICC_SIZE) {
		log_err("gicv2: bad reg in the device tree");
		return -EINVAL;
	}
	gicd = vmap_io(d.base, GICD_SIZE);
	gicc = vmap_io(c.base, GICD_SIZE);
	if (!gicd || !gicc)
		return -ENOMEM;
	chip.nr_lines =
		MIN(32 * ((io_read32(gicd + GICD_TYPER) & 0x1f) + 1), (unsigned)GIC_LINES_MAX);
	init_lines(chip.nr_lines);
	gic_install(&ops);
	irq_set_root(&chip);
	return 0;
}
