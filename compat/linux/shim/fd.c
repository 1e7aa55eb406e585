/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fd table: a capability table whose slots refer to connections.
 * Lookup takes no lock: slot in an epoch section, then a handle unless the
 * last one is gone, then the slot again. Slots are reserved before the call that opens, so EMFILE comes before ENOENT.
 */
#include "lx.h"

static struct lx_slot *slot_of(struct lx_fdtab *t, uint32_t fd)
{
	struct lx_slot *page;

	if (fd >= LX_FD_HARD_MAX)
		return NULL;
	page = __atomic_load_n(&t->page[fd / LX_FD_PAGE], __ATOMIC_ACQUIRE);
	return page ? &page[fd % LX_FD_PAGE] : NULL;
}

struct lx_fdtab *fdtab_new(void)
{
	struct lx_fdtab *t = kzalloc(sizeof(*t));

	if (t) {
		t->users = 1;
		mutex_init(&t->lock, RANK_CAPTABLE);
	}
	return t;
}

struct lx_fdtab *fdtab_copy(struct lx_fdtab *o)
{
	struct lx_fdtab *t = fdtab_new();

	if (!t)
		return NULL;
	mutex_lock(&o->lock);
	for (unsigned p = 0; p < ARRAY_SIZE(o->page); p++) {
		if (!o->page[p])
			continue;
		t->page[p] = kzalloc(LX_FD_PAGE * sizeof(struct lx_slot));
		if (!t->page[p]) {
			mutex_unlock(&o->lock);
			fdtab_put(t);
			return NULL;
		}
		for (unsigned i = 0; i < LX_FD_PAGE; i++) {
			struct lx_slot *s = &o->page[p][i];

			if (s->conn) {
				t->page[p][i].conn = conn_get(s->conn);
				t->page[p][i].flags = s->flags & LX_FDF_CLOEXEC;
			}
		}
	}
	mutex_unlock(&o->lock);
	return t;
}

void fdtab_put(struct lx_fdtab *t)
{
	if (!t || !refcount_put(&t->users))
		return;
	for (unsigned p = 0; p < ARRAY_SIZE(t->page); p++) {
		if (!t->page[p])
			continue;
		for (unsigned i = 0; i < LX_FD_PAGE; i++)
			conn_put(t->page[p][i].conn);
		kfree(t->page[p]);
	}
	kfree(t);
}

void fdtab_close_exec(struct lx_fdtab *t)
{
	for (uint32_t fd = 0; fd < LX_FD_HARD_MAX; fd++) {
		struct lx_slot *s = slot_of(t, fd);

		if (!s) {
			fd |= LX_FD_PAGE - 1;
			continue;
		}
		if (s->conn && (s->flags & LX_FDF_CLOEXEC))
			fd_close((int)fd);
	}
}

int fd_reserve(uint32_t min)
{
	struct lx_fdtab *t = lx_task()->fdtab;
	uint64_t limit = MIN(lx_task()->group->pub->rlimit[7].cur, (uint64_t)LX_FD_HARD_MAX);
	struct lx_slot *fresh = NULL;
	int got = -EMFILE;

again:
	mutex_lock(&t->lock);
	for (uint32_t fd = MAX(min, t->hint); fd < limit; fd++) {
		struct lx_slot *s = slot_of(t, fd);

		if (!s && !fresh) {
			mutex_unlock(&t->lock);
			fresh = kzalloc(LX_FD_PAGE * sizeof(*fresh));
			if (!fresh)
				return -ENOMEM;
			goto again;
		}
		if (!s) {
			__atomic_store_n(&t->page[fd / LX_FD_PAGE], fresh, __ATOMIC_RELEASE);
			fresh = NULL;
			s = slot_of(t, fd);
		}
		if (!s->conn && !(s->flags & LX_FDF_RESERVED)) {
			s->flags = LX_FDF_RESERVED;
			if (min <= t->hint)
				t->hint = fd + 1;
			got = (int)fd;
			break;
		}
	}
	mutex_unlock(&t->lock);
	kfree(fresh);
	return got;
}

