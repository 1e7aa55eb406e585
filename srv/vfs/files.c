/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files. The badge of a connection is generation << 32 | index into this table, never a pointer, so a stale or forged badge
 * finds nothing. The table is an array of pages that only grows.
 */
#include "vfs.h"

enum { PER_PAGE = 64, PAGES_MAX = 4096 };
static struct file *pages[PAGES_MAX];
static uint32_t nr_slots, free_hint;
static struct srv_mutex table_lock;

static struct file *slot(uint32_t i)
{
	return &pages[i / PER_PAGE][i % PER_PAGE];
}

int file_new(struct node *n, uint32_t flags, void *state, bool path_only, uint64_t *badge)
{
	uint32_t i;
	struct file *f;

	srv_lock(&table_lock);
	for (i = free_hint; i < nr_slots && slot(i)->used; i++)
		;
	if (i == nr_slots) {
		if (nr_slots == PAGES_MAX * PER_PAGE ||
		    !(pages[i / PER_PAGE] = srv_alloc(PER_PAGE * sizeof(*f)))) {
			srv_unlock(&table_lock);
			return nr_slots == PAGES_MAX * PER_PAGE ? -ENFILE : -ENOMEM;
		}
		nr_slots += PER_PAGE;
	}
	f = slot(i);
	free_hint = i + 1;
	f->gen++;
	f->node = n;
	f->flags = flags;
	f->state = state;
	f->path_only = path_only;
	f->used = true;
	node_get(n);
	*badge = (uint64_t)f->gen << 32 | (i + 1);
	srv_unlock(&table_lock);
	return 0;
}

struct file *file_of(uint64_t badge)
{
	uint32_t i = (uint32_t)badge - 1;
	struct file *f;

	if (i >= READ_ONCE(nr_slots))
		return NULL;
	f = slot(i);
	return f->used && f->gen == badge >> 32 ? f : NULL;
}

struct node *conn_node(unsigned arg)
{
	uint64_t badge = conn_mine(arg);
	struct file *f = badge ? file_of(badge) : NULL;

	return f ? f->node : NULL;
}

struct rpc_ret vfs_file_release(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	struct node *n;
	void *state;

	if (!f)
		return rpc_done(-EBADF);
	n = f->node;
	state = f->state;
	srv_lock(&table_lock);
	f->used = false;
	f->node = NULL;
	free_hint = MIN(free_hint, (uint32_t)c->badge - 1);
	srv_unlock(&table_lock);
	if (n->ops->close)
		n->ops->close(n, state);
	srv_lock(&vfs_lock); /* the last reference of a directory walks up names */
	node_put(n);
	srv_unlock(&vfs_lock);
	return rpc_done(0);
}

/* Mint a connection for node n and give it to the caller. */
int vfs_give(struct node *n, uint32_t flags, bool path_only, const struct rpc_call *c)
{
	struct conn_init ci = {
		.status = flags & (VO_APPEND | VO_NONBLOCK | VO_ASYNC | VO_DIRECT | VO_NOATIME)};
	uint32_t acc = flags & VO_ACCMODE, type = n->mode & S_IFMT;
	void *state = NULL;
	int err;

	if (path_only) {
		ci.kind = LX_FD_OPATH;
		ci.mode = LX_M_OPATH;
	} else {
		if (n->ops->open && (err = n->ops->open(n, c, flags, &state)))
			return err;
		ci.kind = type == S_IFDIR ? LX_FD_DIR : type == S_IFCHR ? LX_FD_CHR : LX_FD_REG;
		ci.mode = (acc != VO_WRONLY ? LX_M_READ : 0) | (acc ? LX_M_WRITE : 0);
		ci.mode |= LX_M_LSEEK | LX_M_PREAD | LX_M_PWRITE |
			   (type == S_IFCHR ? 0 : LX_M_ATOMICPOS);
		if (type == S_IFREG && n->pmo)
			ci.mode |= LX_M_MMAP_OK;
	}
	err = file_new(n, flags, state, path_only, &ci.badge);
	if (err) {
		if (n->ops->close && !path_only)
			n->ops->close(n, state);
		return err;
	}
	ci.cookie[0] = n->ino;
	err = conn_give(&ci);
	if (err) {
		struct rpc_call undo = {.badge = ci.badge};

		srv_unlock(&vfs_lock); /* release takes it; every caller holds it here */
		vfs_file_release(&undo);
		srv_lock(&vfs_lock);
		return err;
	}
	if (!path_only && type == S_IFREG && n->pmo)
		conn_set_pmo(n->pmo);
	return 0;
}
