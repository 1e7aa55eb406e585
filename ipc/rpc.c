/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C path of a call: admission, activation, handler, and the base of the chain, where a thread waits with nothing held (PARK) and
 * then repeats the call. Only the thread itself touches its chain.
 */
#include <tessera/ipc/cell.h>
#include <tessera/ipc/rpc.h>
#include <tessera/lib/string.h>
#include <tessera/thread/thread.h>

enum { DEPTH_MAX = 16 };

struct act *act_current(void)
{
	return current->ipc;
}

void act_init(struct act *a, struct conn *c)
{
	memset(a, 0, sizeof(*a));
	a->conn = c;
}

void act_drop(struct act *a)
{
	for (unsigned i = 0; i < a->ngive; i++)
		conn_put(a->give[i]);
	a->ngive = 0;
}

struct park_wait {
	struct cell_sub sub;
	struct thread *thread;
	bool fired;
};

static void park_fire(struct cell_sub *s, uint32_t events)
{
	struct park_wait *w = container_of(s, struct park_wait, sub);

	__atomic_store_n(&w->fired, true, __ATOMIC_RELEASE);
	thread_wake(w->thread);
}

/* Sleep until the cell has an event newer than what the service saw: 0; -EINTR; -ETIMEDOUT. */
static int park(const struct act *a, bool nointr)
{
	struct park_wait w = {.sub.fire = park_fire, .thread = current};
	struct lx_cell *cell = cell_of(a->park_cell);
	unsigned flags = nointr ? WAIT_UNINTERRUPTIBLE : WAIT_INTERRUPTIBLE;
	int err = 0;

	if (!cell)
		return -EINTR;
	cell_subscribe(&w.sub, a->park_cell, a->park_events);
	for (;;) {
		thread_set_state(nointr ? THREAD_SLEEPING : THREAD_SLEEPING_INTR);
		if (__atomic_load_n(&w.fired, __ATOMIC_ACQUIRE) ||
		    cell_changed(__atomic_load_n(&cell->word, __ATOMIC_SEQ_CST), a->park_seen,
				 a->park_events))
			break;
		if (err)
			break;
		err = thread_block_until(flags, a->park_deadline);
	}
	thread_set_state(THREAD_RUNNING);
	if (__atomic_load_n(&w.fired, __ATOMIC_ACQUIRE))
		err = 0;
	cell_unsubscribe(&w.sub);
	return err;
}

static struct rpc_ret enter(struct act *a, const struct rpc_call *c, rpc_handler h)
{
	struct thread *t = current;
	struct rpc_ret r;

	a->prev = t->ipc;
	t->ipc = a;
	r = h(c);
	t->ipc = a->prev;
	return r;
}

static unsigned depth(void)
{
	unsigned n = 0;

	for (struct act *a = act_current(); a; a = a->prev)
		n++;
	return n;
}

struct rpc_ret rpc_call(struct act *a, uint16_t op, const uint64_t args[RPC_ARGS])
{
	const struct service *s = a->conn->ep->service;
	struct endpoint *ep = a->conn->ep;
	struct rpc_call c = {.badge = a->conn->badge, .op = op, .slot = current->id};
	struct rpc_ret r;

	if (op >= s->nops || !s->handlers[op])
		return rpc_done(-EOPNOTSUPP);
	if (unlikely(depth() >= DEPTH_MAX))
		return rpc_done(-ELOOP);
	memcpy(c.arg, args, sizeof(c.arg));
	for (;;) {
		int err;

		if (unlikely(a->conn->expect != __atomic_load_n(&ep->live, __ATOMIC_ACQUIRE)))
			return rpc_done(-ENXIO);
		__atomic_fetch_add(&ep->calls, 1, __ATOMIC_RELAXED);
		a->park_cell = 0;
		r = enter(a, &c, s->handlers[op]);
		if (likely((r.kind & RPC_KIND_MASK) == RPC_DONE))
			return r;
		if ((r.kind & RPC_KIND_MASK) != RPC_PARK || !(s->ops[op].flags & RPC_MAY_PARK) ||
		    a->prev)
			return rpc_done(
				-EIO); /* a kind the operation may not answer, or not at the base */
		__atomic_fetch_add(&ep->parks, 1, __ATOMIC_RELAXED);
		err = park(a, s->ops[op].flags & RPC_NOINTR);
		if (err == -EINTR)
			return rpc_done(r.r0);
		c.flags = RPC_REPEAT | (err == -ETIMEDOUT ? RPC_EXPIRED : 0);
		c.cookie = r.r1;
	}
}
