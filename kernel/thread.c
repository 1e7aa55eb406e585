/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: creation, start, exit, join, ids. A reference is held by the thread itself until it has left its CPU for the last time,
 * and by whoever got the pointer from thread_create(); the last one sends it to the reaper.
 */
#include <arch/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/space.h>
#include <tessera/mm/vmap.h>
#include <tessera/smp/smp.h>
#include "kernel.h"
#include "thread_private.h"

enum { ID_HASH = 256 };

struct thread boot_thread = {
	.state = THREAD_RUNNING,
	.flags = THREAD_KERNEL | THREAD_IDLE | THREAD_PINNED,
	.lock = SPINLOCK_INIT(RANK_THREAD),
	.affinity = 1,
	.on_cpu = 1,
	.refs = 1,
	.name = "idle/0",
};

static struct kmem_cache *thread_cache;
static struct spinlock list_lock = SPINLOCK_INIT(RANK_THREADLIST);
static struct list_head id_hash[ID_HASH];	/* by list_lock */
static uint32_t last_id;			/* by list_lock */
unsigned thread_count;				/* by list_lock; read by the debugger */

void thread_init(void)
{
	for (unsigned i = 0; i < ID_HASH; i++)
		list_init(&id_hash[i]);
	thread_cache = kmem_cache_create("thread", sizeof(struct thread), 64, SLAB_TYPE_STABLE, NULL);
	if (!thread_cache)
		panic("thread: no memory for the cache");
}

static struct thread *__thread_find(uint32_t id)
{
	struct list_head *head = &id_hash[id % ID_HASH], *pos;

	for (pos = head->next; pos != head; pos = pos->next) {
		struct thread *t = container_of(pos, struct thread, all_link);

		if (t->id == id)
			return t;
	}
	return NULL;
}

/** Give @t an id that no living thread has, and list it. */
static void thread_list_add(struct thread *t)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);

	do {
		if (++last_id > INT32_MAX)
			last_id = 1;
	} while (__thread_find(last_id));
	t->id = last_id;
	list_add_tail(&id_hash[t->id % ID_HASH], &t->all_link);
	thread_count++;
	spin_unlock_irqrestore(&list_lock, irq);
}

static void thread_list_del(struct thread *t)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);

	list_del_init(&t->all_link);
	thread_count--;
	spin_unlock_irqrestore(&list_lock, irq);
}

static void sleep_timer_fired(struct timer *timer)
{
	thread_wake(container_of(timer, struct thread, sleep_timer));
}

void thread_setup(struct thread *t, const char *name, uint32_t flags)
{
	memset(t, 0, sizeof(*t));
	t->state = THREAD_NEW;
	t->flags = flags;
	spin_init(&t->lock, RANK_THREAD);
	t->affinity = UINT64_MAX;
	t->refs = 1;
	t->start_ns = time_now_ns();
	list_init(&t->all_link);
	list_init(&t->proc_link);
	completion_init(&t->exited);
	timer_init(&t->sleep_timer, sleep_timer_fired);
	for (unsigned i = 0; i + 1 < THREAD_NAME_MAX && name[i]; i++)
		t->name[i] = name[i];
	t->core.preempt_count = 1;	/* first code of a thread ends the switch that began it */
	sched_thread_init(t);
}

/* First C code of every thread but the boot thread: interrupts off, switched to from another thread. */
static void thread_main(void *arg)
{
	struct thread *t = arg;

	t->entry(t->arg);
	thread_exit(0);
}

void thread_begin(void (*entry)(void *arg), void *arg)
{
	sched_finish_first();
	arch_irq_enable();
	entry(arg);
	thread_exit(0);
}

static struct thread *thread_new(const char *name, uint32_t flags, void (*entry)(void *arg), void *arg)
{
	struct thread *t = kmem_cache_alloc(thread_cache);
	void *stack;

	if (!t)
		return NULL;
	stack = vmap_stack_alloc();
	if (!stack) {
		kmem_cache_free(thread_cache, t);
		return NULL;
	}
	thread_setup(t, name, flags);
	t->stack = stack;
	t->entry = entry;
	t->arg = arg;
	arch_thread_init(t, stack, thread_main, t);
	return t;
}

struct thread *thread_create(const char *name, void (*entry)(void *arg), void *arg)
{
	struct thread *t = thread_new(name, THREAD_KERNEL, entry, arg);

	if (t) {
		t->refs = 2;		/* its own and the caller's */
		thread_list_add(t);
	}
	return t;
}

struct thread *thread_create_idle(unsigned cpu)
{
	struct thread *t = thread_new("idle/", THREAD_KERNEL | THREAD_IDLE | THREAD_PINNED, NULL, NULL);

	if (t) {
		size_t n = strlen(t->name);

		if (cpu >= 10)
			t->name[n++] = (char)('0' + cpu / 10);
		t->name[n] = (char)('0' + cpu % 10);
		t->state = THREAD_RUNNING;
		t->affinity = 1ull << cpu;
		t->cpu = cpu;
		t->on_cpu = 1;
		t->core.preempt_count = 0;
	}
	return t;
}

