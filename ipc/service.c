/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What services ask of the core (include/srv/srv.h), as IC0 calls it: directly. Every argument that came from a service is checked as if it
 * came through a gate: argument indices, handles, lengths.
 */
#include <tessera/console/console.h>
#include <tessera/ipc/cell.h>
#include <tessera/ipc/rpc.h>
#include <tessera/ipc/upcalls.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/page.h>
#include <tessera/mm/pmo.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/vmap.h>
#include <tessera/sync/mutex.h>
#include <tessera/thread/thread.h>

struct ipc_upcalls ipc_upcalls;

void srv_log(int level, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_write((enum log_level)(level & 7), "%s", line);
}

uint64_t srv_now_ns(void)
{
	return time_now_ns();
}

uint64_t srv_realtime_ns(void)
{
	return time_now_ns() + ipc_upcalls.realtime_offset_ns();
}

void srv_random(void *buf, size_t n)
{
	ipc_upcalls.random(buf, n);
}

/* --- heap */

enum { BIG = 16384 }; /* larger pieces come from vmalloc; told apart by where they lie */

void *srv_alloc(size_t n)
{
	void *p;

	if (n < BIG)
		return kzalloc(n ? n : 1);
	p = vmalloc(n);
	if (p)
		memset(p, 0, n);
	return p;
}

void srv_free(void *p)
{
	uintptr_t v = (uintptr_t)p;

	if (v >= ARCH_VMAP_BASE && v < ARCH_VMAP_BASE + ARCH_VMAP_SIZE)
		vfree(p);
	else
		kfree(p);
}

/* --- locks: a word, 0 free, 1 taken, 2 taken with waiters; sleepers wait in buckets by address */

enum { LOCK_BUCKETS = 64 };
static struct waitq lock_q[LOCK_BUCKETS];

static struct waitq *lock_bucket(struct srv_mutex *m)
{
	return &lock_q[(uintptr_t)m / sizeof(*m) % LOCK_BUCKETS];
}

void service_locks_init(void)
{
	for (unsigned i = 0; i < LOCK_BUCKETS; i++)
		waitq_init(&lock_q[i]);
}

void srv_lock(struct srv_mutex *m)
{
	uint32_t zero = 0;

	if (likely(__atomic_compare_exchange_n(&m->word, &zero, 1, false, __ATOMIC_ACQUIRE,
					       __ATOMIC_RELAXED)))
		return;
	wait_event(lock_bucket(m), __atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE) == 0);
}

void srv_unlock(struct srv_mutex *m)
{
	if (__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2)
		waitq_wake_all(lock_bucket(m));
}

/* --- client memory */

static const struct rpc_buf *buf_of(unsigned arg)
{
	struct act *a = act_current();

	return a && arg < RPC_ARGS && a->buf[arg].len ? &a->buf[arg] : NULL;
}

ssize_t client_read(unsigned arg, size_t off, void *dst, size_t n)
{
	const struct rpc_buf *b = buf_of(arg);

	return n == 0 ? 0 : b ? rpc_buf_copy(b, off, dst, n, false) : -EFAULT;
}

ssize_t client_write(unsigned arg, size_t off, const void *src, size_t n)
{
	const struct rpc_buf *b = buf_of(arg);

	return n == 0 ? 0 : b ? rpc_buf_copy(b, off, (void *)(uintptr_t)src, n, true) : -EFAULT;
}

