/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminal ioctls: termios, window size, job control. */
#include "tty.h"
#include <tessera/lib/string.h>

enum {
	TCGETS = 0x5401,
	TCSETS,
	TCSETSW,
	TCSETSF,
	TCSBRK = 0x5409,
	TCXONC,
	TCFLSH,
	TIOCSCTTY = 0x540e,
	TIOCGPGRP,
	TIOCSPGRP,
	TIOCOUTQ = 0x5411,
	TIOCGWINSZ = 0x5413,
	TIOCSWINSZ,
	FIONREAD = 0x541b,
	TIOCNOTTY = 0x5422,
	TIOCGSID = 0x5429,
	TCSBRKP = 0x5425,
};
/* termios2, which newer C libraries use: the same with two speeds behind it */
enum { TCGETS2 = (int)0x802c542a, TCSETS2 = 0x402c542b, TCSETSW2, TCSETSF2 };
struct termios2 {
	struct lx_termios t;
	uint32_t ispeed, ospeed;
};
static_assert(sizeof(struct termios2) == 44, "struct termios2");

static struct rpc_ret give(const void *p, size_t n)
{
	return rpc_done(client_write(0, 0, p, n) == (ssize_t)n ? 0 : -EFAULT);
}

static struct rpc_ret set_termios(struct tty *t, const struct rpc_call *c, bool flush)
{
	struct lx_termios nt;
	bool canon;

	if (client_read(0, 0, &nt, sizeof(nt)) != sizeof(nt))
		return rpc_done(-EFAULT);
	srv_lock(&t->lock);
	canon = t->t.lflag & ICANON;
	t->t = nt;
	if (flush)
		tty_flush_input(t);
	if (canon != !!(nt.lflag & ICANON))
		tty_mode_changed(t, canon);
	srv_unlock(&t->lock);
	return rpc_done(0);
}

static struct rpc_ret set_ctty(struct tty *t, const struct rpc_call *c)
{
	const struct lx_proc *p = srv_client_proc(c);
	int err = 0;

	if (!p)
		return rpc_done(-EPERM);
	srv_lock(&t->lock);
	if (p->sid != p->pid)
		err = -EPERM;
	else if (t->sid && t->sid != p->sid)
		err = -EPERM;
	else {
		t->sid = p->sid;
		t->pgrp = p->pgid;
	}
	srv_unlock(&t->lock);
	return rpc_done(err);
}

static struct rpc_ret set_pgrp(struct tty *t, const struct rpc_call *c)
{
	const struct lx_proc *p = srv_client_proc(c);
	int32_t pgrp;

	if (client_read(0, 0, &pgrp, sizeof(pgrp)) != sizeof(pgrp))
		return rpc_done(-EFAULT);
	if (!p || p->sid != t->sid || !t->sid)
		return rpc_done(-ENOTTY);
	if (pgrp < 0)
		return rpc_done(-EINVAL);
	srv_lock(&t->lock);
	t->pgrp = (uint32_t)pgrp;
	srv_unlock(&t->lock);
	return rpc_done(0);
}

struct rpc_ret tty_ioctl(struct tty *t, const struct rpc_call *c)
{
	const struct lx_proc *p = srv_client_proc(c);
	struct lx_winsize win;
	int32_t v;

	switch (c->arg[2]) {
	case TCGETS:
		return give(&t->t, sizeof(t->t));
	case (uint32_t)TCGETS2: {
		struct termios2 t2 = {t->t, 38400, 38400};

		return give(&t2, sizeof(t2));
	}
	case TCSETS:
	case TCSETSW:
	case TCSETS2:
	case TCSETSW2:
		return set_termios(t, c, false);
	case TCSETSF:
	case TCSETSF2:
		return set_termios(t, c, true);
	case TCSBRK:
	case TCSBRKP:
		return rpc_done(0); /* output is never queued here: drained already */
	case TCXONC:
		return rpc_done(c->arg[3] <= 3 ? 0 : -EINVAL);
	case TCFLSH:
		if (c->arg[3] > 2)
			return rpc_done(-EINVAL);
		if (c->arg[3] != 1) {
			srv_lock(&t->lock);
			tty_flush_input(t);
			srv_unlock(&t->lock);
		}
		return rpc_done(0);
	case TIOCSCTTY:
		return set_ctty(t, c);
	case TIOCNOTTY:
		if (!p || p->sid != t->sid || !t->sid)
			return rpc_done(-ENOTTY);
		if (p->sid == p->pid)
			t->sid = t->pgrp = 0;
		return rpc_done(0);
	case TIOCGPGRP:
		if (!p || !t->sid || p->sid != t->sid)
			return rpc_done(-ENOTTY);
		v = (int32_t)t->pgrp;
		return give(&v, sizeof(v));
	case TIOCSPGRP:
		return set_pgrp(t, c);
	case TIOCGSID:
		if (!p || !t->sid || p->sid != t->sid)
			return rpc_done(-ENOTTY);
		v = (int32_t)t->sid;
		return give(&v, sizeof(v));
	case TIOCOUTQ:
		v = 0;
		return give(&v, sizeof(v));
	case FIONREAD:
		v = (int32_t)(t->t.lflag & ICANON ? (t->lines ? t->len : 0) : t->len);
		return give(&v, sizeof(v));
	case TIOCGWINSZ:
		return give(&t->win, sizeof(t->win));
	case TIOCSWINSZ:
		if (client_read(0, 0, &win, sizeof(win)) != sizeof(win))
			return rpc_done(-EFAULT);
		if (memcmp(&win, &t->win, sizeof(win))) {
			t->win = win;
			if (t->pgrp)
				srv_signal_pgrp(t->pgrp, 28);
		}
		return rpc_done(0);
	}
	return rpc_done(-ENOTTY);
}
