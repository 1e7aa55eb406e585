/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: sending, choosing a thread, stop and continue, delivery on the way to user mode, restart of interrupted calls. Policy (who may
 * signal whom, process groups) is proc's; frames are the port's.
 */
#include "lx.h"
#include <srv/proc.rpc.h>
#include <tessera/ipc/upcalls.h>

#define STOP_SIGS \
	(SIG_BIT(LX_SIGSTOP) | SIG_BIT(LX_SIGTSTP) | SIG_BIT(LX_SIGTTIN) | SIG_BIT(LX_SIGTTOU))
#define IGN_SIGS \
	(SIG_BIT(LX_SIGCHLD) | SIG_BIT(LX_SIGCONT) | SIG_BIT(LX_SIGURG) | SIG_BIT(LX_SIGWINCH))
#define NEVER_BLOCK (SIG_BIT(LX_SIGKILL) | SIG_BIT(LX_SIGSTOP))
enum { SIG_DFL = 0, SIG_IGN = 1 };

static uint64_t pending_of(const struct lx_task *t)
{
	return __atomic_load_n(&t->pub->pending, __ATOMIC_ACQUIRE) |
	       __atomic_load_n(&t->group->pub->shared_pending, __ATOMIC_ACQUIRE);
}

/* Have WORK_SIGNAL say whether something deliverable is pending; group lock held or own thread. */
void lx_recalc(struct lx_task *t)
{
	if (pending_of(t) & (~t->pub->blocked | t->waiting))
		thread_work_set(t->thread, WORK_SIGNAL);
	else
		thread_work_clear(t->thread, WORK_SIGNAL);
}

bool lx_signal_pending(void)
{
	return thread_interrupted(current);
}

static bool ignored(const struct lx_task *t, int sig)
{
	uint64_t h = t->actions->tab.action[sig - 1].handler;

	if (t->pub->blocked & SIG_BIT(sig))
		return false;
	return h == SIG_IGN || (h == SIG_DFL && (IGN_SIGS & SIG_BIT(sig)));
}

/* group lock held */
static void drop_pending(struct lx_group *g, uint64_t mask)
{
	struct lx_task *t;
	struct sigq *q, *n;

	g->pub->shared_pending &= ~mask;
	list_for_each_entry_safe (q, n, &g->queue, node)
		if (mask & SIG_BIT(q->info.signo)) {
			list_del(&q->node);
			kfree(q);
		}
	list_for_each_entry (t, &g->tasks, node) {
		t->pub->pending &= ~mask;
		list_for_each_entry_safe (q, n, &t->queue, node)
			if (mask & SIG_BIT(q->info.signo)) {
				list_del(&q->node);
				kfree(q);
			}
	}
}

static struct lx_task *choose(struct lx_group *g, int sig)
{
	struct lx_task *t;

	list_for_each_entry (t, &g->tasks, node)
		if (!(t->pub->blocked & ~t->waiting & SIG_BIT(sig)))
			return t;
	return NULL;
}

