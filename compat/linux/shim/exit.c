/* SPDX-License-Identifier: BSD-2-Clause */
/* exit, exit_group, wait. The last thread of a process gives memory and files back before proc hears of the death. */
#include "lx.h"
#include <srv/proc.rpc.h>
#include <srv/tty.rpc.h>

enum { NO_ZOMBIE = 1, TTY_LEG_LEADER = 1 };
int64_t lx_futex_wake_user(uintptr_t addr, unsigned n);

static struct proc_usage usage_of(struct lx_group *g)
{
	struct space_stats st = {0};
	struct lx_task *t;
	struct proc_usage u = {0};
	uintptr_t s;

	if (current->space)
		space_stats_get(current->space, &st);
	u.maxrss_kb = st.max_rss * 4;
	u.minflt = st.faults;
	s = spin_lock_irqsave(&g->lock);
	u.utime_ns = g->dead_cpu_ns;
	list_for_each_entry (t, &g->tasks, node) {
		u.utime_ns += t->thread->cpu_ns;
		u.nvcsw += t->thread->nvcsw;
		u.nivcsw += t->thread->nivcsw;
	}
	spin_unlock_irqrestore(&g->lock, s);
	return u;
}

static void clear_tid(struct lx_task *t)
{
	uint64_t at = t->pub->clear_tid;

	if (!at || !current->space)
		return;
	t->pub->clear_tid = 0;
	if (!user_store32(at, 0))
		(void)lx_futex_wake_user(at, 1);
}

/* proc hears last; then the parent may be back from wait with files closed and memory gone. */
static void group_exit(struct lx_task *t, struct lx_group *g, struct proc_usage *u)
{
	struct lx_group *parent = lx_group_get(g->pub->ppid);
	uint64_t flags = 0;
	struct act a;

	if (parent) {
		struct lx_task *pt;
		uintptr_t s = spin_lock_irqsave(&parent->lock);

		list_for_each_entry (pt, &parent->tasks, node) {
			struct lx_sigaction *sa = &pt->actions->tab.action[LX_SIGCHLD - 1];

			if (sa->handler == 1 || (sa->flags & SA_NOCLDWAIT))
				flags = NO_ZOMBIE;
			break;
		}
		spin_unlock_irqrestore(&parent->lock, s);
		lx_group_put(parent);
	}
	act_init(&a, endpoint_control("proc"));
	a.buf[2] = RPC_BUF_KERNEL_IN(u, sizeof(*u));
	if (rpc_call(&a, PROC_exit,
		     (uint64_t[RPC_ARGS]){g->pub->pid, (uint32_t)g->exit_status | flags << 32, 0,
					  sizeof(*u)})
			    .r0 == TTY_LEG_LEADER &&
	    endpoint_control("tty")) {
		act_init(&a, endpoint_control("tty"));
		(void)rpc_call(&a, TTY_hangup, (uint64_t[RPC_ARGS]){g->pub->sid});
	}
}

void lx_exit_thread_now(void)
{
	struct lx_task *t = lx_task();
	struct lx_group *g = t->group;
	struct proc_usage u = usage_of(g);
	struct space *space = current->space;
	bool last;
	uintptr_t s;

	clear_tid(t);
	s = spin_lock_irqsave(&g->lock);
	last = g->ntasks == 1;
	if (!last) {
		g->ntasks--;
		g->pub->nthreads = g->ntasks;
		g->dead_cpu_ns += current->cpu_ns;
		list_del(&t->node);
	}
	spin_unlock_irqrestore(&g->lock, s);
	if (last)
		timer_cancel_sync(&g->alarm);
	/* files first: their last close calls run with this thread's credentials */
	fdtab_put(t->fdtab);
	t->fdtab = NULL;
	fs_put(t->fs);
	t->fs = NULL;
	thread_set_space(NULL);
	if (t->vfork) {
		complete(t->vfork);
		t->vfork = NULL;
	}
	space_put(space);
	if (last) {
		if (g->pub->pid == 1)
			panic("init: process 1 ended, status 0x%x", (unsigned)g->exit_status);
		group_exit(t, g, &u);
		s = spin_lock_irqsave(&g->lock);
		list_del(&t->node);
		g->ntasks = 0;
		spin_unlock_irqrestore(&g->lock, s);
	}
	if (!last && t->pub->tid != g->pub->pid) {
		struct act a;

		act_init(&a, endpoint_control("proc"));
		(void)rpc_call(&a, PROC_set_tid, (uint64_t[RPC_ARGS]){t->pub->tid});
	}
	current->lx = NULL;
	lx_task_free(t);
	lx_group_put(g);
	thread_exit(0);
}

void lx_exit_group_now(int status)
{
	struct lx_task *me = lx_task(), *t;
	struct lx_group *g = me->group;
	uintptr_t s = spin_lock_irqsave(&g->lock);

	if (!g->exiting) {
		g->exiting = true;
		g->exit_status = status;
		list_for_each_entry (t, &g->tasks, node)
			if (t != me)
				thread_work_set(t->thread, WORK_KILL);
	}
	spin_unlock_irqrestore(&g->lock, s);
	lx_exit_thread_now();
}

