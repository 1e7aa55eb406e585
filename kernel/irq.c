/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt lines of the root controller. A line's entry is changed under its lock; dispatch reads it without one. */
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/mm/slab.h>
#include <tessera/sync/epoch.h>
#include <tessera/sync/spinlock.h>
#include "kernel.h"

struct irq_action {
	void (*handler)(unsigned line, void *arg);
	void *arg;
	const char *name;
	struct epoch_head epoch;
};
struct irq_line {
	struct irq_action *action;	/* published; by irq_lock to change */
	uint64_t count;			/* by the CPU that handles it */
};
static const struct irqchip *root;
static struct irq_line *lines;
static struct spinlock irq_lock = SPINLOCK_INIT(RANK_IRQ);
static uint64_t spurious;

void irq_set_root(const struct irqchip *chip)
{
	VERIFY(!root && chip->nr_lines > 0 && chip->nr_lines <= 65536);
	lines = kcalloc(chip->nr_lines, sizeof(*lines));
	if (!lines)
		boot_fail("no memory for %u interrupt lines", chip->nr_lines);
	root = chip;
	log_info("irq: %s, %u lines", chip->name, chip->nr_lines);
}

int irq_request(unsigned line, unsigned flags, void (*handler)(unsigned line, void *arg), void *arg, const char *name)
{
	struct irq_action *a;
	uintptr_t irq;
	int ret;

	if (!root || line >= root->nr_lines || !handler)
		return -EINVAL;
	a = kzalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->handler = handler;
	a->arg = arg;
	a->name = name;
	irq = spin_lock_irqsave(&irq_lock);
	ret = lines[line].action ? -EBUSY : root->set_type && flags ? root->set_type(line, flags) : 0;
	if (ret == 0) {
		epoch_publish(lines[line].action, a);
		root->unmask(line);
	}
	spin_unlock_irqrestore(&irq_lock, irq);
	if (ret)
		kfree(a);
	return ret;
}

static void action_free(struct epoch_head *h)
{
	kfree(container_of(h, struct irq_action, epoch));
}

void irq_release(unsigned line)
{
	struct irq_action *a;
	uintptr_t irq;

	VERIFY(root && line < root->nr_lines);
	irq = spin_lock_irqsave(&irq_lock);
	a = lines[line].action;
	root->mask(line);
	epoch_publish(lines[line].action, NULL);
	spin_unlock_irqrestore(&irq_lock, irq);
	if (a)
		epoch_call(&a->epoch, action_free);
}

void irq_mask(unsigned line)
{
	if (root && line < root->nr_lines)
		root->mask(line);
}

void irq_unmask(unsigned line)
{
	if (root && line < root->nr_lines)
		root->unmask(line);
}

void irq_dispatch(unsigned line)
{
	struct irq_action *a = root && line < root->nr_lines ? epoch_deref(lines[line].action) : NULL;

	if (unlikely(!a)) {
		/* nobody wants it: keep a level-triggered line from coming back for ever */
		if (spurious++ < 8)
			log_warn("irq: line %u without a handler, masked", line);
		irq_mask(line);
		return;
	}
	lines[line].count++;
	a->handler(line, a->arg);
}