int lx_signal_send(struct lx_group *g, struct lx_task *to, const struct lx_siginfo *info)
{
	int sig = info->signo;
	struct sigq *q = kzalloc(sizeof(*q));
	struct lx_task *t;
	uintptr_t s;

	s = spin_lock_irqsave(&g->lock);
	if (list_empty(&g->tasks) || g->exiting) {
		spin_unlock_irqrestore(&g->lock, s);
		kfree(q);
		return 0;
	}
	t = list_first_entry(&g->tasks, struct lx_task, node);
	if (to) { /* it may have ended since it was looked up */
		list_for_each_entry (t, &g->tasks, node)
			if (t == to)
				break;
		if (&t->node == &g->tasks) {
			spin_unlock_irqrestore(&g->lock, s);
			kfree(q);
			return 0;
		}
	}
	if (sig == LX_SIGCONT || sig == LX_SIGKILL) {
		drop_pending(g, STOP_SIGS);
		g->stopped = false;
	} else if (STOP_SIGS & SIG_BIT(sig)) {
		drop_pending(g, SIG_BIT(LX_SIGCONT));
	}
	if (g->pub->pid == 1 && sig != LX_SIGCHLD && !(t->pub->blocked & SIG_BIT(sig)) &&
	    t->actions->tab.action[sig - 1].handler == SIG_DFL)
		goto drop;
	if (sig != LX_SIGKILL && sig != LX_SIGSTOP && ignored(t, sig))
		goto drop;
	if (sig < 32 && ((to ? to->pub->pending : g->pub->shared_pending) & SIG_BIT(sig)))
		goto drop;
	if (q) {
		q->info = *info;
		list_add_tail(to ? &to->queue : &g->queue, &q->node);
		q = NULL;
	}
	if (to)
		to->pub->pending |= SIG_BIT(sig);
	else
		g->pub->shared_pending |= SIG_BIT(sig);
	if (sig == LX_SIGKILL) {
		list_for_each_entry (t, &g->tasks, node)
			thread_work_set(t->thread, WORK_SIGNAL);
	} else {
		t = to ? to : choose(g, sig);
		if (t)
			lx_recalc(t);
	}
drop:
	spin_unlock_irqrestore(&g->lock, s);
	kfree(q);
	waitq_wake_all(&g->stop_wait);
	return 0;
}

void lx_signal_simple(struct lx_group *g, struct lx_task *t, int sig, int code)
{
	struct lx_siginfo info = {.signo = sig, .code = code};

	if (code == SI_USER || code == SI_TKILL) {
		info.kill.pid = (int32_t)lx_task()->group->pub->pid;
		info.kill.uid = (int32_t)lx_task()->cred->uid;
	}
	(void)lx_signal_send(g, t, &info);
}

/* A fault of the thread's own: blocked or ignored means death. */
void lx_signal_force(int sig, int code, uint64_t addr)
{
	struct lx_siginfo info = {.signo = sig, .code = code, .fault.addr = addr};
	struct lx_task *t = lx_task();
	uintptr_t s = spin_lock_irqsave(&t->group->lock);
	struct lx_sigaction *sa = &t->actions->tab.action[sig - 1];

	if ((t->pub->blocked & SIG_BIT(sig)) || sa->handler == SIG_IGN) {
		t->pub->blocked &= ~SIG_BIT(sig);
		sa->handler = SIG_DFL;
	}
	if (t->group->pub->pid == 1 && sa->handler == SIG_DFL) {
		spin_unlock_irqrestore(&t->group->lock, s);
		log_err("init: fatal signal %d at 0x%llx, pc 0x%llx", sig, (unsigned long long)addr,
			(unsigned long long)arch_regs_pc(arch_thread_regs(current)));
		lx_exit_group_now(sig);
	}
	spin_unlock_irqrestore(&t->group->lock, s);
	(void)lx_signal_send(t->group, t, &info);
}

void lx_actions_exec(struct lx_actions *a)
{
	uintptr_t s = spin_lock_irqsave(&a->lock);

	for (unsigned i = 0; i < LX_NSIG; i++)
		if (a->tab.action[i].handler != SIG_IGN)
			memset(&a->tab.action[i], 0, sizeof(a->tab.action[i]));
	spin_unlock_irqrestore(&a->lock, s);
}