void fd_unreserve(int fd)
{
	struct lx_fdtab *t = lx_task()->fdtab;

	mutex_lock(&t->lock);
	slot_of(t, (uint32_t)fd)->flags = 0;
	t->hint = MIN(t->hint, (uint32_t)fd);
	mutex_unlock(&t->lock);
}

void fd_install(int fd, struct conn *c, uint32_t flags)
{
	struct lx_fdtab *t = lx_task()->fdtab;
	struct lx_slot *s;

	mutex_lock(&t->lock);
	s = slot_of(t, (uint32_t)fd);
	s->flags = flags & LX_FDF_CLOEXEC;
	__atomic_store_n(&s->conn, c, __ATOMIC_RELEASE);
	mutex_unlock(&t->lock);
}

struct conn *fd_get(int fd)
{
	struct lx_slot *s = slot_of(lx_task()->fdtab, (uint32_t)fd);
	struct conn *c;

	if (!s)
		return NULL;
	for (;;) {
		epoch_enter();
		c = __atomic_load_n(&s->conn, __ATOMIC_ACQUIRE);
		if (c && !conn_handle_get_unless_zero(c)) {
			epoch_exit();
			continue; /* being closed: the slot changes at any moment */
		}
		epoch_exit();
		if (!c || c == __atomic_load_n(&s->conn, __ATOMIC_ACQUIRE))
			return c;
		conn_put(c);
	}
}

struct conn *fd_get_mode(int fd, uint32_t mode, int *err)
{
	struct conn *c = fd_get(fd);

	*err = -EBADF;
	if (c && ((c->ofd.mode & mode) != mode || (c->ofd.mode & LX_M_OPATH))) {
		conn_put(c);
		return NULL;
	}
	return c;
}

int fd_close(int fd)
{
	struct lx_fdtab *t = lx_task()->fdtab;
	struct lx_slot *s;
	struct conn *c;

	mutex_lock(&t->lock);
	s = slot_of(t, (uint32_t)fd);
	c = s ? s->conn : NULL;
	if (c) {
		__atomic_store_n(&s->conn, NULL, __ATOMIC_RELEASE);
		s->flags = 0;
		t->hint = MIN(t->hint, (uint32_t)fd);
	}
	mutex_unlock(&t->lock);
	if (!c)
		return -EBADF;
	conn_put(c);
	return 0;
}

int64_t lx_close(int fd)
{
	return fd_close(fd);
}

int64_t lx_close_range(uint32_t first, uint32_t last, uint32_t flags)
{
	struct lx_task *t = lx_task();

	if (first > last || (flags & ~6u))
		return -EINVAL;
	if (flags & 2) { /* CLOSE_RANGE_UNSHARE */
		struct lx_fdtab *n = fdtab_copy(t->fdtab);

		if (!n)
			return -ENOMEM;
		fdtab_put(t->fdtab);
		t->fdtab = n;
	}
	for (uint32_t fd = first; fd <= last && fd < LX_FD_HARD_MAX; fd++) {
		struct lx_slot *s = slot_of(t->fdtab, fd);

		if (!s) {
			fd |= LX_FD_PAGE - 1;
		} else if (flags & 4) { /* CLOSE_RANGE_CLOEXEC */
			mutex_lock(&t->fdtab->lock);
			if (s->conn)
				s->flags |= LX_FDF_CLOEXEC;
			mutex_unlock(&t->fdtab->lock);
		} else {
			fd_close((int)fd);
		}
	}
	return 0;
}

static int64_t dup_from(int fd, uint32_t min, uint32_t flags)
{
	struct conn *c = fd_get(fd);
	int to;

	if (!c)
		return -EBADF;
	to = fd_reserve(min);
	if (to < 0)
		conn_put(c);
	else
		fd_install(to, c, flags);
	return to;
}

int64_t lx_dup(int fd)
{
	return dup_from(fd, 0, 0);
}

