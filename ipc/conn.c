/* SPDX-License-Identifier: BSD-2-Clause */
/* Endpoints of the composition, and connections: life and last close. */
#include <tessera/ipc/conn.h>
#include <tessera/ipc/rpc.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/pmo.h>
#include <tessera/mm/slab.h>

extern const struct service *const composition[];
extern const unsigned composition_count;

enum { ENDPOINTS_MAX = 32, LIVE_READY = 1 };
static struct endpoint endpoints[ENDPOINTS_MAX];
static struct conn *control[ENDPOINTS_MAX];
static unsigned nr_endpoints;
static uint32_t next_id;
static struct kmem_cache *conn_cache;

static void conn_release(struct object *o)
{
	struct conn *c = container_of(o, struct conn, obj);
	static const uint64_t none[RPC_ARGS];
	struct act a;

	if (c->badge || c->kind) {
		act_init(&a, c);
		(void)rpc_call(
			&a, 15,
			none); /* FILE_release: the same number in every interface with objects */
		act_drop(&a);
	}
	if (c->pmo)
		pmo_put(c->pmo);
	c->pmo = NULL;
	conn_put(c->node);
	c->node = NULL;
}

static void conn_free_late(struct epoch_head *h)
{
	kmem_cache_free(conn_cache, container_of(h, struct conn, epoch));
}

static void conn_destroy(struct object *o)
{
	struct conn *c = container_of(o, struct conn, obj);

	epoch_call(&c->epoch, conn_free_late);
}

static const struct object_type conn_type = {
	.name = "connection", .close = conn_release, .destroy = conn_destroy};

int conn_create(struct endpoint *ep, const struct conn_init *init, struct conn **out)
{
	struct conn *c = kmem_cache_alloc(conn_cache);

	if (!c)
		return -ENOMEM;
	object_init(&c->obj, &conn_type, NULL);
	c->ep = ep;
	c->expect = __atomic_load_n(&ep->live, __ATOMIC_ACQUIRE);
	c->badge = init->badge;
	c->kind = (uint8_t)init->kind;
	c->id = __atomic_add_fetch(&next_id, 1, __ATOMIC_RELAXED);
	c->ofd.status = init->status;
	c->ofd.mode = init->mode;
	c->ofd.cell = init->cell;
	c->ofd.want = init->want;
	memcpy(c->ofd.cookie, init->cookie, sizeof(c->ofd.cookie));
	object_handle_get(&c->obj);
	object_unref(&c->obj); /* the handle holds it from now on */
	*out = c;
	return 0;
}

bool conn_handle_get_unless_zero(struct conn *c)
{
	uint32_t n = __atomic_load_n(&c->obj.handles, __ATOMIC_RELAXED);

	do {
		if (!n)
			return false;
	} while (!__atomic_compare_exchange_n(&c->obj.handles, &n, n + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	object_ref(&c->obj);
	return true;
}

struct endpoint *endpoint_find(const char *name)
{
	for (unsigned i = 0; i < nr_endpoints; i++)
		if (!strcmp(endpoints[i].name, name))
			return &endpoints[i];
	return NULL;
}

struct conn *endpoint_control(const char *name)
{
	struct endpoint *ep = endpoint_find(name);

	return ep ? control[ep->number] : NULL;
}

void services_start(void)
{
	static const struct conn_init none;

	conn_cache = kmem_cache_create("conn", sizeof(struct conn), 64,
				       SLAB_ZERO | SLAB_TYPE_STABLE, NULL);
	if (!conn_cache)
		panic("services: no memory");
	for (unsigned i = 0; i < composition_count && i < ENDPOINTS_MAX; i++) {
		const struct service *s = composition[i];
		struct endpoint *ep = &endpoints[i];
		int err;

		ep->name = s->name;
		ep->service = s;
		ep->number = (uint16_t)i;
		ep->rank = (uint16_t)((i + 1) * 16);
		ep->live = 1 << 8 | LIVE_READY;
		nr_endpoints = i + 1;
		err = conn_create(ep, &none, &control[i]);
		if (!err && s->init)
			err = s->init();
		if (err)
			panic("services: %s did not start: error %d", s->name, -err);
	}
	log_info("services: %u started, one domain, class IC0", nr_endpoints);
}