/* Take the lowest deliverable signal out of the sets. 0: none. */
static int dequeue(struct lx_task *t, uint64_t mask, struct lx_siginfo *info)
{
	struct lx_group *g = t->group;
	uintptr_t s = spin_lock_irqsave(&g->lock);
	uint64_t own = t->pub->pending & mask, shared = g->pub->shared_pending & mask;
	uint64_t sync = own & (SIG_BIT(4) | SIG_BIT(5) | SIG_BIT(7) | SIG_BIT(8) | SIG_BIT(11) |
			       SIG_BIT(31));
	struct list_head *queue = &t->queue;
	uint64_t *set = &t->pub->pending;
	struct sigq *q, *n;
	bool more = false;
	int sig = 0;

	if ((own | shared) & SIG_BIT(LX_SIGKILL))
		sig = LX_SIGKILL;
	else if (sync)
		sig = __builtin_ctzll(sync) + 1;
	else if (own)
		sig = __builtin_ctzll(own) + 1;
	else if (shared)
		sig = __builtin_ctzll(shared) + 1;
	if (sig) {
		struct sigq *found = NULL;

		if (!(own & SIG_BIT(sig))) {
			queue = &g->queue;
			set = &g->pub->shared_pending;
		}
		memset(info, 0, sizeof(*info));
		info->signo = sig;
		info->code = SI_USER;
		list_for_each_entry_safe (q, n, queue, node) {
			if (q->info.signo != sig)
				continue;
			if (found) {
				more = true;
				break;
			}
			found = q;
		}
		if (found) {
			*info = found->info;
			list_del(&found->node);
			kfree(found);
		}
		if (!more)
			*set &= ~SIG_BIT(sig);
	}
	lx_recalc(t);
	spin_unlock_irqrestore(&g->lock, s);
	return sig;
}

/* What an interrupted call does now that handler sa (NULL: none) runs. */
static void fix_restart(struct lx_task *t, struct arch_regs *r, const struct lx_sigaction *sa)
{
	int64_t ret = (int64_t)arch_regs_ret(r);

	if (!t->in_syscall)
		return;
	t->in_syscall = false;
	switch (-ret) {
	case ERESTARTSYS:
		if (sa && !(sa->flags & SA_RESTART))
			break;
		lx_arch_restart(r, t->syscall_arg0);
		return;
	case ERESTARTNOINTR:
		lx_arch_restart(r, t->syscall_arg0);
		return;
	case ERESTARTNOHAND:
	case ERESTART_RESTARTBLOCK:
		if (sa)
			break;
		lx_arch_restart(r, t->syscall_arg0);
		return;
	default:
		return;
	}
	arch_regs_set_ret(r, (uint64_t)-EINTR);
}

static void group_stop(struct lx_task *t, int sig)
{
	struct lx_group *g = t->group;
	struct act a;
	uintptr_t s = spin_lock_irqsave(&g->lock);

	g->stopped = true;
	spin_unlock_irqrestore(&g->lock, s);
	act_init(&a, endpoint_control("proc"));
	(void)rpc_call(&a, PROC_stopped, (uint64_t[RPC_ARGS]){g->pub->pid, 1, (uint64_t)sig});
	wait_event(&g->stop_wait, !READ_ONCE(g->stopped));
	act_init(&a, endpoint_control("proc"));
	(void)rpc_call(&a, PROC_stopped, (uint64_t[RPC_ARGS]){g->pub->pid, 0, LX_SIGCONT});
}

static void deliver(struct lx_task *t, struct arch_regs *r, int sig, const struct lx_siginfo *info)
{
	uintptr_t s = spin_lock_irqsave(&t->actions->lock);
	struct lx_sigaction sa = t->actions->tab.action[sig - 1];
	uint64_t mask, sp;

	if (sa.handler > SIG_IGN && (sa.flags & (uint32_t)SA_RESETHAND))
		t->actions->tab.action[sig - 1].handler = SIG_DFL;
	spin_unlock_irqrestore(&t->actions->lock, s);
	if (sig == LX_SIGKILL ||
	    (sa.handler == SIG_DFL && !(IGN_SIGS & SIG_BIT(sig)) && !(STOP_SIGS & SIG_BIT(sig))))
		lx_exit_group_now(sig);
	if (sa.handler == SIG_DFL && (STOP_SIGS & SIG_BIT(sig))) {
		group_stop(t, sig);
		return;
	}
	if (sa.handler == SIG_DFL || sa.handler == SIG_IGN)
		return;
	fix_restart(t, r, &sa);
	mask = t->restore_mask ? t->pub->saved_blocked : t->pub->blocked;
	t->restore_mask = false;
	sp = lx_arch_sp_base(r);
	if ((sa.flags & SA_ONSTACK) && !(t->pub->altstack.flags & SS_DISABLE) &&
	    t->pub->altstack.size &&
	    !(sp > t->pub->altstack.sp && sp <= t->pub->altstack.sp + t->pub->altstack.size))
		sp = t->pub->altstack.sp + t->pub->altstack.size;
	if (lx_arch_sigframe(r, sig, &sa, info, mask, sp)) {
		if (sig == LX_SIGSEGV)
			lx_exit_group_now(LX_SIGSEGV);
		lx_signal_force(LX_SIGSEGV, SI_KERNEL, sp);
		return;
	}
	t->pub->blocked |= (sa.mask | (sa.flags & SA_NODEFER ? 0 : SIG_BIT(sig))) & ~NEVER_BLOCK;
	lx_recalc(t);
}

