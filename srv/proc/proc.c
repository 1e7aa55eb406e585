/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process manager: numbers, the tree, sessions and process groups, zombies and wait, whom a signal goes to. It never touches
 * memory or files: the shim conducts clone, exec and exit and calls here for what is the tree's business.
 */
#include <srv/srv.h>
#include <srv/proc.rpc.h>
#include <tessera/lib/string.h>

enum { PID_MAX = 32768, SIGCHLD = 17, SIGHUP = 1, SIGCONT = 18, NO_ZOMBIE = 1 };

struct proc {
	struct proc *next, *prev; /* all, by start */
	struct proc *parent;
	uint32_t pid, pgid, sid, state, exit_signal, uid;
	int32_t status;
	bool execed, stop_unreported, cont_unreported, no_zombie;
	uint32_t cell; /* its own waits park here; bumped when a child changes */
	uint32_t nchildren;
	struct proc_usage usage;
};

static struct srv_mutex lock;
static struct proc *first, *last, *init_proc;
static uint8_t busy[PID_MAX / 8]; /* numbers in use as pid or tid */
static uint32_t next_pid = 1;

static bool number_busy(uint32_t n)
{
	struct proc *p;

	if (busy[n / 8] >> n % 8 & 1)
		return true;
	for (p = first; p; p = p->next)
		if (p->pgid == n || p->sid == n)
			return true;
	return false;
}

static uint32_t number_take(void)
{
	for (uint32_t tries = 0; tries < PID_MAX; tries++) {
		uint32_t n = next_pid;

		next_pid = next_pid + 1 < PID_MAX ? next_pid + 1 : 300;
		if (!number_busy(n)) {
			busy[n / 8] |= (uint8_t)(1u << n % 8);
			return n;
		}
	}
	return 0;
}

static void number_free(uint32_t n)
{
	if (n && n < PID_MAX)
		busy[n / 8] &= (uint8_t) ~(1u << n % 8);
}

static struct proc *find(uint32_t pid)
{
	struct proc *p;

	for (p = first; p && p->pid != pid; p = p->next)
		;
	return p;
}

static void forget(struct proc *p)
{
	if (p->prev)
		p->prev->next = p->next;
	else
		first = p->next;
	if (p->next)
		p->next->prev = p->prev;
	else
		last = p->prev;
	if (p->parent)
		p->parent->nchildren--;
	number_free(p->pid);
	cell_free(p->cell);
	srv_free(p);
}

enum { CLONE_THREAD = 0x10000, CLONE_PARENT = 0x8000 };

/* a0 parent pid (0: the first process), a1 clone flags. Threads get a number only. */
static struct rpc_ret proc_clone_begin(const struct rpc_call *c)
{
	struct proc *p = NULL, *parent;
	uint32_t n;

	if (!(c->arg[1] & CLONE_THREAD)) {
		p = srv_alloc(sizeof(*p));
		if (!p || !(p->cell = cell_alloc(0))) {
			srv_free(p);
			return rpc_done(-ENOMEM);
		}
	}
	srv_lock(&lock);
	parent = find((uint32_t)c->arg[0]);
	n = parent || !first ? number_take() : 0;
	if (!n) {
		srv_unlock(&lock);
		if (p)
			cell_free(p->cell);
		srv_free(p);
		return rpc_done(-EAGAIN);
	}
	if (p) {
		p->pid = n;
		p->state = PROC_STATE_NEW;
		p->prev = last;
		if (last)
			last->next = p;
		else
			first = p;
		last = p;
	}
	srv_unlock(&lock);
	return rpc_done(n);
}

static struct rpc_ret proc_clone_commit(const struct rpc_call *c)
{
	struct proc *parent, *p;
	const struct lx_cred *cred = srv_client_cred(c);

	srv_lock(&lock);
	parent = find((uint32_t)c->arg[0]);
	p = find((uint32_t)c->arg[1]);
	if (!p || p->state != PROC_STATE_NEW) {
		srv_unlock(&lock);
		return rpc_done(-ESRCH);
	}
	if (!parent) {
		p->pgid = p->sid = p->pid;
		init_proc = p;
	} else {
		p->pgid = parent->pgid;
		p->sid = parent->sid;
		if ((c->arg[3] & CLONE_PARENT) && parent->parent)
			parent = parent->parent;
		p->parent = parent;
		parent->nchildren++;
	}
	p->exit_signal = (uint32_t)c->arg[2];
	p->uid = cred ? cred->uid : 0;
	p->state = PROC_STATE_RUN;
	srv_unlock(&lock);
	return rpc_done2(p->pgid, p->sid);
}

static struct rpc_ret proc_clone_abort(const struct rpc_call *c)
{
	struct proc *p;

