/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lock-rank checks: each thread lists the locks it holds; an interrupt handler starts a list of its own on top. A lock is taken only
 * if its rank is above all that are held. Style rule 14.
 */
#include <arch/irq.h>
#include <tessera/log/log.h>
#include <tessera/sync/lockrank.h>
#include <tessera/sync/preempt.h>
#include <tessera/thread/thread.h>

static unsigned *expected_hits;		/* planted violations of a test, see lockrank_expect() */
static struct thread *expected_thread;

static const struct { uint16_t rank; const char *name; } rank_names[] = {
	{ RANK_ACCOUNT, "account" }, { RANK_CAPTABLE, "capability table" }, { RANK_CONN, "conn" },
	{ RANK_DOMAIN, "domain" }, { RANK_POOL, "pool" }, { RANK_SPACE, "address space" }, { RANK_RMAP, "rmap" },
	{ RANK_PT_UPPER, "upper table" }, { RANK_PT_LEAF, "leaf table" }, { RANK_PMO, "pmo" },
	{ RANK_SIGHAND, "sighand" }, { RANK_CELL, "cell" }, { RANK_POLLSET, "pollset" },
	{ RANK_THREADLIST, "thread list" }, { RANK_WAITQ, "wait queue" }, { RANK_THREAD, "thread" },
	{ RANK_TIMER, "timer base" }, { RANK_RUNQUEUE, "run queue" }, { RANK_SLAB, "slab" }, { RANK_ZONE, "zone" },
	{ RANK_IRQ, "irq line" }, { RANK_LOG, "log" },
};

const char *lockrank_name(uint16_t rank)
{
	for (size_t i = 0; i < sizeof(rank_names) / sizeof(rank_names[0]); i++)
		if (rank_names[i].rank == rank)
			return rank_names[i].name;
	return "?";
}

void lockrank_expect(unsigned *hits)
{
	expected_thread = current;
	__atomic_store_n(&expected_hits, hits, __ATOMIC_RELEASE);
}

/** True: a test planted this violation and has counted it. */
static bool lockrank_expected(void)
{
	unsigned *hits = __atomic_load_n(&expected_hits, __ATOMIC_ACQUIRE);

	if (!hits || expected_thread != current)
		return false;
	(*hits)++;
	return true;
}

void lockrank_do_acquire(const void *lock, uint16_t rank, bool nested, uintptr_t pc)
{
	struct thread_core *t = thread_core();
	uint16_t top = 0, i, at = 0;
	uintptr_t irq;

	if (rank == RANK_NONE)
		return;
	if (!pc)
		pc = LOCK_PC;
	for (i = t->held_base; i < t->nheld; i++) {
		/* a sleeping lock and the spinlock it begins with have one address, but two ranks */
		if (t->held[i].lock == lock && t->held[i].rank == rank && !lockrank_expected())
			panic("lock rank: %s lock %p taken twice, first at %p", lockrank_name(rank), lock,
			      (void *)t->held[i].pc);
		if (t->held[i].rank >= top) {
			top = t->held[i].rank;
			at = i;
		}
	}
	if ((top > rank || (top == rank && !nested)) && !lockrank_expected())
		panic("lock rank: taking %s (%u) while holding %s (%u) taken at %p", lockrank_name(rank), rank,
		      lockrank_name(top), top, (void *)t->held[at].pc);
	if (t->nheld >= THREAD_HELD_MAX)
		panic("lock rank: more than %u locks held", THREAD_HELD_MAX);
	/* an interrupt in between would put its own entry into the same place */
	irq = arch_irq_save();
	t->held[t->nheld] = (struct held_lock){ .lock = lock, .pc = pc, .rank = rank };
	t->nheld++;
	arch_irq_restore(irq);
}

void lockrank_do_release(const void *lock, uint16_t rank)
{
	struct thread_core *t = thread_core();
	uint16_t i;

	if (rank == RANK_NONE)
		return;
	for (i = t->nheld; i > t->held_base; i--)
		if (t->held[i - 1].lock == lock && t->held[i - 1].rank == rank)
			break;
	if (i == t->held_base)
		panic("lock rank: releasing %s lock %p that is not held", lockrank_name(rank), lock);
	for (; i < t->nheld; i++)
		t->held[i - 1] = t->held[i];
	barrier();
	t->nheld--;
}

void lockrank_do_may_sleep(uintptr_t pc)
{
	struct thread_core *t = thread_core();

	if (t->preempt_count == 0 && !arch_irq_disabled())
		return;
	if (cpus_online == 0 || (((struct thread *)t)->flags & THREAD_IDLE))
		return;		/* boot: nothing contends yet */
	if (!lockrank_expected())
		panic("lock rank: sleeping call at %p with preempt count %u, interrupts %s", (void *)pc, t->preempt_count,
		      arch_irq_disabled() ? "off" : "on");
}
