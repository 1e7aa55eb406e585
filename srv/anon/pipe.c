/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes. 64 KiB ring per pipe on this service's heap, taken when first written; two readiness cells, one per end. Waiting is PARK: no
 * stack is held by a sleeping reader or writer. Writes of at most PIPE_BUF bytes go in whole or not at all.
 */
#include <srv/srv.h>
#include <srv/anon.rpc.h>
#include <srv/file.rpc.h>
#include <srv/statx.h>
#include <tessera/lib/string.h>

enum {
	PIPE_SIZE = 65536,
	PIPE_BUF = 4096,
	PIPES_MAX = 4096,
	O_NONBLOCK_BIT = 04000,
	FIONREAD = 0x541b
};
enum { F_SETPIPE_SZ = 1031, F_GETPIPE_SZ = 1032 };

struct pipe {
	struct srv_mutex lock;
	uint32_t gen;
	bool used;
	uint8_t *buf;
	uint32_t head, len; /* ring: first byte, bytes in it */
	uint32_t readers, writers;
	uint32_t rcell, wcell;
	uint64_t ino;
	int64_t time_ns;
};

static struct pipe *pipes[PIPES_MAX];
static uint32_t nr_pipes;
static struct srv_mutex table_lock;

/* badge: generation << 32 | index+1 << 1 | write end */
static struct pipe *pipe_of(uint64_t badge)
{
	uint32_t i = (uint32_t)(badge >> 1 & 0x7fffffff) - 1;
	struct pipe *p = i < READ_ONCE(nr_pipes) ? pipes[i] : NULL;

	return p && p->used && p->gen == badge >> 32 ? p : NULL;
}

static void publish(struct pipe *p, uint32_t redge, uint32_t wedge)
{
	uint32_t r = 0, w = 0;

	if (p->len)
		r |= CELL_IN | CELL_RDNORM;
	if (!p->writers)
		r |= CELL_HUP;
	if (PIPE_SIZE - p->len >= PIPE_BUF)
		w |= CELL_OUT | CELL_WRNORM;
	if (!p->readers)
		w |= CELL_ERR;
	cell_set(p->rcell, r, redge);
	cell_set(p->wcell, w, wedge);
}

static struct pipe *pipe_new(uint32_t *index)
{
	static uint64_t next_ino = 1;
	struct pipe *p;
	uint32_t i;

	srv_lock(&table_lock);
	for (i = 0; i < nr_pipes && pipes[i]->used; i++)
		;
	if (i == nr_pipes) {
		if (i == PIPES_MAX || !(pipes[i] = srv_alloc(sizeof(*p)))) {
			srv_unlock(&table_lock);
			return NULL;
		}
		nr_pipes++;
	}
	p = pipes[i];
	p->rcell = cell_alloc(0);
	p->wcell = cell_alloc(CELL_OUT | CELL_WRNORM);
	if (!p->rcell || !p->wcell) {
		cell_free(p->rcell);
		cell_free(p->wcell);
		srv_unlock(&table_lock);
		return NULL;
	}
	p->gen++;
	p->used = true;
	p->head = p->len = 0;
	p->readers = p->writers = 1;
	p->ino = next_ino++;
	p->time_ns = (int64_t)srv_realtime_ns();
	*index = i;
	srv_unlock(&table_lock);
	return p;
}

static void pipe_drop(struct pipe *p)
{
	srv_lock(&table_lock);
	cell_free(p->rcell);
	cell_free(p->wcell);
	srv_free(p->buf);
	p->buf = NULL;
	p->used = false;
	srv_unlock(&table_lock);
}

static struct rpc_ret anon_pipe(const struct rpc_call *c)
{
	uint32_t index;
	struct pipe *p = pipe_new(&index);
	struct conn_init ci = {.kind = LX_FD_PIPE, .status = (uint32_t)c->arg[0] & O_NONBLOCK_BIT};
	int err;

