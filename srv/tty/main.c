/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal service: the serial console as a terminal. Input comes by a service thread; reading is PARK. */
#include "tty.h"
#include <tessera/lib/string.h>

enum {
	O_NONBLOCK_BIT = 04000,
	SIGTTIN = 21,
	SIGTTOU = 22,
	DEV_TTY = 0x500,
	DEV_CONSOLE = 0x501,
	DEV_SERIAL0 = 0x440,
	O_NOCTTY_BIT = 0400
};

static struct tty console;

static bool blocks_signal(const struct rpc_call *c, int sig)
{
	const struct lx_thread *th = srv_client_thread(c);

	return th && (th->blocked >> (sig - 1) & 1);
}

/* Background access: 0 go on, else what to answer. */
static struct rpc_ret job_check(struct tty *t, const struct rpc_call *c, int sig)
{
	const struct lx_proc *p = srv_client_proc(c);

	if (!p || !t->sid || p->sid != t->sid || p->pgid == t->pgrp || !t->pgrp)
		return rpc_done(0);
	if (blocks_signal(c, sig))
		return rpc_done(sig == SIGTTIN ? -EIO : 0);
	return (struct rpc_ret){.r0 = -ERESTARTSYS,
				.kind = RPC_REPLY_RAISE_PGRP | RPC_RAISE_SIG(sig)};
}

static ssize_t take(struct tty *t, size_t want)
{
	char buf[256];
	size_t done = 0;
	bool canon = t->t.lflag & ICANON, end = false;

	want = MIN(want, (size_t)t->len);
	while (done < want && !end) {
		size_t n = 0;

		while (n < sizeof(buf) && done + n < want && !end) {
			uint32_t p = t->head;
			uint8_t ch = t->in[p];
			bool eof = canon && (t->eof[p / 8] >> p % 8 & 1);

			t->head = (t->head + 1) % TTY_BUF;
			t->len--;
			if (eof ||
			    (canon && (ch == '\n' || (t->t.cc[VEOL] && ch == t->t.cc[VEOL])))) {
				t->lines -= t->lines != 0;
				end = true;
			}
			if (!eof)
				buf[n++] = (char)ch;
			else
				want--;
		}
		if (n && client_write(0, done, buf, n) != (ssize_t)n)
			return done ? (ssize_t)done : -EFAULT;
		done += n;
	}
	return (ssize_t)done;
}

static struct rpc_ret tty_read(const struct rpc_call *c)
{
	struct tty *t = &console;
	struct rpc_ret job = job_check(t, c, SIGTTIN);
	uint64_t seen;
	ssize_t n;

	if (job.r0)
		return job;
	if (!c->arg[1])
		return rpc_done(0);
	srv_lock(&t->lock);
	seen = cell_load(t->cell);
	if (!tty_readable(t) && !(!(t->t.lflag & ICANON) && (c->flags & RPC_EXPIRED))) {
		bool poll_only = !(t->t.lflag & ICANON) && !t->t.cc[VMIN] && !t->t.cc[VTIME];
		uint64_t deadline = ~0ull;

		if (!(t->t.lflag & ICANON) && t->t.cc[VTIME] && (!t->t.cc[VMIN] || t->len))
			deadline = srv_now_ns() + t->t.cc[VTIME] * 100000000ull;
		srv_unlock(&t->lock);
		if (poll_only)
			return rpc_done(0);
		if (c->arg[3] >> 32 & O_NONBLOCK_BIT)
			return rpc_done(-EAGAIN);
		park_on(t->cell, seen, CELL_IN | CELL_HUP, deadline);
		return rpc_park(-ERESTARTSYS, 0);
	}
	n = take(t, c->arg[1]);
	tty_publish(t, 0);
	srv_unlock(&t->lock);
	return rpc_done(n);
}

static struct rpc_ret tty_write(const struct rpc_call *c)
{
	struct tty *t = &console;
	uint64_t done = 0, len = c->arg[1];
	char buf[256];

	if (t->t.lflag & TOSTOP) {
		struct rpc_ret job = job_check(t, c, SIGTTOU);

		if (job.r0)
			return job;
	}
	while (done < len) {
		ssize_t n = client_read(0, done, buf, MIN(len - done, sizeof(buf)));

		if (n <= 0)
			return rpc_done(done ? (int64_t)done : n ? n : -EFAULT);
		srv_lock(&t->lock);
		tty_output(t, buf, (size_t)n);
		srv_unlock(&t->lock);
		done += (uint64_t)n;
	}
	return rpc_done((int64_t)done);
}

static struct rpc_ret tty_file_ioctl(const struct rpc_call *c)
{
	return tty_ioctl(&console, c);
}