	srv_lock(&lock);
	p = find((uint32_t)c->arg[0]);
	if (p && p->state == PROC_STATE_NEW)
		forget(p);
	else if (!p)
		number_free((uint32_t)c->arg[0]);
	srv_unlock(&lock);
	return rpc_done(0);
}

static struct rpc_ret proc_set_tid(const struct rpc_call *c)
{
	srv_lock(&lock);
	if (!find((uint32_t)c->arg[0]))
		number_free((uint32_t)c->arg[0]);
	srv_unlock(&lock);
	return rpc_done(0);
}

/* Is group pgid orphaned, leaving process 'without' out of account? */
static bool orphaned(uint32_t pgid, const struct proc *without)
{
	struct proc *p;

	for (p = first; p; p = p->next)
		if (p != without && p->pgid == pgid && p->state != PROC_STATE_ZOMBIE && p->parent &&
		    p->parent != init_proc && p->parent->pgid != pgid && p->parent->sid == p->sid)
			return false;
	return true;
}

static bool has_stopped(uint32_t pgid)
{
	struct proc *p;

	for (p = first; p; p = p->next)
		if (p->pgid == pgid && p->state == PROC_STATE_STOPPED)
			return true;
	return false;
}

enum { WAKES = 16 };
struct after {
	struct {
		uint32_t pid, from, pgrp;
		int sig, code, status;
	} w[WAKES];
	unsigned n;
};

/* Signals are raised after the lock is dropped: no call out under it. */
static void later(struct after *a, uint32_t pid, uint32_t pgrp, int sig, int code, uint32_t from,
		  int status)
{
	if (a->n < WAKES) {
		a->w[a->n].pid = pid;
		a->w[a->n].pgrp = pgrp;
		a->w[a->n].sig = sig;
		a->w[a->n].code = code;
		a->w[a->n].from = from;
		a->w[a->n].status = status;
		a->n++;
	}
}

static void raise_all(const struct after *a)
{
	for (unsigned i = 0; i < a->n; i++) {
		if (a->w[i].pgrp)
			srv_signal_pgrp(a->w[i].pgrp, a->w[i].sig);
		else
			srv_signal_pid(a->w[i].pid, a->w[i].sig, a->w[i].code, a->w[i].from,
				       a->w[i].status);
	}
}

static int wait_code(int status)
{
	return (status & 0x7f) == 0 ? 1
	       : status & 0x80	    ? 3
				    : 2; /* CLD_EXITED, CLD_DUMPED, CLD_KILLED */
}

static void reparent(struct proc *p, struct after *a)
{
	struct proc *q, *next;

	for (q = first; q; q = next) {
		next = q->next;
		if (q->parent != p)
			continue;
		q->parent = init_proc;
		p->nchildren--;
		if (!init_proc)
			continue;
		init_proc->nchildren++;
		if (q->state == PROC_STATE_ZOMBIE) {
			cell_set(init_proc->cell, 0, CELL_IN);
			later(a, init_proc->pid, 0, SIGCHLD, wait_code(q->status), q->pid,
			      q->status);
		}
		if (q->pgid != p->pgid && q->sid == p->sid && orphaned(q->pgid, NULL) &&
		    has_stopped(q->pgid)) {
			later(a, 0, q->pgid, SIGHUP, 0, 0, 0);
			later(a, 0, q->pgid, SIGCONT, 0, 0, 0);
		}
	}
}

/* a0 pid, a1 wait status | NO_ZOMBIE << 32 (the parent ignores SIGCHLD) */
static struct rpc_ret proc_exit(const struct rpc_call *c)
{
	struct after a = {.n = 0};
	struct proc_usage u;
	struct proc *p;
	bool leader = false;

	if (client_read(2, 0, &u, sizeof(u)) != sizeof(u))
		memset(&u, 0, sizeof(u));
	srv_lock(&lock);
	p = find((uint32_t)c->arg[0]);
	if (!p || p->state == PROC_STATE_ZOMBIE) {
		srv_unlock(&lock);
		return rpc_done(-ESRCH);
	}
	reparent(p, &a);
	leader = p->sid == p->pid;
	p->status = (int32_t)c->arg[1];
	p->usage = u;
	p->state = PROC_STATE_ZOMBIE;
	if (p->parent) {
		if (p->pgid != p->parent->pgid && orphaned(p->pgid, p) && has_stopped(p->pgid)) {
			later(&a, 0, p->pgid, SIGHUP, 0, 0, 0);
			later(&a, 0, p->pgid, SIGCONT, 0, 0, 0);
		}
		cell_set(p->parent->cell, 0, CELL_IN);
		if (p->exit_signal)
			later(&a, p->parent->pid, 0, (int)p->exit_signal, wait_code(p->status),
			      p->pid, p->status);
		if (c->arg[1] >> 32 & NO_ZOMBIE)
			forget(p);
	}
	srv_unlock(&lock);
	raise_all(&a);
	return rpc_done(leader);
}