int64_t lx_exit(int code)
{
	struct lx_group *g = lx_task()->group;

	if (!g->exiting)
		g->exit_status = (code & 0xff) << 8;
	lx_exit_thread_now();
}

int64_t lx_exit_group(int code)
{
	lx_exit_group_now((code & 0xff) << 8);
}

struct lx_rusage {
	int64_t utime[2], stime[2], v[14];
};

void lx_fill_rusage(struct lx_rusage *r, const struct proc_usage *u);
void lx_fill_rusage(struct lx_rusage *r, const struct proc_usage *u)
{
	memset(r, 0, sizeof(*r));
	r->utime[0] = (int64_t)(u->utime_ns / 1000000000);
	r->utime[1] = (int64_t)(u->utime_ns % 1000000000 / 1000);
	r->stime[0] = (int64_t)(u->stime_ns / 1000000000);
	r->stime[1] = (int64_t)(u->stime_ns % 1000000000 / 1000);
	r->v[0] = (int64_t)u->maxrss_kb;
	r->v[4] = (int64_t)u->minflt;
	r->v[12] = (int64_t)u->nvcsw;
	r->v[13] = (int64_t)u->nivcsw;
}

static int64_t wait_call(uint64_t idtype, uint32_t id, uint32_t options, struct proc_wait *w)
{
	struct act a;

	act_init(&a, endpoint_control("proc"));
	a.buf[4] = RPC_BUF_KERNEL_OUT(w, sizeof(*w));
	return rpc_call(&a, PROC_wait,
			(uint64_t[RPC_ARGS]){lx_task()->group->pub->pid, idtype, id, options, 0,
					     sizeof(*w)})
		.r0;
}

int64_t lx_wait4(int pid, uintptr_t status, uint32_t options, uintptr_t usage)
{
	struct proc_wait w = {0};
	struct lx_rusage ru;
	int64_t r;

	if (options & ~(uint32_t)(PROC_WNOHANG | PROC_WUNTRACED | PROC_WCONTINUED | PROC_WNOTHREAD |
				  PROC_WALL | (uint32_t)PROC_WCLONE))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	options |= PROC_WEXITED;
	if (pid > 0)
		r = wait_call(PROC_P_PID, (uint32_t)pid, options, &w);
	else if (pid == -1)
		r = wait_call(PROC_P_ALL, 0, options, &w);
	else
		r = wait_call(PROC_P_PGID, pid ? (uint32_t)-pid : 0, options, &w);
	if (r <= 0)
		return r;
	if (status && user_store32(status, (uint32_t)w.status))
		return -EFAULT;
	if (usage) {
		lx_fill_rusage(&ru, &w.usage);
		if (copy_to_user(usage, &ru, sizeof(ru)))
			return -EFAULT;
	}
	return r;
}

int64_t lx_waitid(uint32_t idtype, int id, uintptr_t info, uint32_t options, uintptr_t usage)
{
	struct lx_siginfo si = {0};
	struct proc_wait w = {0};
	struct lx_rusage ru;
	int64_t r;

	if ((options &
	     ~(uint32_t)(PROC_WNOHANG | PROC_WUNTRACED | PROC_WEXITED | PROC_WCONTINUED |
			 PROC_WNOWAIT | PROC_WNOTHREAD | PROC_WALL | (uint32_t)PROC_WCLONE)) ||
	    !(options & (PROC_WUNTRACED | PROC_WEXITED | PROC_WCONTINUED)) || idtype > PROC_P_PGID)
		return -EINVAL;
	if (idtype == PROC_P_PID && id <= 0)
		return -EINVAL;
	r = wait_call(idtype, (uint32_t)id, options, &w);
	if (r < 0)
		return r;
	if (r > 0) {
		si.signo = LX_SIGCHLD;
		si.code = w.code;
		si.kill.pid = w.pid;
		si.kill.uid = w.uid;
		si.kill.status = w.code == 1   ? w.status >> 8 & 0xff
				 : w.code == 5 ? w.status >> 8 & 0xff
				 : w.code == 6 ? LX_SIGCONT
					       : w.status & 0x7f;
		if (usage) {
			lx_fill_rusage(&ru, &w.usage);
			if (copy_to_user(usage, &ru, sizeof(ru)))
				return -EFAULT;
		}
	}
	return info ? copy_to_user(info, &si, sizeof(si)) : 0;
}

int64_t lx_getrusage(int who, uintptr_t usage)
{
	struct proc_usage u = {0};
	struct lx_rusage ru;

	if (who != 0 && who != -1 && who != 1)
		return -EINVAL;
	if (who != -1)
		u = usage_of(lx_task()->group);
	lx_fill_rusage(&ru, &u);
	return copy_to_user(usage, &ru, sizeof(ru));
}