static struct rpc_ret tty_getattr(const struct rpc_call *c)
{
	struct lx_statx st;

	memset(&st, 0, sizeof(st));
	st.mask = STATX_BASIC;
	st.blksize = 1024;
	st.nlink = 1;
	st.mode = 0020600;
	st.ino = 1;
	st.rdev_major = 5;
	st.rdev_minor = 1;
	return rpc_done(client_write(0, 0, &st, sizeof(st)) == sizeof(st) ? 0 : -EFAULT);
}

static struct rpc_ret tty_open_dev(const struct rpc_call *c)
{
	struct tty *t = &console;
	const struct lx_proc *p = srv_client_proc(c);
	uint32_t flags = (uint32_t)c->arg[1], acc = flags & 3;
	struct conn_init ci = {
		.badge = 1, .kind = LX_FD_TTY, .cell = t->cell, .status = flags & O_NONBLOCK_BIT};
	int err;

	ci.mode = (acc != 1 ? LX_M_READ : 0) | (acc ? LX_M_WRITE : 0);
	if (c->arg[0] == DEV_TTY) {
		if (!p || !t->sid || p->sid != t->sid)
			return rpc_done(-ENXIO);
	} else if (c->arg[0] != DEV_CONSOLE && c->arg[0] != DEV_SERIAL0) {
		return rpc_done(-ENXIO);
	}
	/* a session leader without a terminal gets the one it opens; the console never so */
	if (c->arg[0] == DEV_SERIAL0 && !(flags & O_NOCTTY_BIT) && p && p->sid == p->pid) {
		srv_lock(&t->lock);
		if (!t->sid) {
			t->sid = p->sid;
			t->pgrp = p->pgid;
		}
		srv_unlock(&t->lock);
	}
	err = conn_give(&ci);
	return err ? rpc_done(err) : rpc_conn(0);
}

static struct rpc_ret tty_hangup(const struct rpc_call *c)
{
	struct tty *t = &console;
	uint32_t pgrp = 0;

	srv_lock(&t->lock);
	if (t->sid && t->sid == c->arg[0]) {
		pgrp = t->pgrp;
		t->sid = t->pgrp = 0;
	}
	srv_unlock(&t->lock);
	if (pgrp) {
		srv_signal_pgrp(pgrp, 1);
		srv_signal_pgrp(pgrp, 18);
	}
	return rpc_done(0);
}

static struct rpc_ret tty_release(const struct rpc_call *c)
{
	return rpc_done(0);
}

static struct rpc_ret tty_name(const struct rpc_call *c)
{
	static const char name[] = "/dev/console";
	size_t n = MIN(sizeof(name) - 1, (size_t)c->arg[1]);

	return rpc_done(client_write(0, 0, name, n) == (ssize_t)n ? (int64_t)n : -EFAULT);
}

static void input_thread(void *arg)
{
	struct tty *t = arg;
	char buf[64];

	for (;;) {
		size_t n;

		srv_wait_console();
		n = srv_console_read(buf, sizeof(buf));
		for (size_t i = 0; i < n; i++) {
			uint32_t pgrp;
			int sig;

			srv_lock(&t->lock);
			tty_input(t, (uint8_t)buf[i], &sig);
			pgrp = t->pgrp;
			srv_unlock(&t->lock);
			if (sig && pgrp)
				srv_signal_pgrp(pgrp, sig);
		}
	}
}

static int tty_init(void)
{
	tty_reset_termios(&console);
	console.cell = cell_alloc(CELL_OUT | CELL_WRNORM);
	return console.cell ? srv_thread(input_thread, &console, "tty") : -ENOMEM;
}

static const struct opdesc tty_ops[TTY_OPS] = {
#define OP(nr, name, kinds, flags, dflt) RPC_DESC_(nr, name, kinds, flags)
	FILE_RPC(OP)
#undef OP
#define OP(nr, name, kinds, flags) RPC_DESC_(nr, name, kinds, flags)
		TTY_RPC(OP)
#undef OP
};

static const rpc_handler tty_handlers[TTY_OPS] = {
	[FILE_read] = tty_read,	       [FILE_write] = tty_write,     [FILE_ioctl] = tty_file_ioctl,
	[FILE_getattr] = tty_getattr,  [FILE_release] = tty_release, [FILE_name] = tty_name,
	[TTY_open_dev] = tty_open_dev, [TTY_hangup] = tty_hangup,
};

const struct service service_tty;
const struct service service_tty = {
	.name = "tty", .ops = tty_ops, .handlers = tty_handlers, .nops = TTY_OPS, .init = tty_init};