static bool wanted(const struct proc *p, const struct proc *me, uint64_t idtype, uint32_t id)
{
	switch (idtype) {
	case PROC_P_ALL:
		return true;
	case PROC_P_PID:
		return p->pid == id;
	case PROC_P_PGID:
		return p->pgid == (id ? id : me->pgid);
	}
	return false;
}

/* What p has to tell; fills w. */
static bool report(struct proc *p, uint32_t options, struct proc_wait *w)
{
	bool keep = options & PROC_WNOWAIT;

	if (p->state == PROC_STATE_ZOMBIE && (options & PROC_WEXITED)) {
		w->status = p->status;
		w->code = wait_code(p->status);
	} else if (p->stop_unreported && (options & PROC_WUNTRACED)) {
		w->status = p->status << 8 | 0x7f;
		w->code = 5;
		p->stop_unreported = keep;
	} else if (p->cont_unreported && (options & PROC_WCONTINUED)) {
		w->status = 0xffff;
		w->code = 6;
		p->cont_unreported = keep;
	} else {
		return false;
	}
	w->pid = (int32_t)p->pid;
	w->uid = (int32_t)p->uid;
	w->usage = p->usage;
	return true;
}

static struct rpc_ret proc_wait(const struct rpc_call *c)
{
	uint32_t options = (uint32_t)c->arg[3];
	struct proc *me, *p;
	struct proc_wait w = {0};
	bool any = false;
	uint64_t seen;
	uint32_t cell;

	srv_lock(&lock);
	me = find((uint32_t)c->arg[0]);
	if (!me) {
		srv_unlock(&lock);
		return rpc_done(-ECHILD);
	}
	seen = cell_load(me->cell);
	cell = me->cell;
	for (p = first; p; p = p->next) {
		bool is_clone = p->exit_signal != SIGCHLD;

		if (p->parent != me || p->state == PROC_STATE_NEW ||
		    !wanted(p, me, c->arg[1], (uint32_t)c->arg[2]))
			continue;
		if (!(options & PROC_WALL) && is_clone != !!(options & (uint32_t)PROC_WCLONE))
			continue;
		any = true;
		if (report(p, options, &w))
			break;
	}
	if (p) {
		int64_t pid = p->pid;

		if (client_write(4, 0, &w, sizeof(w)) != sizeof(w))
			pid = -EFAULT;
		else if (p->state == PROC_STATE_ZOMBIE && !(options & PROC_WNOWAIT))
			forget(p);
		srv_unlock(&lock);
		return rpc_done(pid);
	}
	srv_unlock(&lock);
	if (!any)
		return rpc_done(-ECHILD);
	if (options & PROC_WNOHANG)
		return rpc_done(0);
	park_on(cell, seen, CELL_IN, ~0ull);
	return rpc_park(-ERESTARTSYS, 0);
}

static struct rpc_ret proc_setpgid(const struct rpc_call *c)
{
	uint32_t pid = (uint32_t)c->arg[1], pgid = (uint32_t)c->arg[2];
	struct proc *me, *p, *q;
	int err = 0;

	if ((int32_t)pgid < 0)
		return rpc_done(-EINVAL);
	srv_lock(&lock);
	me = find((uint32_t)c->arg[0]);
	p = pid ? find(pid) : me;
	if (!me || !p || (p != me && p->parent != me) || p->state == PROC_STATE_NEW)
		err = -ESRCH;
	else if (p != me && p->sid != me->sid)
		err = -EPERM;
	else if (p != me && p->execed)
		err = -EACCES;
	else if (p->sid == p->pid)
		err = -EPERM;
	if (!err && !pgid)
		pgid = p->pid;
	if (!err && pgid != p->pid) {
		for (q = first; q && !(q->pgid == pgid && q->sid == p->sid); q = q->next)
			;
		if (!q)
			err = -EPERM;
	}
	if (!err)
		p->pgid = pgid;
	pid = p ? p->pid : 0;
	srv_unlock(&lock);
	return err ? rpc_done(err) : rpc_done2(pgid, pid);
}

static struct rpc_ret proc_getpgid(const struct rpc_call *c)
{
	struct proc *p;
	int64_t r;

	srv_lock(&lock);
	p = find(c->arg[1] ? (uint32_t)c->arg[1] : (uint32_t)c->arg[0]);
	r = !p || p->state == PROC_STATE_NEW ? (int64_t)-ESRCH
	    : c->arg[2] == 0		     ? (int64_t)p->pgid
	    : c->arg[2] == 1		     ? (int64_t)p->sid
					     : 0;
	srv_unlock(&lock);
	return rpc_done(r);
}