	if (!p)
		return rpc_done(-ENFILE);
	ci.badge = (uint64_t)p->gen << 32 | (uint64_t)(index + 1) << 1;
	ci.mode = LX_M_READ;
	ci.cell = p->rcell;
	err = conn_give(&ci);
	if (err) {
		pipe_drop(p);
		return rpc_done(err);
	}
	ci.badge |= 1;
	ci.mode = LX_M_WRITE;
	ci.cell = p->wcell;
	err = conn_give(&ci);
	if (err) { /* the first end's last close will find one end only */
		srv_lock(&p->lock);
		p->writers = 0;
		publish(p, CELL_HUP, 0);
		srv_unlock(&p->lock);
		return rpc_done(err);
	}
	return rpc_conn(0);
}

static ssize_t ring_out(struct pipe *p, size_t want)
{
	size_t done = 0;

	while (done < want) {
		size_t part = MIN(want - done, (size_t)(PIPE_SIZE - p->head));
		ssize_t n = client_write(0, done, p->buf + p->head, part);

		if (n <= 0)
			return done ? (ssize_t)done : n ? n : -EFAULT;
		p->head = (p->head + (uint32_t)n) % PIPE_SIZE;
		p->len -= (uint32_t)n;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static ssize_t ring_in(struct pipe *p, size_t off, size_t want)
{
	size_t done = 0;

	while (done < want) {
		uint32_t tail = (p->head + p->len) % PIPE_SIZE;
		size_t part = MIN(want - done, (size_t)(PIPE_SIZE - tail));
		ssize_t n = client_read(0, off + done, p->buf + tail, part);

		if (n <= 0)
			return done ? (ssize_t)done : n ? n : -EFAULT;
		p->len += (uint32_t)n;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static struct rpc_ret pipe_read(const struct rpc_call *c)
{
	struct pipe *p = pipe_of(c->badge);
	uint64_t seen;
	ssize_t n;

	if (!p || (c->badge & 1))
		return rpc_done(-EBADF);
	if (!c->arg[1])
		return rpc_done(0);
	srv_lock(&p->lock);
	seen = cell_load(p->rcell);
	if (p->len) {
		n = ring_out(p, MIN(c->arg[1], (uint64_t)p->len));
		publish(p, 0, n > 0 ? CELL_OUT : 0);
	} else if (!p->writers) {
		n = 0;
	} else if (c->arg[3] >> 32 & O_NONBLOCK_BIT) {
		n = -EAGAIN;
	} else {
		srv_unlock(&p->lock);
		park_on(p->rcell, seen, CELL_IN | CELL_HUP, ~0ull);
		return rpc_park(-ERESTARTSYS, 0);
	}
	srv_unlock(&p->lock);
	return rpc_done(n);
}

/* The cookie is the number of bytes of this call already written. */
static struct rpc_ret pipe_write(const struct rpc_call *c)
{
	struct pipe *p = pipe_of(c->badge);
	uint64_t done = c->cookie, len = c->arg[1], seen;
	size_t room, part;
	ssize_t n = 0;

	if (!p || !(c->badge & 1) || done > len)
		return rpc_done(-EBADF);
	if (!len)
		return rpc_done(0);
	srv_lock(&p->lock);
	seen = cell_load(p->wcell);
	if (!p->readers) {
		srv_unlock(&p->lock);
		if (done)
			return rpc_done((int64_t)done);
		return (struct rpc_ret){.r0 = -EPIPE,
					.kind = RPC_REPLY_RAISE_THREAD | RPC_RAISE_SIG(13)};
	}
	if (!p->buf && !(p->buf = srv_alloc(PIPE_SIZE))) {
		srv_unlock(&p->lock);
		return rpc_done(done ? (int64_t)done : -ENOMEM);
	}
	room = PIPE_SIZE - p->len;
	part = MIN(len - done, (uint64_t)room);
	if (len <= PIPE_BUF && part < len)
		part = 0; /* atomic: all of it later */
	if (part)
		n = ring_in(p, done, part);
	if (n > 0) {
		done += (uint64_t)n;
		publish(p, CELL_IN, 0);
	} else if (PIPE_SIZE - p->len < PIPE_BUF) {
		publish(p, 0, 0);
	}
	srv_unlock(&p->lock);
	if (n < 0)
		return rpc_done(done ? (int64_t)done : n);
	if (done == len)
		return rpc_done((int64_t)done);
	if (c->arg[3] >> 32 & O_NONBLOCK_BIT)
		return rpc_done(done ? (int64_t)done : -EAGAIN);
	park_on(p->wcell, seen, CELL_OUT | CELL_ERR, ~0ull);
	return rpc_park(done ? (int64_t)done : -ERESTARTSYS, done);
}

static struct rpc_ret pipe_release(const struct rpc_call *c)
{
	struct pipe *p = pipe_of(c->badge);
	bool gone;

	if (!p)
		return rpc_done(-EBADF);
	srv_lock(&p->lock);
	if (c->badge & 1) {
		p->writers = 0;
		publish(p, CELL_HUP, 0);
	} else {
		p->readers = 0;
		publish(p, 0, CELL_ERR);
	}
	gone = !p->readers && !p->writers;
	srv_unlock(&p->lock);
	if (gone)
		pipe_drop(p);
	return rpc_done(0);
}

static struct rpc_ret pipe_getattr(const struct rpc_call *c)
{
	struct pipe *p = pipe_of(c->badge);
	struct lx_statx st;

	if (!p)
		return rpc_done(-EBADF);
	memset(&st, 0, sizeof(st));
	st.mask = STATX_BASIC;
	st.blksize = 4096;
	st.nlink = 1;
	st.mode = 0010600;
	st.ino = p->ino;
	st.dev_minor = 13;
	st.atime.sec = st.mtime.sec = st.ctime.sec = p->time_ns / 1000000000;
	return rpc_done(client_write(0, 0, &st, sizeof(st)) == sizeof(st) ? 0 : -EFAULT);
}

static struct rpc_ret pipe_ioctl(const struct rpc_call *c)
{
	struct pipe *p = pipe_of(c->badge);
	int32_t n;

	if (!p)
		return rpc_done(-EBADF);
	if (c->arg[2] != FIONREAD)
		return rpc_done(-ENOTTY);
	n = (int32_t)READ_ONCE(p->len);
	return rpc_done(client_write(0, 0, &n, sizeof(n)) == sizeof(n) ? 0 : -EFAULT);
}

static struct rpc_ret pipe_ctl(const struct rpc_call *c)
{
	if (!pipe_of(c->badge))
		return rpc_done(-EBADF);
	if (c->arg[0] == F_GETPIPE_SZ)
		return rpc_done(PIPE_SIZE);
	if (c->arg[0] ==
	    F_SETPIPE_SZ) /* one size only: smaller wishes get it, larger are refused */
		return rpc_done(c->arg[1] <= PIPE_SIZE ? PIPE_SIZE : -EPERM);
	return rpc_done(-EINVAL);
}

static struct rpc_ret pipe_name(const struct rpc_call *c)
{
	struct pipe *p = pipe_of(c->badge);
	char text[40] = "pipe:[";
	char digits[24];
	unsigned n = 0, len = 6;
	uint64_t v;

	if (!p)
		return rpc_done(-EBADF);
	for (v = p->ino; v; v /= 10)
		digits[n++] = (char)('0' + v % 10);
	while (n)
		text[len++] = digits[--n];
	text[len++] = ']';
	len = (unsigned)MIN((uint64_t)len, c->arg[1]);
	return rpc_done(client_write(0, 0, text, len) == (ssize_t)len ? (int64_t)len : -EFAULT);
}

static const struct opdesc anon_ops[ANON_OPS] = {
#define OP(nr, name, kinds, flags, dflt) RPC_DESC_(nr, name, kinds, flags)
	FILE_RPC(OP)
#undef OP
#define OP(nr, name, kinds, flags) RPC_DESC_(nr, name, kinds, flags)
		ANON_RPC(OP)
#undef OP
};

static const rpc_handler anon_handlers[ANON_OPS] = {
	[FILE_read] = pipe_read,       [FILE_write] = pipe_write, [FILE_release] = pipe_release,
	[FILE_getattr] = pipe_getattr, [FILE_ioctl] = pipe_ioctl, [FILE_ctl] = pipe_ctl,
	[FILE_name] = pipe_name,       [ANON_pipe] = anon_pipe,
};

const struct service service_anon;
const struct service service_anon = {
	.name = "anon", .ops = anon_ops, .handlers = anon_handlers, .nops = ANON_OPS};