static int64_t dup_onto(int fd, int to, uint32_t flags)
{
	struct lx_task *task = lx_task();
	struct lx_fdtab *t = task->fdtab;
	struct lx_slot *s, *fresh = NULL;
	struct conn *c, *old;

	if ((uint32_t)to >= MIN(task->group->pub->rlimit[7].cur, (uint64_t)LX_FD_HARD_MAX))
		return -EBADF;
	c = fd_get(fd);
	if (!c)
		return -EBADF;
	if (!slot_of(t, (uint32_t)to))
		fresh = kzalloc(LX_FD_PAGE * sizeof(*fresh));
	mutex_lock(&t->lock);
	s = slot_of(t, (uint32_t)to);
	if (!s && fresh) {
		__atomic_store_n(&t->page[(uint32_t)to / LX_FD_PAGE], fresh, __ATOMIC_RELEASE);
		fresh = NULL;
		s = slot_of(t, (uint32_t)to);
	}
	if (!s || (s->flags & LX_FDF_RESERVED)) {
		mutex_unlock(&t->lock);
		kfree(fresh);
		conn_put(c);
		return s ? -EBUSY : -ENOMEM;
	}
	old = s->conn;
	s->flags = flags;
	__atomic_store_n(&s->conn, c, __ATOMIC_RELEASE);
	mutex_unlock(&t->lock);
	kfree(fresh);
	conn_put(old);
	return to;
}

int64_t lx_dup2(int fd, int to)
{
	if (fd == to) {
		struct conn *c = fd_get(fd);

		conn_put(c);
		return c ? to : -EBADF;
	}
	return dup_onto(fd, to, 0);
}

int64_t lx_dup3(int fd, int to, uint32_t flags)
{
	flags = lx_arch_open_flags(flags);
	if ((flags & ~02000000u) || fd == to)
		return -EINVAL;
	return dup_onto(fd, to, flags ? LX_FDF_CLOEXEC : 0);
}

enum {
	F_DUPFD,
	F_GETFD,
	F_SETFD,
	F_GETFL,
	F_SETFL,
	F_GETLK,
	F_SETLK,
	F_SETLKW,
	F_SETOWN,
	F_GETOWN,
	F_DUPFD_CLOEXEC = 1030,
	F_SETPIPE_SZ = 1031,
	F_GETPIPE_SZ = 1032,
	SETFL_MASK = 02000 | 04000 | 020000 | 040000 | 01000000
};

int64_t lx_fcntl(int fd, uint32_t cmd, uint64_t arg)
{
	struct lx_fdtab *t = lx_task()->fdtab;
	struct conn *c = fd_get(fd);
	int64_t r = 0;
	struct act a;

	if (!c)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		r = arg >= lx_task()->group->pub->rlimit[7].cur
			    ? -EINVAL
			    : dup_from(fd, (uint32_t)arg, cmd == F_DUPFD ? 0 : LX_FDF_CLOEXEC);
		break;
	case F_GETFD:
		r = slot_of(t, (uint32_t)fd)->flags & LX_FDF_CLOEXEC;
		break;
	case F_SETFD:
		mutex_lock(&t->lock);
		if (slot_of(t, (uint32_t)fd)->conn == c)
			slot_of(t, (uint32_t)fd)->flags = arg & 1 ? LX_FDF_CLOEXEC : 0;
		mutex_unlock(&t->lock);
		break;
	case F_GETFL:
		r = lx_arch_open_flags_back(__atomic_load_n(&c->ofd.status, __ATOMIC_RELAXED) |
					    c->ofd.openflags) |
		    (c->ofd.mode & LX_M_WRITE ? (c->ofd.mode & LX_M_READ ? 2 : 1) : 0);
		break;
	case F_SETFL: {
		uint32_t want = lx_arch_open_flags((uint32_t)arg) & SETFL_MASK, old = c->ofd.status;

		if (c->ofd.mode & LX_M_OPATH)
			r = -EBADF;
		else
			while (!__atomic_compare_exchange_n(
				&c->ofd.status, &old, (old & ~(uint32_t)SETFL_MASK) | want, true,
				__ATOMIC_RELAXED, __ATOMIC_RELAXED))
				;
		break;
	}
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ: {
		uint64_t args[RPC_ARGS] = {cmd, arg};

		act_init(&a, c);
		r = lx_file_call(c, 19, &a, args).r0;
		break;
	}
	default:
		lx_count_refused();
		r = -EINVAL;
	}
	conn_put(c);
	return r;
}