static struct rpc_ret proc_setsid(const struct rpc_call *c)
{
	struct proc *me, *q;
	int64_t r;

	srv_lock(&lock);
	me = find((uint32_t)c->arg[0]);
	for (q = first; me && q && q->pgid != me->pid; q = q->next)
		;
	if (!me) {
		r = -ESRCH;
	} else if (q) {
		r = -EPERM;
	} else {
		me->sid = me->pgid = me->pid;
		r = me->pid;
	}
	srv_unlock(&lock);
	return rpc_done(r);
}

/* The processes that kill(pid) means, as kill(2) counts: > 0 one, 0 own group, -1 all but init and self, < -1 a group. */
static struct rpc_ret proc_targets(const struct rpc_call *c)
{
	int32_t arg = (int32_t)c->arg[1];
	uint32_t n = 0, room = (uint32_t)(c->arg[3] / sizeof(uint32_t));
	struct proc *me, *p;

	srv_lock(&lock);
	me = find((uint32_t)c->arg[0]);
	for (p = first; p && n < room; p = p->next) {
		bool hit;

		if (p->state == PROC_STATE_NEW)
			continue;
		if (arg > 0)
			hit = p->pid == (uint32_t)arg;
		else if (arg == 0)
			hit = me && p->pgid == me->pgid;
		else if (arg == -1)
			hit = p != me && p != init_proc;
		else
			hit = p->pgid == (uint32_t)-arg;
		if (!hit)
			continue;
		if (client_write(2, n * sizeof(uint32_t), &p->pid, sizeof(uint32_t)) !=
		    sizeof(uint32_t))
			break;
		n++;
	}
	srv_unlock(&lock);
	return rpc_done(n);
}

/* a0 pid, a1 1 stopped 0 continued, a2 signal | no-SIGCHLD << 32 */
static struct rpc_ret proc_stopped(const struct rpc_call *c)
{
	struct after a = {.n = 0};
	struct proc *p;

	srv_lock(&lock);
	p = find((uint32_t)c->arg[0]);
	if (p && p->state != PROC_STATE_ZOMBIE) {
		bool stop = c->arg[1];

		p->state = stop ? PROC_STATE_STOPPED : PROC_STATE_RUN;
		p->stop_unreported = stop;
		p->cont_unreported = !stop;
		p->status = (int32_t)(c->arg[2] & 0x7f);
		if (p->parent) {
			cell_set(p->parent->cell, 0, CELL_IN);
			if (!(c->arg[2] >> 32))
				later(&a, p->parent->pid, 0, SIGCHLD, stop ? 5 : 6, p->pid,
				      p->status);
		}
	}
	srv_unlock(&lock);
	raise_all(&a);
	return rpc_done(0);
}

static struct rpc_ret proc_execed(const struct rpc_call *c)
{
	struct proc *p;

	srv_lock(&lock);
	p = find((uint32_t)c->arg[0]);
	if (p) {
		p->execed = true;
		p->exit_signal = p->exit_signal ? SIGCHLD : 0;
	}
	srv_unlock(&lock);
	return rpc_done(0);
}

static struct rpc_ret proc_list(const struct rpc_call *c)
{
	uint32_t from = (uint32_t)c->arg[0], n = 0,
		 room = (uint32_t)(c->arg[2] / sizeof(struct proc_entry));
	struct proc *p;

	srv_lock(&lock);
	while (n < room) {
		struct proc *best = NULL;
		struct proc_entry e;

		for (p = first; p; p = p->next)
			if (p->state != PROC_STATE_NEW && p->pid >= from &&
			    (!best || p->pid < best->pid))
				best = p;
		if (!best)
			break;
		e = (struct proc_entry){best->pid,   best->parent ? best->parent->pid : 0u,
					best->pgid,  best->sid,
					best->state, (uint32_t)best->status};
		if (client_write(1, n * sizeof(e), &e, sizeof(e)) != sizeof(e))
			break;
		from = best->pid + 1;
		n++;
	}
	srv_unlock(&lock);
	return rpc_done(n);
}

static const struct opdesc proc_ops[PROC_OPS] = {
#define OP(nr, name, kinds, flags) RPC_DESC_(nr, name, kinds, flags)
	PROC_RPC(OP)
#undef OP
};

static const rpc_handler proc_handlers[PROC_OPS] = {
#define OP(nr, name, kinds, flags) [nr] = proc_##name,
	PROC_RPC(OP)
#undef OP
};

const struct service service_proc;
const struct service service_proc = {
	.name = "proc", .ops = proc_ops, .handlers = proc_handlers, .nops = PROC_OPS};
