/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Native processes. The list holds those whose end nobody has asked for yet. A process ends when its last thread does; killing is
 * a bit in each thread's work word, so a thread always ends by itself.
 */
#include <arch/thread.h>
#include <arch/user.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/space.h>
#include <tessera/sync/mutex.h>
#include "kernel.h"
#include "process.h"

static struct spinlock list_lock = SPINLOCK_INIT(RANK_SIGHAND);
static struct list_head processes = LIST_HEAD_INIT(processes);	/* by list_lock */
static uint32_t last_id;		/* by list_lock */

struct process *process_new(bool root)
{
	struct process *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->space = space_create(NULL);
	if (!p->space) {
		kfree(p);
		return NULL;
	}
	spin_init(&p->lock, RANK_SIGHAND);
	list_init(&p->threads);
	completion_init(&p->exited);
	p->root = root;
	p->refs = 1;
	list_init(&p->link);
	return p;
}

void process_list(struct process *p)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);

	p->id = ++last_id;
	refcount_get(&p->refs);		/* the list's */
	list_add_tail(&processes, &p->link);
	spin_unlock_irqrestore(&list_lock, irq);
}

void process_put(struct process *p)
{
	if (!refcount_put(&p->refs))
		return;
	space_put(p->space);
	kfree(p);
}

struct process *process_find(uint32_t id)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);
	struct process *p, *found = NULL;

	list_for_each_entry(p, &processes, link)
		if (p->id == id) {
			refcount_get(&p->refs);
			found = p;
			break;
		}
	spin_unlock_irqrestore(&list_lock, irq);
	return found;
}

bool process_forget(struct process *p)
{
	uintptr_t irq = spin_lock_irqsave(&list_lock);
	bool listed = !list_empty(&p->link);

	if (listed)
		list_del_init(&p->link);
	spin_unlock_irqrestore(&list_lock, irq);
	if (listed)
		process_put(p);
	return listed;
}

/** A thread of @p that will begin at @entry in user mode; not started. */
struct thread *process_add_thread(struct process *p, const char *name, uint64_t entry, uint64_t sp, uint64_t arg)
{
	struct thread *t = thread_create_user(name, space_get(p->space), NULL, NULL);
	struct arch_regs *regs;
	uintptr_t irq;
	bool dying;

	if (!t) {
		space_put(p->space);
		return NULL;
	}
	regs = arch_thread_regs(t);
	arch_regs_init_user(regs, entry, sp);
	arch_regs_set_arg(regs, 0, arg);
	arch_fpu_clear(t);
	t->process = p;
	irq = spin_lock_irqsave(&p->lock);
	dying = p->dying;
	p->nthreads++;
	refcount_get(&p->refs);
	list_add_tail(&p->threads, &t->proc_link);
	spin_unlock_irqrestore(&p->lock, irq);
	if (dying)
		thread_work_set(t, WORK_KILL);
	return t;
}

int process_thread(uint64_t entry, uint64_t sp, uint64_t arg)
{
	struct thread *t = process_add_thread(current->process, current->name, entry, sp, arg);
	int id;

	if (!t)
		return -ENOMEM;
	id = (int)t->id;
	thread_start(t);
	thread_unref(t);
	return id;
}

void process_thread_exit(int code)
{
	struct process *p = current->process;
	bool last;

	spin_lock(&p->lock);
	list_del_init(&current->proc_link);
	last = --p->nthreads == 0;
	if (last && !p->dying) {
		p->dying = true;
		p->code = code;
	}
	spin_unlock(&p->lock);
	if (last) {
		space_clear(p->space);
		complete_all(&p->exited);
	}
	current->process = NULL;
	process_put(p);
	thread_exit(code);
}

static __noreturn void process_end(int code, bool fault)
{
	struct process *p = current->process;
	struct thread *t;

	spin_lock(&p->lock);
	if (!p->dying) {
		p->dying = true;
		p->code = code;
		p->fault = fault;
	}
	list_for_each_entry(t, &p->threads, proc_link)
		if (t != current)
			thread_work_set(t, WORK_KILL);
	spin_unlock(&p->lock);
	process_thread_exit(code);
}

void process_exit(int code)
{
	process_end(code, false);
}

void process_fault_exit(void)
{
	if (!current->process)
		panic("a user thread without a process");
	process_end(-1, true);
}

/* On the way to user mode: only death is work for a native thread. */
static void native_work(struct arch_regs *regs, uint32_t work)
{
	if (work & WORK_KILL)
		process_thread_exit(current->process->code);
	thread_work_clear(current, work & ~(uint32_t)WORK_KILL);
}

struct trap_hooks native_hooks = { .native_call = native_call, .user_work = native_work };