ssize_t client_zero(unsigned arg, size_t off, size_t n)
{
	static const uint8_t zero[256];
	size_t done = 0;

	while (done < n) {
		ssize_t got = client_write(arg, off + done, zero, MIN(n - done, sizeof(zero)));

		if (got <= 0)
			return done ? (ssize_t)done : got;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

ssize_t client_strcpy(unsigned arg, char *dst, size_t max)
{
	const struct rpc_buf *b = buf_of(arg);
	ssize_t got;
	size_t len;

	if (!b)
		return -EFAULT;
	got = rpc_buf_copy(b, 0, dst, MIN(max, b->len), false);
	if (got < 0)
		return got;
	len = strnlen(dst, (size_t)got);
	if (len == max)
		return -ENAMETOOLONG;
	if (len == (size_t)got) { /* the buffer ends without a NUL: it ends there */
		dst[len] = 0;
	}
	return (ssize_t)len;
}

/* --- memory objects by handle: a table of this domain, handles are index + 1 */

enum { PMO_PAGE = 512, PMO_PAGES = 2048 };
struct pmo_slot {
	struct pmo *pmo;
	uint64_t size;
};
static struct pmo_slot *pmo_table[PMO_PAGES];
static uint32_t pmo_slots, pmo_hint;
static struct mutex pmo_lock = MUTEX_INIT(pmo_lock, RANK_CAPTABLE);

static struct pmo_slot *pmo_slot(srv_handle h)
{
	uint32_t i = h - 1;
	struct pmo_slot *s = h && i < __atomic_load_n(&pmo_slots, __ATOMIC_ACQUIRE)
				     ? &pmo_table[i / PMO_PAGE][i % PMO_PAGE]
				     : NULL;

	return s && s->pmo ? s : NULL;
}

int64_t srv_pmo_create(uint64_t size)
{
	struct pmo *o = pmo_create_anon((size + PAGE_SIZE - 1) / PAGE_SIZE, NULL);
	uint32_t i;

	if (!o)
		return -ENOMEM;
	mutex_lock(&pmo_lock);
	for (i = pmo_hint; i < pmo_slots && pmo_table[i / PMO_PAGE][i % PMO_PAGE].pmo; i++)
		;
	if (i == pmo_slots) {
		struct pmo_slot *page = i / PMO_PAGE < PMO_PAGES ? kzalloc(PMO_PAGE * sizeof(*page))
								 : NULL;

		if (!page) {
			mutex_unlock(&pmo_lock);
			pmo_put(o);
			return -ENOMEM;
		}
		pmo_table[i / PMO_PAGE] = page;
		__atomic_store_n(&pmo_slots, pmo_slots + PMO_PAGE, __ATOMIC_RELEASE);
	}
	pmo_table[i / PMO_PAGE][i % PMO_PAGE] = (struct pmo_slot){o, size};
	pmo_hint = i + 1;
	mutex_unlock(&pmo_lock);
	return (int64_t)i + 1;
}

int srv_pmo_resize(srv_handle h, uint64_t size)
{
	struct pmo_slot *s = pmo_slot(h);
	uint64_t old;
	int err;

	if (!s)
		return -EBADF;
	if (size > INT64_MAX - PAGE_SIZE)
		return -EFBIG;
	old = s->size;
	err = pmo_resize(s->pmo, (size + PAGE_SIZE - 1) / PAGE_SIZE);
	if (err)
		return err;
	s->size = size;
	if (size < old &&
	    size % PAGE_SIZE) /* what lies behind the end in the last page must not come back */
		return pmo_zero(s->pmo, size, PAGE_SIZE - size % PAGE_SIZE);
	return 0;
}

ssize_t srv_pmo_read(srv_handle h, uint64_t pos, void *dst, size_t n)
{
	struct pmo_slot *s = pmo_slot(h);

	return s ? pmo_read(s->pmo, pos, dst, n) : -EBADF;
}

ssize_t srv_pmo_write(srv_handle h, uint64_t pos, const void *src, size_t n)
{
	struct pmo_slot *s = pmo_slot(h);

	return s ? pmo_write(s->pmo, pos, src, n) : -EBADF;
}

int srv_pmo_punch(srv_handle h, uint64_t pos, uint64_t n)
{
	struct pmo_slot *s = pmo_slot(h);
	uint64_t end;

	if (!s)
		return -EBADF;
	if (__builtin_add_overflow(pos, n, &end))
		return -EINVAL;
	end = MIN(end, (uint64_t)ALIGN_UP(s->size, PAGE_SIZE));
	return pos < end ? pmo_zero(s->pmo, pos, end - pos) : 0;
}

uint64_t srv_pmo_pages(srv_handle h)
{
	struct pmo_slot *s = pmo_slot(h);

	return s ? pmo_nr_pages(s->pmo) : 0;
}

void srv_pmo_drop(srv_handle h)
{
	struct pmo_slot *s;
	struct pmo *o;

	mutex_lock(&pmo_lock);
	s = pmo_slot(h);
	o = s ? s->pmo : NULL;
	if (s) {
		s->pmo = NULL;
		pmo_hint = MIN(pmo_hint, h - 1);
	}
	mutex_unlock(&pmo_lock);
	if (o)
		pmo_put(o);
}

/* One copy, by the core, between the object's pages and the client. A hole reads as zero and is filled by a write. */
static ssize_t object_copy(unsigned arg, size_t off, srv_handle h, uint64_t pos, size_t n,
			   bool to_client)
{
	const struct rpc_buf *b = buf_of(arg);
	struct pmo_slot *s = pmo_slot(h);
	size_t done = 0;

	if (!s)
		return -EBADF;
	if (n == 0)
		return 0;
	if (!b)
		return -EFAULT;
	while (done < n) {
		uint64_t at = pos + done;
		size_t in = at % PAGE_SIZE, part = MIN(n - done, (size_t)PAGE_SIZE - in);
		struct page *page = NULL;
		ssize_t got;
		int err = pmo_page(s->pmo, at / PAGE_SIZE, !to_client, &page);

		if (err && !(err == -ENOENT && to_client))
			return done ? (ssize_t)done : err;
		if (err)
			got = client_zero(arg, off + done, part);
		else
			got = rpc_buf_copy(b, off + done, (char *)page_to_virt(page) + in, part,
					   to_client);
		if (page) {
			if (!to_client)
				page_flags_set(page, PG_DIRTY);
			page_put(page);
		}
		if (got <= 0)
			return done ? (ssize_t)done : got ? got : -EFAULT;
		done += (size_t)got;
		if ((size_t)got < part)
			break;
	}
	return (ssize_t)done;
}

ssize_t client_copy_from_object(unsigned arg, size_t off, srv_handle pmo, uint64_t pos, size_t n)
{
	return object_copy(arg, off, pmo, pos, n, true);
}

ssize_t client_copy_to_object(unsigned arg, size_t off, srv_handle pmo, uint64_t pos, size_t n)
{
	return object_copy(arg, off, pmo, pos, n, false);
}

/* --- connections */

int conn_give(const struct conn_init *init)
{
	struct act *a = act_current();
	struct conn *c;
	int err;

	if (!a || a->ngive == ARRAY_SIZE(a->give))
		return -EINVAL;
	err = conn_create(a->conn->ep, init, &c);
	if (!err)
		a->give[a->ngive++] = c;
	return err;
}

int conn_set_pmo(srv_handle h)
{
	struct act *a = act_current();
	struct pmo_slot *s = pmo_slot(h);
	struct conn *c;

	if (!a || !s)
		return -EBADF;
	c = a->ngive ? a->give[a->ngive - 1] : a->conn;
	if (!c->pmo) {
		struct pmo *none = NULL, *mine = pmo_get(s->pmo);

		if (!__atomic_compare_exchange_n(&c->pmo, &none, mine, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE))
			pmo_put(mine);
	}
	return 0;
}

uint64_t conn_mine(unsigned arg)
{
	struct act *a = act_current();
	struct conn *c = a && arg < RPC_ARGS ? a->lent[arg] : NULL;

	return c && c->ep == a->conn->ep ? c->badge : 0;
}

struct lx_ofd *conn_ofd(void)
{
	struct act *a = act_current();

	return a ? &a->conn->ofd : NULL;
}

/* --- cells */

uint32_t cell_alloc(uint32_t mask)
{
	return core_cell_alloc(mask);
}

void cell_free(uint32_t cell)
{
	core_cell_free(cell);
}

void cell_set(uint32_t cell, uint32_t mask, uint32_t edge)
{
	cell_publish(cell, mask, edge);
}

uint64_t cell_load(uint32_t cell)
{
	struct lx_cell *c = cell_of(cell);

	return c ? __atomic_load_n(&c->word, __ATOMIC_ACQUIRE) : 0;
}

int park_on(uint32_t cell, uint64_t seen, uint32_t events, uint64_t deadline_ns)
{
	struct act *a = act_current();

	if (!a || !cell_of(cell))
		return -EINVAL;
	a->park_cell = cell;
	a->park_seen = seen;
	a->park_events = events;
	a->park_deadline = deadline_ns;
	return 0;
}

/* --- who calls */

const struct lx_cred *srv_client_cred(const struct rpc_call *c)
{
	return c->slot ? ipc_upcalls.client_cred() : NULL;
}

const struct lx_thread *srv_client_thread(const struct rpc_call *c)
{
	return c->slot ? ipc_upcalls.client_thread() : NULL;
}

const struct lx_proc *srv_client_proc(const struct rpc_call *c)
{
	return c->slot ? ipc_upcalls.client_proc() : NULL;
}

int srv_signal_pgrp(uint32_t pgid, int sig)
{
	return ipc_upcalls.signal_pgrp(pgid, sig);
}

int srv_signal_pid(uint32_t pid, int sig, int code, uint32_t from_pid, int status)
{
	return ipc_upcalls.signal_pid(pid, sig, code, from_pid, status);
}

const void *srv_archive(size_t *size)
{
	return ipc_upcalls.archive(size);
}

/* --- console and threads */

size_t srv_console_write(const char *buf, size_t n)
{
	return console_write_raw(buf, n);
}

size_t srv_console_read(char *buf, size_t n)
{
	return console_read(buf, n);
}

void srv_wait_console(void)
{
	console_wait();
}

int srv_thread(void (*fn)(void *arg), void *arg, const char *name)
{
	return thread_run(name, fn, arg) ? 0 : -ENOMEM;
}
