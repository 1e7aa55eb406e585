/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects (references, handles, deferred destruction) and interrupt lines. */
#include <arch/irq.h>
#include <tessera/irq/irq.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/errno.h>
#include <tessera/mm/slab.h>
#include <tessera/object/object.h>
#include <tessera/sync/epoch.h>
#include <tessera/thread/thread.h>

static unsigned closed, destroyed;	/* atomic */

static void probe_close(struct object *o)
{
	(void)__atomic_fetch_add(&closed, 1, __ATOMIC_RELAXED);
}

static void probe_destroy(struct object *o)
{
	(void)__atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
	kfree(o);
}

static const struct object_type probe_type = { "probe", probe_close, probe_destroy };

static struct object *probe_new(void)
{
	struct object *o = kzalloc(sizeof(*o));

	VERIFY(o);
	object_init(o, &probe_type, NULL);
	return o;
}

KTEST(object, handles_and_references)
{
	struct object *o = probe_new();

	closed = destroyed = 0;
	object_handle_get(o);
	object_handle_get(o);
	object_handle_put(o);
	KEXPECT_EQ(closed, 0);
	object_handle_put(o);
	KEXPECT_EQ(closed, 1);		/* the last handle, although a reference is left */
	object_reap_barrier();
	KEXPECT_EQ(destroyed, 0);
	KEXPECT(object_ref_unless_zero(o));
	object_unref(o);
	object_unref(o);
	object_reap_barrier();
	KEXPECT_EQ(destroyed, 1);
	KEXPECT_EQ(closed, 1);
}

enum { OBJECTS = 200 };

static void drop(void *arg, unsigned i)
{
	struct object **all = arg;

	for (unsigned n = 0; n < OBJECTS; n++)
		object_unref(all[n]);
}

KTEST(object, concurrent_release)
{
	struct object **all = kcalloc(OBJECTS, sizeof(*all));

	VERIFY(all);
	closed = destroyed = 0;
	for (unsigned n = 0; n < OBJECTS; n++) {
		all[n] = probe_new();
		for (unsigned i = 1; i < 4; i++)
			object_ref(all[n]);
	}
	/* four threads drop one reference each of every object: each dies exactly once */
	(void)ktest_run_threads(4, drop, all);
	object_reap_barrier();
	KEXPECT_EQ(destroyed, OBJECTS);
	kfree(all);
}

/* --- interrupt lines: a line nobody has is found, dispatched as the controller would, and given back */
static unsigned handled, handled_line;

static void handler(unsigned line, void *arg)
{
	handled++;
	handled_line = line;
	if (!arch_irq_disabled())
		ktest_fail(__FILE__, __LINE__, "handler with interrupts on");
}

static void dispatch(unsigned line)
{
	uintptr_t irq = arch_irq_save();

	irq_dispatch(line);
	arch_irq_restore(irq);
}

KTEST(irq, lines)
{
	unsigned line;
	int ret = -EBUSY;

	for (line = 63; line > 40 && ret; line--)
		ret = irq_request(line, 0, handler, NULL, "ktest");
	if (ret) {
		for (line = 22; line > 1 && ret; line--)
			ret = irq_request(line, 0, handler, NULL, "ktest");
	}
	KASSERT_TRUE(ret == 0);
	line++;
	KEXPECT_EQ(irq_request(line, 0, handler, NULL, "ktest"), -EBUSY);
	KEXPECT_EQ(irq_request(UINT32_MAX, 0, handler, NULL, "ktest"), -EINVAL);
	KEXPECT_EQ(irq_request(line, 0, NULL, NULL, "ktest"), -EINVAL);
	handled = 0;
	dispatch(line);
	dispatch(line);
	KEXPECT_EQ(handled, 2);
	KEXPECT_EQ(handled_line, line);
	irq_release(line);
	dispatch(line);			/* nobody's now: masked, and said in the log */
	dispatch(UINT32_MAX);
	KEXPECT_EQ(handled, 2);
	epoch_barrier();
}

/* Interrupts come through while a CPU does nothing but compute: its timer fires inside of the loop. */
static uint32_t fired;

static void note_fired(struct timer *t)
{
	__atomic_store_n(&fired, 1, __ATOMIC_RELEASE);
}

KTEST(irq, interrupts_a_loop)
{
	uint64_t limit = time_now_ns() + 20000000000ull;
	struct timer t;

	fired = 0;
	timer_init(&t, note_fired);
	preempt_disable();
	timer_start(&t, time_now_ns() + 2000000);
	while (!__atomic_load_n(&fired, __ATOMIC_ACQUIRE) && time_now_ns() < limit)
		arch_cpu_relax();
	preempt_enable();
	KEXPECT_EQ(fired, 1);
	timer_cancel_sync(&t);
}

KTEST(irq, masked_means_masked)
{
	uint64_t until;
	struct timer t;
	uintptr_t irq;

	fired = 0;
	timer_init(&t, note_fired);
	irq = arch_irq_save();
	timer_start(&t, time_now_ns() + 1000000);
	until = time_now_ns() + 5000000;
	while (time_now_ns() < until)
		arch_cpu_relax();
	KEXPECT_EQ(fired, 0);
	arch_irq_restore(irq);
	for (unsigned n = 0; !READ_ONCE(fired) && n < 5000; n++)
		(void)thread_sleep_until(time_now_ns() + 1000000, 0);
	KEXPECT_EQ(fired, 1);
	timer_cancel_sync(&t);
}