/* On the way to user mode with work set, interrupts on. */
void lx_signal_work(struct arch_regs *r, uint32_t work)
{
	struct lx_task *t = lx_task();
	struct lx_siginfo info;
	int sig;

	if (!t) /* a child that never came to life */
		thread_exit(0);
	if (work & WORK_KILL)
		lx_exit_thread_now();
	thread_work_clear(current, WORK_INTR);
	while ((sig = dequeue(t, ~t->pub->blocked | NEVER_BLOCK, &info)))
		deliver(t, r, sig, &info);
	fix_restart(t, r, NULL);
	if (t->restore_mask) {
		t->restore_mask = false;
		t->pub->blocked = t->pub->saved_blocked;
		lx_recalc(t);
	}
}

/* --- calls */

int64_t lx_rt_sigaction(int sig, uintptr_t act, uintptr_t old, uint64_t size)
{
	struct lx_actions *a = lx_task()->actions;
	struct lx_sigaction was, now;
	uint64_t w[4] = {0};
	bool rest = lx_arch_has_restorer;
	size_t n = rest ? 32 : 24;
	uintptr_t s;

	if (size != 8 || sig < 1 || sig > LX_NSIG || (act && (NEVER_BLOCK & SIG_BIT(sig))))
		return -EINVAL;
	if (act && copy_from_user(w, act, n))
		return -EFAULT;
	now = (struct lx_sigaction){w[0], w[1], rest ? w[2] : 0,
				    (rest ? w[3] : w[2]) & ~NEVER_BLOCK};
	s = spin_lock_irqsave(&a->lock);
	was = a->tab.action[sig - 1];
	if (act)
		a->tab.action[sig - 1] = now;
	spin_unlock_irqrestore(&a->lock, s);
	if (act &&
	    (now.handler == SIG_IGN || (now.handler == SIG_DFL && (IGN_SIGS & SIG_BIT(sig))))) {
		s = spin_lock_irqsave(&lx_task()->group->lock);
		drop_pending(lx_task()->group, SIG_BIT(sig));
		spin_unlock_irqrestore(&lx_task()->group->lock, s);
	}
	if (old) {
		w[0] = was.handler;
		w[1] = was.flags;
		w[2] = rest ? was.restorer : was.mask;
		w[3] = was.mask;
		return copy_to_user(old, w, n);
	}
	return 0;
}

static void set_blocked(uint64_t mask)
{
	struct lx_task *t = lx_task();
	uintptr_t s = spin_lock_irqsave(&t->group->lock);

	t->pub->blocked = mask & ~NEVER_BLOCK;
	lx_recalc(t);
	spin_unlock_irqrestore(&t->group->lock, s);
}

int64_t lx_rt_sigprocmask(int how, uintptr_t set, uintptr_t old, uint64_t size)
{
	uint64_t was = lx_task()->pub->blocked, m;

	if (size != 8)
		return -EINVAL;
	if (set) {
		if (user_load64(set, &m))
			return -EFAULT;
		if (how < 0 || how > 2)
			return -EINVAL;
		set_blocked(how == 0 ? was | m : how == 1 ? was & ~m : m);
	}
	return old ? copy_to_user(old, &was, 8) : 0;
}