/* Without an entry of its own, a user thread goes straight to its frame. */
static void thread_to_user(void *unused)
{
	arch_thread_enter_user();
}

struct thread *thread_create_user(const char *name, struct space *space, void (*entry)(void *arg), void *arg)
{
	struct thread *t = thread_new(name, 0, entry ? entry : thread_to_user, arg);

	if (!t)
		return NULL;
	if (arch_fpu_alloc(t)) {
		vmap_stack_free(t->stack);
		kmem_cache_free(thread_cache, t);
		return NULL;
	}
	t->space = space;
	t->refs = 2;
	thread_list_add(t);
	return t;
}

void thread_start(struct thread *t)
{
	sched_new_thread(t);
}

struct thread *thread_run(const char *name, void (*entry)(void *arg), void *arg)
{
	struct thread *t = thread_create(name, entry, arg);

	if (t) {
		t->flags |= THREAD_DETACHED;
		thread_start(t);
		thread_unref(t);
	}
	return t;
}

struct thread *thread_run_on(unsigned cpu, const char *name, void (*entry)(void *arg), void *arg)
{
	struct thread *t = thread_create(name, entry, arg);

	if (t) {
		t->flags |= THREAD_PINNED;
		t->affinity = 1ull << cpu;
		t->cpu = cpu;
		thread_start(t);
	}
	return t;
}

void thread_exit(int code)
{
	struct thread *t = current;

	VERIFY(t->core.preempt_count == 0 && !(t->flags & THREAD_IDLE));
	VERIFY(!IS_ENABLED(CONFIG_DEBUG_LOCKRANK) || t->core.nheld == 0);
	t->exit_code = code;
	timer_cancel_sync(&t->sleep_timer);
	thread_list_del(t);
	complete_all(&t->exited);
	sched_exit();
}

int thread_join(struct thread *t)
{
	int code;

	wait_for_completion(&t->exited);
	code = t->exit_code;
	thread_unref(t);
	return code;
}

void thread_ref(struct thread *t)
{
	refcount_get(&t->refs);
}

void thread_unref(struct thread *t)
{
	if (refcount_put(&t->refs))
		reaper_thread(t);
}

void thread_free(struct thread *t)
{
	if (!(t->flags & THREAD_KERNEL))
		arch_fpu_free(t);
	if (t->space)
		space_put(t->space);
	vmap_stack_free(t->stack);
	t->stack = NULL;
	kmem_cache_free(thread_cache, t);
}

struct thread *thread_find(uint32_t id)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);
	struct thread *t = __thread_find(id);

	/* listed threads still hold their own reference */
	if (t)
		thread_ref(t);
	spin_unlock_irqrestore(&list_lock, irq);
	return t;
}

void thread_for_each(bool (*fn)(struct thread *t, void *arg), void *arg)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);

	for (unsigned i = 0; i < ID_HASH; i++)
		for (struct list_head *pos = id_hash[i].next; pos != &id_hash[i]; pos = pos->next)
			if (!fn(container_of(pos, struct thread, all_link), arg))
				goto out_unlock;
out_unlock:
	spin_unlock_irqrestore(&list_lock, irq);
}

int thread_block_until(unsigned flags, uint64_t deadline_ns)
{
	struct thread *t = current;
	bool timed = deadline_ns != WAIT_FOREVER;

	if ((flags & WAIT_INTERRUPTIBLE) && thread_interrupted(t)) {
		thread_set_state(THREAD_RUNNING);
		return -EINTR;
	}
	if (timed) {
		if (time_now_ns() >= deadline_ns) {
			thread_set_state(THREAD_RUNNING);
			return -ETIMEDOUT;
		}
		timer_start(&t->sleep_timer, deadline_ns);
	}
	schedule();
	thread_set_state(THREAD_RUNNING);
	if (timed) {
		timer_cancel_sync(&t->sleep_timer);
		if (time_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
	}
	if ((flags & WAIT_INTERRUPTIBLE) && thread_interrupted(t))
		return -EINTR;
	return 0;
}

int thread_sleep_until(uint64_t deadline_ns, unsigned flags)
{
	int ret;

	might_sleep();
	do {
		thread_set_state(flags & WAIT_INTERRUPTIBLE ? THREAD_SLEEPING_INTR : THREAD_SLEEPING);
		ret = thread_block_until(flags, deadline_ns);
	} while (ret == 0);
	return ret == -ETIMEDOUT ? 0 : ret;
}

void thread_work_set(struct thread *t, uint32_t bits)
{
	(void)__atomic_fetch_or(&t->work, bits, __ATOMIC_SEQ_CST);
	if (bits & WORK_INTERRUPTS)
		thread_wake_interruptible(t);
	sched_kick(t);
}

void thread_set_space(struct space *space)
{
	uintptr_t irq = arch_irq_save();

	current->space = space;
	space_switch(space);
	arch_irq_restore(irq);
}
