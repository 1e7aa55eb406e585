/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V platform-level interrupt controller (RISC-V PLIC Specification 1.0). Sources 1..ndev; one
 * context per hart and privilege mode, in the order of the node's interrupts-extended. A source is
 * enabled in the context of the one CPU that gets it, and masked by priority 0: so a handler may
 * mask its line, and the completion still counts (one for a source that is not enabled is ignored;
 * and QEMU looks for work at a change of priority, not of enable bits).
 */
#include <arch/io.h>
#include <arch/irq.h>
#include <asm/dt.h>
#include <asm/hart.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>
#include <tessera/sync/ranks.h>
#include <tessera/sync/spinlock.h>

enum {
	PLIC_PRIORITY = 0,
	PLIC_ENABLE = 0x2000,
	PLIC_ENABLE_STRIDE = 0x80,
	PLIC_CONTEXT = 0x200000,
	PLIC_CONTEXT_STRIDE = 0x1000,
	PLIC_THRESHOLD = 0,
	PLIC_CLAIM = 4,
	PLIC_SOURCES_MAX = 1023,
	PLIC_CONTEXTS_MAX = 15872,
	PLIC_IRQ_S_EXT = 9,
};

static char *regs;
static unsigned nr_sources;
static int32_t context_of[CPUS_MAX];		       /* -1: none; set at probe */
static uint8_t target[PLIC_SOURCES_MAX + 1];	       /* CPU that gets the source; by lock */
static struct spinlock lock = SPINLOCK_INIT(RANK_IRQ); /* enable words, target */

/* The caller may hold the line's lock, of the same rank; nothing is taken inside this one. */
static uintptr_t plic_lock(void)
{
	uintptr_t state = arch_irq_save();

	spin_lock_nested(&lock);
	return state;
}

static char *context_regs(unsigned cpu)
{
	return regs + PLIC_CONTEXT + (size_t)context_of[cpu] * PLIC_CONTEXT_STRIDE;
}

static void enable_bit(unsigned cpu, unsigned line, bool on)
{
	char *p = regs + PLIC_ENABLE + (size_t)context_of[cpu] * PLIC_ENABLE_STRIDE + line / 32 * 4;
	uint32_t v = io_read32(p), bit = 1u << line % 32;

	io_write32(p, on ? v | bit : v & ~bit);
}

static void plic_mask(unsigned line)
{
	io_write32(regs + PLIC_PRIORITY + line * 4, 0);
}

static void plic_unmask(unsigned line)
{
	io_write32(regs + PLIC_PRIORITY + line * 4, 1);
}

/* The gateways are wired by the platform: nothing to set. */
static int plic_set_type(unsigned line, unsigned flags)
{
	return flags & IRQ_ACTIVE_LOW ? -EINVAL : 0;
}

static int plic_set_affinity(unsigned line, unsigned cpu)
{
	uintptr_t state;

	if (cpu >= cpus_online || context_of[cpu] < 0)
		return -EINVAL;
	state = plic_lock();
	enable_bit(target[line], line, false);
	target[line] = (uint8_t)cpu;
	enable_bit(cpu, line, true);
	spin_unlock_irqrestore(&lock, state);
	return 0;
}

static void plic_external(void)
{
	char *claim = context_regs(cpu_id()) + PLIC_CLAIM;
	uint32_t line;

	while ((line = io_read32(claim)) != 0 && line <= nr_sources) {
		irq_dispatch(line);
		/* set_affinity may have moved the line meanwhile: the completion must find it
		 * enabled here */
		spin_lock_nested(&lock);
		if (target[line] != cpu_id())
			enable_bit(cpu_id(), line, true);
		io_write32(claim, line);
		if (target[line] != cpu_id())
			enable_bit(cpu_id(), line, false);
		spin_unlock(&lock);
	}
}

static void plic_cpu_init(void)
{
	if (context_of[cpu_id()] >= 0)
		io_write32(context_regs(cpu_id()) + PLIC_THRESHOLD, 0);
}

static struct irqchip plic_ops = {
	.name = "plic",
	.mask = plic_mask,
	.unmask = plic_unmask,
	.set_type = plic_set_type,
	.set_affinity = plic_set_affinity,
};

static const struct riscv_intc plic_intc = {
	.name = "plic",
	.external = plic_external,
	.cpu_init = plic_cpu_init,
};

/* Contexts of the harts' supervisor modes; all sources off everywhere. */
static int contexts_init(int node)
{
	unsigned i, cpu, word, n = dt_cells(node, "interrupts-extended") / 2;

	for (cpu = 0; cpu < CPUS_MAX; cpu++)
		context_of[cpu] = -1;
	for (i = 0; i < n && i < PLIC_CONTEXTS_MAX; i++) {
		uint32_t intc, irq;
		int hart;

		if (!dt_cell(node, "interrupts-extended", 2 * i, &intc) ||
		    !dt_cell(node, "interrupts-extended", 2 * i + 1, &irq) || irq != PLIC_IRQ_S_EXT)
			continue;
		hart = riscv_hart_by_intc(intc);
		if (hart < 0)
			continue;
		context_of[hart] = (int32_t)i;
		for (word = 0; word <= nr_sources / 32; word++)
			io_write32(regs + PLIC_ENABLE + i * PLIC_ENABLE_STRIDE + word * 4, 0);
	}
	return context_of[0] < 0 ? -EINVAL : 0;
}

int plic_probe(void)
{
	uint64_t size, need;
	uint32_t ndev = 0;
	paddr_t base;
	unsigned i;
	int node = dt_next(-1, "sifive,plic-1.0.0");

	if (node < 0)
		node = dt_next(-1, "riscv,plic0");
	if (node < 0)
		return -ENODEV;
	need = PLIC_CONTEXT +
	       (dt_cells(node, "interrupts-extended") / 2) * (uint64_t)PLIC_CONTEXT_STRIDE;
	if (!dt_cell(node, "riscv,ndev", 0, &ndev) || ndev == 0 || ndev > PLIC_SOURCES_MAX ||
	    !dt_reg(node, 0, &base, &size) || size < need) {
		log_err("plic: bad riscv,ndev, reg or interrupts-extended in the device tree");
		return -EINVAL;
	}
	regs = vmap_io(base, size);
	if (!regs)
		return -ENOMEM;
	nr_sources = ndev;
	if (contexts_init(node)) {
		log_err("plic: no supervisor context for the boot hart");
		return -EINVAL;
	}
	for (i = 1; i <= nr_sources; i++) {
		plic_mask(i);
		enable_bit(0, i, true);
	}
	plic_ops.nr_lines = nr_sources + 1;
	irq_set_root(&plic_ops);
	riscv_intc = &plic_intc;
	log_info("plic: %u sources at %#lx", nr_sources, base);
	return 0;
}
