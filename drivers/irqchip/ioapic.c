/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O APICs (Intel 82093AA data sheet, and its successors). A line is a global system interrupt; it has the vector VEC_LINE0 + line and
 * goes to one CPU. Registers are reached through an index and a data window, so each access is two.
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <asm/apic.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>
#include <tessera/sync/ranks.h>
#include <tessera/sync/spinlock.h>

enum {
	IOREGSEL = 0,
	IOWIN = 0x10,
	REG_VERSION = 1,
	REG_REDIR = 0x10,
	REDIR_MASKED = 1 << 16,
	REDIR_LEVEL = 1 << 15,
	REDIR_LOW = 1 << 13,
	REDIR_DEST_SHIFT = 24,
	ISA_IRQS = 16,
};

struct ioapic {
	char *regs;
	unsigned first, lines;
};

static struct ioapic ioapics[ACPI_IOAPICS_MAX];
static unsigned nr_ioapics;
static struct spinlock lock = SPINLOCK_INIT(RANK_IRQ); /* index and data window */

/* The caller may hold the line's lock, of the same rank; nothing is taken inside this one. */
static uintptr_t ioapic_lock(void)
{
	uintptr_t state = arch_irq_save();

	spin_lock_nested(&lock);
	return state;
}

static uint32_t reg_read(const struct ioapic *a, unsigned reg)
{
	io_write32(a->regs + IOREGSEL, reg);
	return io_read32(a->regs + IOWIN);
}

static void reg_write(const struct ioapic *a, unsigned reg, uint32_t v)
{
	io_write32(a->regs + IOREGSEL, reg);
	io_write32(a->regs + IOWIN, v);
}

static const struct ioapic *ioapic_of(unsigned line)
{
	for (unsigned i = 0; i < nr_ioapics; i++)
		if (line >= ioapics[i].first && line - ioapics[i].first < ioapics[i].lines)
			return &ioapics[i];
	return NULL;
}

/* Clear, then set bits in the low word of the line's entry. */
static void low_change(unsigned line, uint32_t clear, uint32_t set)
{
	const struct ioapic *a = ioapic_of(line);
	uintptr_t state;
	unsigned reg;

	if (!a)
		return;
	reg = REG_REDIR + 2 * (line - a->first);
	state = ioapic_lock();
	reg_write(a, reg, (reg_read(a, reg) & ~clear) | set);
	spin_unlock_irqrestore(&lock, state);
}

static void ioapic_mask(unsigned line)
{
	low_change(line, 0, REDIR_MASKED);
}

static void ioapic_unmask(unsigned line)
{
	low_change(line, REDIR_MASKED, 0);
}

static int ioapic_set_type(unsigned line, unsigned flags)
{
	if (!ioapic_of(line))
		return -ENODEV;
	low_change(line, REDIR_LEVEL | REDIR_LOW,
		   (flags & IRQ_LEVEL ? REDIR_LEVEL : 0) |
			   (flags & IRQ_ACTIVE_LOW ? REDIR_LOW : 0));
	return 0;
}

static int ioapic_set_affinity(unsigned line, unsigned cpu)
{
	const struct ioapic *a = ioapic_of(line);
	uintptr_t state;
	uint32_t id;

	if (!a)
		return -ENODEV;
	if (cpu >= cpus_online)
		return -EINVAL;
	id = percpu_ptr(x86_pcpu, cpu)->apic_id;
	if (id > 0xff)
		return -EINVAL; /* needs interrupt remapping */
	state = ioapic_lock();
	reg_write(a, REG_REDIR + 1 + 2 * (line - a->first), id << REDIR_DEST_SHIFT);
	spin_unlock_irqrestore(&lock, state);
	return 0;
}

static struct irqchip chip = {
	.name = "ioapic",
	.mask = ioapic_mask,
	.unmask = ioapic_unmask,
	.set_type = ioapic_set_type,
	.set_affinity = ioapic_set_affinity,
};

static void init_one(const struct acpi_ioapic *d, uint32_t dest)
{
	struct ioapic *a = &ioapics[nr_ioapics];

	if (d->gsi_base >= VEC_LINES) {
		log_warn("ioapic: lines from %u on are out of range", d->gsi_base);
		return;
	}
	a->regs = vmap_io(d->base, 0x20);
	if (!a->regs) {
		log_warn("ioapic: registers at %#lx cannot be mapped", d->base);
		return;
	}
	a->first = d->gsi_base;
	a->lines = (reg_read(a, REG_VERSION) >> 16 & 0xff) + 1;
	if (a->lines > VEC_LINES - a->first)
		a->lines = VEC_LINES - a->first;
	for (unsigned i = 0; i < a->lines; i++) {
		reg_write(a, REG_REDIR + 2 * i, REDIR_MASKED | (VEC_LINE0 + a->first + i));
		reg_write(a, REG_REDIR + 2 * i + 1, dest << REDIR_DEST_SHIFT);
	}
	if (a->first + a->lines > chip.nr_lines)
		chip.nr_lines = a->first + a->lines;
	nr_ioapics++;
}

int ioapic_init(const struct acpi_info *info)
{
	uint32_t self = lapic_id();

	for (unsigned i = 0; i < info->nr_ioapics && nr_ioapics < ACPI_IOAPICS_MAX; i++)
		init_one(&info->ioapics[i], self & 0xff);
	if (!nr_ioapics)
		return -ENODEV;
	irq_set_root(&chip);
	log_info("ioapic: %u of them, local apics are %s", nr_ioapics, lapic_describe());
	return 0;
}

unsigned ioapic_isa_line(const struct acpi_info *info, unsigned irq, unsigned *flags)
{
	*flags = IRQ_EDGE;
	for (unsigned i = 0; i < info->nr_overrides; i++) {
		const struct acpi_override *o = &info->overrides[i];

		if (o->irq != irq)
			continue;
		*flags = (o->level ? IRQ_LEVEL : IRQ_EDGE) | (o->active_low ? IRQ_ACTIVE_LOW : 0u);
		return o->gsi;
	}
	return irq;
}
