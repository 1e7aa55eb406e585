/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One-shot timers: a tree by deadline per CPU, and the hardware timer set for the first of them or the end of the running slice. It is
 * not set back when the first one goes away: one interrupt too many is cheaper than reprogramming at each switch.
 */
#include <arch/irq.h>
#include <arch/time.h>
#include <tessera/lib/rbtree.h>
#include <tessera/percpu/percpu.h>
#include <tessera/sync/spinlock.h>
#include <tessera/time/time.h>
#include "kernel.h"

enum timer_state { TIMER_IDLE, TIMER_QUEUED };

struct timer_base {
	struct spinlock lock;		/* RANK_TIMER, interrupts off */
	struct rb_root tree;		/* by ->lock */
	struct timer *first;		/* by ->lock: leftmost of tree */
	struct timer *running;		/* by ->lock: its fn runs now */
	uint64_t slice_ns;		/* by the CPU itself, interrupts off; 0: none */
	uint64_t armed_ns;		/* likewise; 0: hardware not armed */
};
static PERCPU_DEFINE(struct timer_base, timer_base);

static inline struct timer *timer_of(struct rb_node *n)
{
	return n ? container_of(n, struct timer, node) : NULL;
}

void timer_init_cpu(unsigned cpu)
{
	struct timer_base *b = percpu_ptr(timer_base, cpu);

	*b = (struct timer_base){ .lock = SPINLOCK_INIT(RANK_TIMER) };
}

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
	*t = (struct timer){ .fn = fn, .state = TIMER_IDLE };
}

/** Own CPU, interrupts off: have the hardware fire at @ns unless it does before. */
static void arm_at(struct timer_base *b, uint64_t ns)
{
	if (b->armed_ns && b->armed_ns <= ns)
		return;
	b->armed_ns = ns;
	arch_timer_arm(time_ns_to_counter(ns));
}

static void tree_insert(struct timer_base *b, struct timer *t)
{
	struct rb_node **link = &b->tree.node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (t->deadline_ns < timer_of(parent)->deadline_ns) {
			link = &parent->left;
		} else {		/* equal deadlines: in the order of their start */
			link = &parent->right;
			leftmost = false;
		}
	}
	rb_insert(&b->tree, &t->node, parent, link);
	t->state = TIMER_QUEUED;
	if (leftmost)
		b->first = t;
}

static void tree_remove(struct timer_base *b, struct timer *t)
{
	if (b->first == t)
		b->first = timer_of(rb_next(&t->node));
	rb_erase(&b->tree, &t->node);
	t->state = TIMER_IDLE;
}

/** Lock the base that @t is (or was last) queued on; interrupts off. */
static struct timer_base *lock_base_of(struct timer *t)
{
	for (;;) {
		unsigned cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
		struct timer_base *b = percpu_ptr(timer_base, cpu);

		spin_lock(&b->lock);
		if (likely(__atomic_load_n(&t->cpu, __ATOMIC_RELAXED) == cpu))
			return b;
		spin_unlock_noresched(&b->lock);
	}
}

void timer_start(struct timer *t, uint64_t deadline_ns)
{
	uintptr_t irq = arch_irq_save();
	struct timer_base *mine = this_cpu_ptr(timer_base), *b = lock_base_of(t);

	if (t->state == TIMER_QUEUED)
		tree_remove(b, t);
	if (b != mine) {
		spin_unlock_noresched(&b->lock);
		spin_lock(&mine->lock);
		__atomic_store_n(&t->cpu, cpu_id(), __ATOMIC_RELAXED);
	}
	t->deadline_ns = deadline_ns;
	tree_insert(mine, t);
	if (mine->first == t)
		arm_at(mine, deadline_ns);
	spin_unlock_noresched(&mine->lock);
	arch_irq_restore(irq);
}

/** Take @t off its base; true if it was queued. *@running: its function is being run. */
static bool cancel(struct timer *t, bool *running)
{
	uintptr_t irq = arch_irq_save();
	struct timer_base *b = lock_base_of(t);
	bool queued = t->state == TIMER_QUEUED;

	if (queued)
		tree_remove(b, t);
	*running = b->running == t;
	spin_unlock_noresched(&b->lock);
	arch_irq_restore(irq);
	return queued;
}

bool timer_cancel(struct timer *t)
{
	bool running;

	return cancel(t, &running);
}

void timer_cancel_sync(struct timer *t)
{
	bool running;

	for (;;) {
		(void)cancel(t, &running);
		if (!running)
			return;
		arch_cpu_relax();
	}
}

void timer_slice_set(uint64_t deadline_ns)
{
	struct timer_base *b = this_cpu_ptr(timer_base);

	b->slice_ns = deadline_ns;
	if (deadline_ns)
		arm_at(b, deadline_ns);
}

void timer_interrupt(void)
{
	struct timer_base *b = this_cpu_ptr(timer_base);
	uint64_t next;

	b->armed_ns = 0;
	spin_lock(&b->lock);
	while (b->first && b->first->deadline_ns <= time_now_ns()) {
		struct timer *t = b->first;

		tree_remove(b, t);
		b->running = t;
		spin_unlock_noresched(&b->lock);
		t->fn(t);		/* may start it again, or free it */
		spin_lock(&b->lock);
		b->running = NULL;
	}
	next = b->first ? b->first->deadline_ns : 0;
	spin_unlock_noresched(&b->lock);
	if (b->slice_ns && b->slice_ns <= time_now_ns()) {
		b->slice_ns = 0;
		sched_slice_end();
	}
	if (b->slice_ns && (!next || b->slice_ns < next))
		next = b->slice_ns;
	if (next)
		arm_at(b, next);
	else if (!b->armed_ns)
		arch_timer_disarm();
}
