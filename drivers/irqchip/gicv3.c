/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm Generic Interrupt Controller, versions 3 and 4 (Arm IHI 0069): distributor, one
 * redistributor per CPU, CPU interface in system registers. Everything is in group 1
 * (non-secure); no message-signalled interrupts.
 */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <asm/boot.h>
#include <asm/gic.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>

#define ICC_PMR	    S3_0_C4_C6_0
#define ICC_IAR1    S3_0_C12_C12_0
#define ICC_EOIR1   S3_0_C12_C12_1
#define ICC_BPR1    S3_0_C12_C12_3
#define ICC_CTLR    S3_0_C12_C12_4
#define ICC_SRE	    S3_0_C12_C12_5
#define ICC_IGRPEN1 S3_0_C12_C12_7
#define ICC_SGI1R   S3_0_C12_C11_5

enum {
	GICD_CTLR = 0x0000,
	GICD_TYPER = 0x0004,
	GICD_IGROUPR = 0x0080,
	GICD_ISENABLER = 0x0100,
	GICD_ICENABLER = 0x0180,
	GICD_ICPENDR = 0x0280,
	GICD_ICACTIVER = 0x0380,
	GICD_IPRIORITYR = 0x0400,
	GICD_ICFGR = 0x0c00,
	GICD_IROUTER = 0x6000,
	GICD_SIZE = 0x10000,
	CTLR_GROUP1 = 1 << 0,
	CTLR_GROUP1A = 1 << 1,
	CTLR_ARE = 1 << 4,
	GICR_TYPER = 0x0008,
	GICR_WAKER = 0x0014,
	GICR_SGI = 0x10000, /* second frame: registers of lines 0..31 */
	GICR_SIZE = 0x20000,
	TYPER_VLPIS = 1 << 1,
	TYPER_LAST = 1 << 4,
	WAKER_SLEEP = 1 << 1,
	WAKER_CHILDREN_ASLEEP = 1 << 2,
	INTID_SPURIOUS = 1020,
	REGIONS_MAX = 8,
	SPINS = 10000000,
};
#define CTLR_RWP       (1u << 31)
#define MPIDR_AFFINITY 0xff00ffffffUL

static struct region {
	char *base;
	uint64_t size;
} regions[REGIONS_MAX];
static unsigned nr_regions;
static char *gicd;
static char *gicr[CPUS_MAX]; /* redistributor of each logical CPU; NULL: not started */
static uint64_t affinity[CPUS_MAX];

/* The register of a line below 32 is in this CPU's redistributor. */
static char *line_reg(unsigned reg, unsigned line, unsigned lines_per_word)
{
	char *base = line < GIC_SPI_FIRST ? gicr[cpu_id()] + GICR_SGI : gicd;

	return base + reg + line / lines_per_word * 4;
}

static void wait_writes(void)
{
	for (unsigned i = 0; i < SPINS && (io_read32(gicd + GICD_CTLR) & CTLR_RWP); i++)
		arch_cpu_relax();
}

/* On return no CPU takes the interrupt any more, except one that has acknowledged it. */
static void gicv3_mask(unsigned line)
{
	io_write32(line_reg(GICD_ICENABLER, line, 32), 1u << line % 32);
	if (line >= GIC_SPI_FIRST)
		wait_writes();
}

static void gicv3_unmask(unsigned line)
{
	io_write32(line_reg(GICD_ISENABLER, line, 32), 1u << line % 32);
}

/* Caller holds the line's lock. */
static int gicv3_set_type(unsigned line, unsigned flags)
{
	uint32_t edge = 2u << line % 16 * 2;
	char *reg;

	if (line < GIC_SGIS)
		return -EINVAL;
	reg = line_reg(GICD_ICFGR, line, 16);
	io_write32(reg, (io_read32(reg) & ~edge) | (flags & IRQ_EDGE ? edge : 0));
	return 0;
}

static int gicv3_set_affinity(unsigned line, unsigned cpu)
{
	if (line < GIC_SPI_FIRST || cpu >= CPUS_MAX || !gicr[cpu])
		return -EINVAL;
	io_write64(gicd + GICD_IROUTER + 8 * line, affinity[cpu]);
	return 0;
}

/* This CPU's redistributor: GICR_TYPER holds the affinity in its upper half, Aff3 at the top. */
static char *find_redistributor(uint64_t mpidr)
{
	uint32_t aff = (uint32_t)(mpidr >> 32 << 24 | (mpidr & 0xffffff));

	for (unsigned i = 0; i < nr_regions; i++) {
		uint64_t off = 0, typer;

		while (off + GICR_SIZE <= regions[i].size) {
			typer = io_read64(regions[i].base + off + GICR_TYPER);
			if (typer >> 32 == aff)
				return regions[i].base + off;
			if (typer & TYPER_LAST)
				break;
			off += typer & TYPER_VLPIS ? 2 * GICR_SIZE : GICR_SIZE;
		}
	}
	return NULL;
}

static void wake_redistributor(char *r)
{
	io_write32(r + GICR_WAKER, io_read32(r + GICR_WAKER) & ~(uint32_t)WAKER_SLEEP);
	for (unsigned i = 0; i < SPINS; i++) {
		if (!(io_read32(r + GICR_WAKER) & WAKER_CHILDREN_ASLEEP))
			return;
		arch_cpu_relax();
	}
	log_warn("gicv3: the redistributor of cpu %u does not wake", cpu_id());
}

