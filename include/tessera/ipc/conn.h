/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints and connections. A connection is a core object {endpoint, badge, open-file record}; handles and Linux fds refer to it. Handles
 * and calls in progress are counted in one word (obj.handles), so whoever brings it to zero runs the last close, once.
 */
#ifndef TESSERA_IPC_CONN_H
#define TESSERA_IPC_CONN_H
#include <srv/srv.h>
#include <tessera/object/object.h>
#include <tessera/sync/epoch.h>

struct pmo;

struct endpoint {
	const char *name;
	const struct service *service; /* IC0: linked in */
	uint16_t rank, number;
	uint64_t live;		       /* generation << 8 | state */
	uint64_t calls, parks, faults; /* statistics, atomic */
};

struct conn {
	struct object obj;
	struct endpoint *ep;
	uint64_t expect; /* admitted while equal to ep->live */
	uint64_t badge;
	uint32_t id;
	uint8_t kind; /* enum lx_fdkind */
	struct lx_ofd ofd;
	struct pmo *pmo;   /* what mmap maps, or NULL; set once before the connection is visible */
	struct conn *node; /* a device's or FIFO's inode at vfs; holds a handle */
	struct epoch_head epoch;
	void *lx; /* the shim's own (epoll items, async owner) */
};

/** A new connection with one handle. -ENOMEM. Context: thread, may sleep. */
int conn_create(struct endpoint *ep, const struct conn_init *init, struct conn **out);
/** A handle more, unless the last is gone. Any context in an epoch section. */
bool conn_handle_get_unless_zero(struct conn *c);
static inline struct conn *conn_get(struct conn *c)
{
	object_handle_get(&c->obj);
	return c;
}
/** A handle less; the last one calls release at the owner. Context: thread at its base, no lock held. */
static inline void conn_put(struct conn *c)
{
	if (c)
		object_handle_put(&c->obj);
}
/** Endpoint by service name, NULL if it is not in this composition. */
struct endpoint *endpoint_find(const char *name);
/** The control connection to a service (badge 0), owned by the core. */
struct conn *endpoint_control(const char *name);
/** Start the services of the composition in rank order; panics with a clear line if one fails. */
void services_start(void);
#endif
