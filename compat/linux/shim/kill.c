/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a signal goes to: kill, tkill, tgkill, and what services raise on processes and groups. */
#include "lx.h"
#include <srv/proc.rpc.h>

static bool may_signal(struct lx_group *g, int sig)
{
	const struct lx_cred *me = lx_task()->cred, *he = NULL;
	struct lx_task *t;
	bool ok = lx_capable(5) || (sig == LX_SIGCONT && g->pub->sid == lx_task()->group->pub->sid);
	uintptr_t s = spin_lock_irqsave(&g->lock);

	list_for_each_entry (t, &g->tasks, node) {
		he = t->cred;
		ok = ok || me->euid == he->uid || me->euid == he->suid || me->uid == he->uid ||
		     me->uid == he->suid;
		break;
	}
	spin_unlock_irqrestore(&g->lock, s);
	return ok || !he;
}

int64_t lx_kill(int pid, int sig)
{
	enum { MAX = 256 };
	uint32_t *pids;
	struct act a;
	int64_t n, err = -ESRCH;
	bool done = false;

	if (sig < 0 || sig > LX_NSIG)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	pids = kcalloc(MAX, sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	act_init(&a, endpoint_control("proc"));
	a.buf[2] = RPC_BUF_KERNEL_OUT(pids, MAX * sizeof(*pids));
	n = rpc_call(&a, PROC_targets,
		     (uint64_t[RPC_ARGS]){lx_task()->group->pub->pid, (uint32_t)pid, 0,
					  MAX * sizeof(*pids)})
		    .r0;
	for (int64_t i = 0; i < n; i++) {
		struct lx_group *g = lx_group_get(pids[i]);

		if (!g) { /* a zombie: signals reach it and do nothing */
			done = true;
			continue;
		}
		if (!may_signal(g, sig)) {
			err = -EPERM;
		} else {
			done = true;
			if (sig)
				lx_signal_simple(g, NULL, sig, SI_USER);
		}
		lx_group_put(g);
	}
	kfree(pids);
	return done ? 0 : err;
}

struct find {
	uint32_t tid, tgid;
	struct lx_group *g;
};

static bool find_fn(struct lx_group *g, void *arg)
{
	struct find *f = arg;
	struct lx_task *t;

	if (f->tgid && g->pub->pid != f->tgid)
		return true;
	spin_lock_nested(&g->lock);
	list_for_each_entry (t, &g->tasks, node)
		if (t->pub->tid == f->tid) {
			refcount_get(&g->refs);
			f->g = g;
		}
	spin_unlock(&g->lock);
	return !f->g;
}

int64_t lx_tgkill(int tgid, int tid, int sig)
{
	struct find f = {(uint32_t)tid, (uint32_t)tgid, NULL};
	struct lx_task *t, *to = NULL;
	uintptr_t s;

	if (tid <= 0 || tgid < 0 || sig < 0 || sig > LX_NSIG)
		return -EINVAL;
	lx_groups_each(find_fn, &f);
	if (!f.g)
		return -ESRCH;
	if (!may_signal(f.g, sig)) {
		lx_group_put(f.g);
		return -EPERM;
	}
	s = spin_lock_irqsave(&f.g->lock);
	list_for_each_entry (t, &f.g->tasks, node)
		if (t->pub->tid == f.tid)
			to = t;
	spin_unlock_irqrestore(&f.g->lock, s);
	if (sig && to)
		lx_signal_simple(f.g, to, sig, SI_TKILL);
	lx_group_put(f.g);
	return 0;
}

int64_t lx_tkill(int tid, int sig)
{
	return tid <= 0 ? -EINVAL : lx_tgkill(0, tid, sig);
}

struct pgrp_signal {
	uint32_t pgid;
	struct lx_group *found[64];
	unsigned n;
};

static bool pgrp_fn(struct lx_group *g, void *arg)
{
	struct pgrp_signal *p = arg;

	if (g->pub->pgid == p->pgid && p->n < ARRAY_SIZE(p->found)) {
		refcount_get(&g->refs);
		p->found[p->n++] = g;
	}
	return true;
}

int lx_up_signal_pgrp(uint32_t pgid, int sig);
int lx_up_signal_pgrp(uint32_t pgid, int sig)
{
	struct pgrp_signal p = {.pgid = pgid};
	struct lx_siginfo info = {.signo = sig, .code = SI_KERNEL};

	lx_groups_each(pgrp_fn, &p);
	for (unsigned i = 0; i < p.n; i++) {
		(void)lx_signal_send(p.found[i], NULL, &info);
		lx_group_put(p.found[i]);
	}
	return p.n ? 0 : -ESRCH;
}

int lx_up_signal_pid(uint32_t pid, int sig, int code, uint32_t from, int status);
int lx_up_signal_pid(uint32_t pid, int sig, int code, uint32_t from, int status)
{
	struct lx_siginfo info = {.signo = sig, .code = code, .kill = {.pid = (int32_t)from}};
	struct lx_group *g = lx_group_get(pid);

	if (!g)
		return -ESRCH;
	info.kill.status = code == 1 ? status >> 8 & 0xff : status & 0x7f;
	(void)lx_signal_send(g, NULL, &info);
	lx_group_put(g);
	return 0;
}
