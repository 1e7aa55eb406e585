/* SPDX-License-Identifier: BSD-2-Clause */
/* The reaper: destroys threads and objects whose last reference is gone, in a thread of its own, so destruction never recurses. */
#include <tessera/mm/vmap.h>
#include <tessera/object/object.h>
#include <tessera/sync/completion.h>
#include <tessera/sync/waitq.h>
#include <tessera/thread/thread.h>
#include "kernel.h"
#include "thread_private.h"

static struct thread *dead_threads;	/* LIFO, atomic */
static struct object *dead_objects;	/* LIFO, atomic */
static uint64_t reap_queued, reap_done;	/* objects; atomic */
static struct waitq reap_queue = WAITQ_INIT(reap_queue);
static struct waitq reap_waiters = WAITQ_INIT(reap_waiters);

void reaper_thread(struct thread *t)
{
	t->reap_next = __atomic_load_n(&dead_threads, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&dead_threads, &t->reap_next, t, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	waitq_wake_all(&reap_queue);
}

void object_init(struct object *o, const struct object_type *type, struct account *charge)
{
	*o = (struct object){ .type = type, .refs = 1, .charge = charge };
}

bool object_ref_unless_zero(struct object *o)
{
	return refcount_get_unless_zero(&o->refs);
}

void object_unref(struct object *o)
{
	if (!refcount_put(&o->refs))
		return;
	(void)__atomic_fetch_add(&reap_queued, 1, __ATOMIC_RELAXED);
	o->reap_next = __atomic_load_n(&dead_objects, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&dead_objects, &o->reap_next, o, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	waitq_wake_all(&reap_queue);
}

void object_handle_get(struct object *o)
{
	object_ref(o);
	(void)__atomic_fetch_add(&o->handles, 1, __ATOMIC_RELAXED);
}

void object_handle_put(struct object *o)
{
	if (__atomic_fetch_sub(&o->handles, 1, __ATOMIC_ACQ_REL) == 1 && o->type->close)
		o->type->close(o);
	object_unref(o);
}

void object_reap_barrier(void)
{
	uint64_t target = __atomic_load_n(&reap_queued, __ATOMIC_ACQUIRE);

	wait_event(&reap_waiters, __atomic_load_n(&reap_done, __ATOMIC_ACQUIRE) >= target);
}

static void reap_objects(void)
{
	struct object *o = __atomic_exchange_n(&dead_objects, NULL, __ATOMIC_ACQUIRE), *next;
	uint64_t n = 0;

	for (; o; o = next) {
		next = o->reap_next;
		o->type->destroy(o);
		n++;
	}
	if (n) {
		(void)__atomic_fetch_add(&reap_done, n, __ATOMIC_RELEASE);
		waitq_wake_all(&reap_waiters);
	}
}

static void reap_threads(void)
{
	struct thread *t = __atomic_exchange_n(&dead_threads, NULL, __ATOMIC_ACQUIRE), *next;

	for (; t; t = next) {
		next = t->reap_next;
		thread_free(t);
	}
}

static void reaper(void *unused)
{
	for (;;) {
		wait_event(&reap_queue, __atomic_load_n(&dead_threads, __ATOMIC_ACQUIRE) ||
			   __atomic_load_n(&dead_objects, __ATOMIC_ACQUIRE));
		reap_threads();
		reap_objects();
	}
}

void reaper_init(void)
{
	if (!thread_run("reaper", reaper, NULL))
		panic("reaper: no memory for the thread");
}