int64_t lx_rt_sigpending(uintptr_t set, uint64_t size)
{
	uint64_t p = pending_of(lx_task()) & lx_task()->pub->blocked;

	return size > 8 ? -EINVAL : copy_to_user(set, &p, (size_t)size);
}

static int64_t wait_signal(void)
{
	struct waitq q = WAITQ_INIT(q);

	(void)wait_event_interruptible(&q, false);
	return -ERESTARTNOHAND;
}

int64_t lx_rt_sigsuspend(uintptr_t set, uint64_t size)
{
	struct lx_task *t = lx_task();
	uint64_t m;

	if (size != 8)
		return -EINVAL;
	if (user_load64(set, &m))
		return -EFAULT;
	t->pub->saved_blocked = t->pub->blocked;
	set_blocked(m);
	(void)wait_signal();
	t->restore_mask = true;
	thread_work_set(current, WORK_SIGNAL);
	return -ERESTARTNOHAND;
}

int64_t lx_pause(void)
{
	return wait_signal();
}

int64_t lx_rt_sigtimedwait(uintptr_t set, uintptr_t uinfo, uintptr_t ts, uint64_t size)
{
	struct lx_task *t = lx_task();
	uint64_t deadline = WAIT_FOREVER, m;
	struct lx_siginfo info;
	struct waitq q = WAITQ_INIT(q);
	int64_t tv[2];
	int sig;

	if (size != 8)
		return -EINVAL;
	if (user_load64(set, &m))
		return -EFAULT;
	if (ts) {
		if (copy_from_user(tv, ts, 16))
			return -EFAULT;
		if (tv[0] < 0 || tv[1] < 0 || tv[1] > 999999999)
			return -EINVAL;
		deadline = time_now_ns() + (uint64_t)MIN(tv[0], 1000000000ll) * 1000000000ull +
			   (uint64_t)tv[1];
	}
	m &= ~NEVER_BLOCK;
	sig = dequeue(t, m, &info);
	if (!sig && (!ts || tv[0] || tv[1])) {
		t->waiting = m;
		set_blocked(t->pub->blocked);
		(void)wait_event_flags(&q, pending_of(t) & m, WAIT_INTERRUPTIBLE, deadline);
		t->waiting = 0;
		sig = dequeue(t, m, &info);
	}
	if (!sig)
		return thread_interrupted(current) ? -EINTR : -EAGAIN;
	if (uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return sig;
}

int64_t lx_rt_sigreturn(void)
{
	struct arch_regs *r = arch_thread_regs(current);
	uint64_t mask;

	if (lx_arch_sigreturn(r, &mask)) {
		lx_signal_force(LX_SIGSEGV, SI_KERNEL, arch_regs_sp(r));
		return 0;
	}
	set_blocked(mask);
	lx_task()->in_syscall = false;
	return (int64_t)arch_regs_ret(r);
}

int64_t lx_sigaltstack(uintptr_t ss, uintptr_t old)
{
	struct lx_task *t = lx_task();
	struct {
		uint64_t sp;
		int32_t flags, pad;
		uint64_t size;
	} n, o = {t->pub->altstack.sp, (int32_t)t->pub->altstack.flags, 0, t->pub->altstack.size};
	uint64_t sp = arch_regs_sp(arch_thread_regs(current));
	bool on = !(o.flags & SS_DISABLE) && sp > o.sp && sp <= o.sp + o.size;

	if (on)
		o.flags |= SS_ONSTACK;
	if (ss) {
		if (copy_from_user(&n, ss, sizeof(n)))
			return -EFAULT;
		if (on)
			return -EPERM;
		if (n.flags & ~(SS_DISABLE | SS_ONSTACK))
			return -EINVAL;
		if (!(n.flags & SS_DISABLE) && n.size < 2048)
			return -ENOMEM;
		t->pub->altstack.sp = n.flags & SS_DISABLE ? 0 : n.sp;
		t->pub->altstack.size = n.flags & SS_DISABLE ? 0 : n.size;
		t->pub->altstack.flags = n.flags & SS_DISABLE;
	}
	return old ? copy_to_user(old, &o, sizeof(o)) : 0;
}
