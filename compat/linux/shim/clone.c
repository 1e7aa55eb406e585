/* SPDX-License-Identifier: BSD-2-Clause */
/* fork, vfork, clone, clone3, conducted: begin at proc, the core's copies, commit at proc; until then the child is invisible. */
#include "lx.h"
#include <srv/proc.rpc.h>

enum {
	CLONE_VM = 0x100,
	CLONE_FS = 0x200,
	CLONE_FILES = 0x400,
	CLONE_SIGHAND = 0x800,
	CLONE_PTRACE = 0x2000,
	CLONE_VFORK = 0x4000,
	CLONE_PARENT = 0x8000,
	CLONE_THREAD = 0x10000,
	CLONE_NEWNS = 0x20000,
	CLONE_SYSVSEM = 0x40000,
	CLONE_SETTLS = 0x80000,
	CLONE_PARENT_SETTID = 0x100000,
	CLONE_CHILD_CLEARTID = 0x200000,
	CLONE_DETACHED = 0x400000,
	CLONE_UNTRACED = 0x800000,
	CLONE_CHILD_SETTID = 0x1000000,
	CLONE_NEW = 0x7e020080,
	CLONE_PIDFD = 0x1000,
};
#define CLONE_IO	    0x80000000u
#define CLONE_CLEAR_SIGHAND 0x100000000ull

static int64_t proc_call(uint16_t op, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
			 uint64_t *r1)
{
	uint64_t args[RPC_ARGS] = {a0, a1, a2, a3};
	struct rpc_ret r;
	struct act a;

	act_init(&a, endpoint_control("proc"));
	r = rpc_call(&a, op, args);
	if (r1)
		*r1 = r.r1;
	return r.r0;
}

static struct lx_actions *actions_copy(struct lx_actions *o)
{
	struct lx_actions *n = kmalloc(sizeof(*n));

	if (n) {
		memcpy(n, o, sizeof(*n));
		n->users = 1;
		spin_init(&n->lock, RANK_SIGHAND);
	}
	return n;
}

/* Everything of the child that is not memory. */
static int copy_task(struct lx_task *c, const struct lx_task *p, uint64_t flags)
{
	memcpy(c->pub->comm, p->pub->comm, sizeof(c->pub->comm));
	c->pub->blocked = p->pub->blocked;
	c->pub->personality = p->pub->personality;
	c->pub->nice = p->pub->nice;
	if (!(flags & CLONE_VM) || (flags & CLONE_VFORK))
		c->pub->altstack = p->pub->altstack;
	c->cred = kmalloc(sizeof(*c->cred));
	if (!c->cred)
		return -ENOMEM;
	*c->cred = *p->cred;
	if (flags & CLONE_FILES) {
		refcount_get(&p->fdtab->users);
		c->fdtab = p->fdtab;
	} else {
		c->fdtab = fdtab_copy(p->fdtab);
	}
	if (flags & CLONE_FS) {
		refcount_get(&p->fs->users);
		c->fs = p->fs;
	} else {
		c->fs = fs_copy(p->fs);
	}
	if (flags & CLONE_SIGHAND) {
		refcount_get(&p->actions->users);
		c->actions = p->actions;
	} else {
		c->actions = actions_copy(p->actions);
		if (c->actions && (flags & CLONE_CLEAR_SIGHAND))
			for (unsigned i = 0; i < LX_NSIG; i++)
				if (c->actions->tab.action[i].handler != 1)
					memset(&c->actions->tab.action[i], 0,
					       sizeof(struct lx_sigaction));
	}
	return c->fdtab && c->fs && c->actions ? 0 : -ENOMEM;
}

static int copy_group(struct lx_task *c, const struct lx_group *pg)
{
	struct lx_group *g = lx_group_new();

	if (!g)
		return -ENOMEM;
	memcpy(g->pub->rlimit, pg->pub->rlimit, sizeof(g->pub->rlimit));
	memcpy(g->pub->auxv, pg->pub->auxv, sizeof(g->pub->auxv));
	memcpy(g->exe, pg->exe, sizeof(g->exe));
	g->arg_start = pg->arg_start;
	g->arg_end = pg->arg_end;
	g->env_start = pg->env_start;
	g->env_end = pg->env_end;
	g->pub->start_ns = time_now_ns();
	c->group = g;
	return 0;
}

static void child_begin(void *arg)
{
	struct lx_task *t = lx_task();

	if (!t) { /* the clone was undone: only this thread and its space are left */
		struct space *space = current->space;

		thread_set_space(NULL);
		space_put(space);
		thread_exit(0);
	}
	if (t->pub->set_tid)
		if (user_store32(t->pub->set_tid, t->pub->tid))
			log_debug("linux: %u: bad child_tid",
				  t->pub->tid); /* as Linux: the child runs all the same */
	t->pub->set_tid = 0;
	arch_thread_enter_user();
}

static int check_flags(uint64_t f)
{
	if (f & CLONE_NEW) {
		lx_count_refused();
		return -EINVAL;
	}
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if (f & CLONE_PIDFD) {
		lx_count_refused();
		return -EINVAL;
	}
	return 0;
}