static void gicv3_init_cpu(unsigned cpu)
{
	uint64_t mpidr = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	char *r = find_redistributor(mpidr), *sgi;

	if (!r)
		boot_fail("gicv3: no redistributor for cpu %llx", (unsigned long long)mpidr);
	sgi = r + GICR_SGI;
	affinity[cpu] = mpidr;
	wake_redistributor(r);
	io_write32(sgi + GICD_ICENABLER, 0xffffffff);
	io_write32(sgi + GICD_ICACTIVER, 0xffffffff);
	io_write32(sgi + GICD_IGROUPR, 0xffffffff);
	for (unsigned i = 0; i < GIC_SPI_FIRST; i += 4)
		io_write32(sgi + GICD_IPRIORITYR + i, GIC_PRIORITY * 0x01010101u);
	io_write32(sgi + GICD_ISENABLER, 0xffff);
	__atomic_store_n(&gicr[cpu], r, __ATOMIC_RELEASE);

	sysreg_write(ICC_SRE, sysreg_read(ICC_SRE) | 1);
	arm_isb();
	if (!(sysreg_read(ICC_SRE) & 1))
		boot_fail("gicv3: the firmware keeps the system registers from us");
	sysreg_write(ICC_PMR, 0xf0);
	sysreg_write(ICC_BPR1, 0);
	sysreg_write(ICC_CTLR, 0); /* one write ends an interrupt */
	sysreg_write(ICC_IGRPEN1, 1);
	arm_isb();
}

static void gicv3_send_sgi(uint64_t mask, unsigned n)
{
	/* what was written before must be seen by those who take the interrupt */
	__asm__ volatile("dsb ishst" : : : "memory");
	for (; mask; mask &= mask - 1) {
		unsigned cpu = (unsigned)__builtin_ctzll(mask);
		uint64_t a = affinity[cpu];

		if (!__atomic_load_n(&gicr[cpu], __ATOMIC_ACQUIRE))
			continue;
		sysreg_write(ICC_SGI1R, (a >> 32 & 0xff) << 48 | (a >> 4 & 0xf) << 44 |
						(a >> 16 & 0xff) << 32 | (uint64_t)n << 24 |
						(a >> 8 & 0xff) << 16 | 1u << (a & 0xf));
	}
	arm_isb();
}

static void gicv3_dispatch(void)
{
	for (;;) {
		uint64_t intid = sysreg_read(ICC_IAR1);

		/* acknowledged before the device is touched (IHI 0069, 4.1.1) */
		__asm__ volatile("dsb sy" : : : "memory");
		if (intid >= INTID_SPURIOUS)
			return;
		gic_handle((unsigned)intid);
		sysreg_write(ICC_EOIR1, intid);
		arm_isb();
	}
}

static const struct gic_ops ops = {
	.init_cpu = gicv3_init_cpu,
	.enable_percpu = gicv3_unmask,
	.send_sgi = gicv3_send_sgi,
	.dispatch = gicv3_dispatch,
};
static struct irqchip chip = {
	.name = "gicv3",
	.mask = gicv3_mask,
	.unmask = gicv3_unmask,
	.set_type = gicv3_set_type,
	.set_affinity = gicv3_set_affinity,
};

static void init_lines(unsigned lines)
{
	uint64_t boot = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;

	io_write32(gicd + GICD_CTLR, 0);
	wait_writes();
	for (unsigned i = GIC_SPI_FIRST; i < lines; i += 32) {
		io_write32(gicd + GICD_ICENABLER + i / 8, 0xffffffff);
		io_write32(gicd + GICD_ICPENDR + i / 8, 0xffffffff);
		io_write32(gicd + GICD_ICACTIVER + i / 8, 0xffffffff);
		io_write32(gicd + GICD_IGROUPR + i / 8, 0xffffffff);
	}
	for (unsigned i = GIC_SPI_FIRST; i < lines; i += 4)
		io_write32(gicd + GICD_IPRIORITYR + i, GIC_PRIORITY * 0x01010101u);
	wait_writes();
	io_write32(gicd + GICD_CTLR, CTLR_ARE | CTLR_GROUP1A | CTLR_GROUP1);
	wait_writes();
	for (unsigned i = GIC_SPI_FIRST; i < lines; i++)
		io_write64(gicd + GICD_IROUTER + 8 * i, boot);
}

int gicv3_probe(void)
{
	int node = fdt_next_enabled(&arm_fdt, -1, "arm,gic-v3");
	struct fdt_range r;
	uint32_t n = 1;

	if (node < 0)
		return -ENODEV;
	(void)fdt_prop_u32(&arm_fdt, node, "#redistributor-regions", &n);
	if (fdt_reg(&arm_fdt, node, 0, &r) || r.size < GICD_SIZE || n == 0 || n > REGIONS_MAX) {
		log_err("gicv3: bad reg or #redistributor-regions in the device tree");
		return -EINVAL;
	}
	gicd = vmap_io(r.base, GICD_SIZE);
	if (!gicd)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		if (fdt_reg(&arm_fdt, node, 1 + i, &r) || r.size < GICR_SIZE ||
		    r.size > (uint64_t)CPUS_MAX << 24) {
			log_err("gicv3: bad redistributor region %u in the device tree", i);
			return -EINVAL;
		}
		regions[i].base = vmap_io(r.base, r.size);
		regions[i].size = r.size;
		if (!regions[i].base)
			return -ENOMEM;
		nr_regions = i + 1;
	}
	chip.nr_lines =
		MIN(32 * ((io_read32(gicd + GICD_TYPER) & 0x1f) + 1), (unsigned)GIC_LINES_MAX);
	init_lines(chip.nr_lines);
	gic_install(&ops);
	irq_set_root(&chip);
	return 0;
}