static int64_t do_clone(const struct lx_clone_args *ca, unsigned exit_signal)
{
	struct lx_task *p = lx_task(), *c = NULL;
	uint64_t f = ca->flags, pgid_sid;
	struct completion vfork;
	struct space *space = NULL;
	struct thread *th = NULL;
	struct arch_regs *r;
	int64_t pid, err = check_flags(f);
	uintptr_t s;

	if (err)
		return err;
	pid = proc_call(PROC_clone_begin, p->group->pub->pid, f, 0, 0, NULL);
	if (pid < 0)
		return pid;
	err = -ENOMEM;
	c = lx_task_new(p->group);
	if (!c || copy_task(c, p, f))
		goto undo;
	if (!(f & CLONE_THREAD) && copy_group(c, p->group)) {
		c->group = p->group;
		goto undo;
	}
	space = f & CLONE_VM ? space_get(current->space) : space_clone(current->space, NULL);
	if (!space)
		goto undo;
	th = thread_create_user(p->pub->comm, space, child_begin, NULL);
	if (!th)
		goto undo;
	th->lx = c;
	c->thread = th;
	c->pub->tid = (uint32_t)pid;
	c->pub->tgid = f & CLONE_THREAD ? p->pub->tgid : (uint32_t)pid;
	c->pub->clear_tid = f & CLONE_CHILD_CLEARTID ? ca->ctid : 0;
	c->pub->set_tid = f & CLONE_CHILD_SETTID ? ca->ctid : 0;
	r = arch_thread_regs(th);
	*r = *arch_thread_regs(current);
	arch_regs_set_ret(r, 0);
	if (ca->stack)
		arch_regs_set_sp(r, ca->stack);
	arch_fpu_copy(th, current);
	arch_tls_set(th, f & CLONE_SETTLS ? ca->tls : arch_tls_get(current));
	if ((f & CLONE_PARENT_SETTID) && user_store32(ca->ptid, (uint32_t)pid)) {
		/* as Linux: the child is made all the same */
	}
	if (!(f & CLONE_THREAD)) {
		struct lx_proc *pub = c->group->pub;

		pub->pid = (uint32_t)pid;
		err = proc_call(PROC_clone_commit, p->group->pub->pid, (uint64_t)pid, exit_signal,
				f, &pgid_sid);
		if (err < 0)
			goto undo;
		pub->pgid = (uint32_t)err;
		pub->sid = (uint32_t)pgid_sid;
		pub->ppid = f & CLONE_PARENT ? p->group->pub->ppid : p->group->pub->pid;
		pub->exit_signal = exit_signal;
	}
	if (f & CLONE_VFORK) {
		completion_init(&vfork);
		c->vfork = &vfork;
	}
	s = spin_lock_irqsave(&c->group->lock);
	list_add_tail(&c->group->tasks, &c->node);
	c->group->ntasks++;
	c->group->pub->nthreads = c->group->ntasks;
	if (f & CLONE_THREAD)
		refcount_get(&c->group->refs);
	if (c->group->exiting)
		thread_work_set(th, WORK_KILL);
	spin_unlock_irqrestore(&c->group->lock, s);
	thread_start(th);
	if (f & CLONE_VFORK)
		wait_for_completion(&vfork);
	thread_unref(th);
	return pid;
undo:
	if (th) { /* ends by itself */
		th->lx = NULL;
		thread_start(th);
		thread_unref(th);
	}
	if (space && !th)
		space_put(space);
	if (c) {
		if (c->group != p->group)
			lx_group_put(c->group);
		lx_task_free(c);
	}
	(void)proc_call(PROC_clone_abort, (uint64_t)pid, 0, 0, 0, NULL);
	return err;
}

int64_t lx_clone(uint64_t flags, uint64_t stack, uintptr_t ptid, uint64_t a3, uint64_t a4)
{
	struct lx_clone_args ca;

	lx_arch_clone_args(&ca, flags & 0xffffff00ull & 0xffffffffull, stack, ptid, a3, a4);
	return do_clone(&ca, (unsigned)(flags & 0xff));
}

int64_t lx_fork(void)
{
	struct lx_clone_args ca = {0};

	return do_clone(&ca, LX_SIGCHLD);
}

int64_t lx_vfork(void)
{
	struct lx_clone_args ca = {.flags = CLONE_VFORK | CLONE_VM};

	return do_clone(&ca, LX_SIGCHLD);
}

int64_t lx_clone3(uintptr_t uargs, uint64_t size)
{
	struct {
		uint64_t flags, pidfd, ctid, ptid, exit_signal, stack, stack_size, tls, set_tid,
			set_tid_size, cgroup;
	} k = {0};
	struct lx_clone_args ca;

	if (size < 64)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (copy_from_user(&k, uargs, (size_t)MIN(size, (uint64_t)sizeof(k))))
		return -EFAULT;
	for (uint64_t i = sizeof(k); i < size; i += 8) {
		uint64_t v;

		if (user_load64(uargs + i, &v))
			return -EFAULT;
		if (v)
			return -E2BIG;
	}
	if ((k.flags & 0xff) || (k.flags & CLONE_DETACHED) || k.exit_signal > LX_NSIG ||
	    k.set_tid_size || (!k.stack != !k.stack_size))
		return -EINVAL;
	if (k.flags & ~(0xffffffffull | CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((k.flags & (CLONE_THREAD | CLONE_PARENT)) && k.exit_signal)
		return -EINVAL;
	ca = (struct lx_clone_args){k.flags, k.stack ? k.stack + k.stack_size : 0, k.ptid, k.ctid,
				    k.tls};
	return do_clone(&ca, (unsigned)k.exit_signal);
}
