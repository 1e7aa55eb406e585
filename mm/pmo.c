/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects. Pages sit in an xarray, one reference each for their slot; look-ups run in an
 * epoch section: load the slot, take a reference unless zero, load the slot again. A page that
 * leaves its object is marked PG_DETACHED before mappings are looked for, and a fault tests that
 * under the leaf table's lock.
 */
#include <tessera/lib/xarray.h>
#include <tessera/mm/slab.h>
#include "pmo.h"

enum { ID_HASH = 256 };

static struct kmem_cache *node_cache;
static struct pmo *by_id[ID_HASH]; /* chains, by id_lock; read in epoch sections */
static struct spinlock id_lock = SPINLOCK_INIT(RANK_PMO);
static uint32_t next_id = 1;

static void *node_alloc(void *ctx)
{
	return kmem_cache_alloc(node_cache);
}

static void node_reclaim(struct epoch_head *h)
{
	kmem_cache_free(node_cache, (void *)h);
}

static void node_free(void *ctx, struct xa_node *node)
{
	static_assert(sizeof(node->reclaim) >= sizeof(struct epoch_head), "room for an epoch_head");
	static_assert(offsetof(struct xa_node, reclaim) == 0, "reclaim is first");
	epoch_call((struct epoch_head *)(void *)node->reclaim, node_reclaim);
}

static const struct xa_ops page_xa_ops = {.node_alloc = node_alloc, .node_free = node_free};

void pmo_init(void)
{
	node_cache = kmem_cache_create("xa-node", sizeof(struct xa_node), 8, 0, NULL);
	if (!node_cache)
		panic("mm: no memory for objects");
}

static struct pmo *pmo_new(enum pmo_kind kind, uint64_t pages, struct account *a)
{
	struct pmo *o;

	if (pages > UINT64_MAX >> (PAGE_SHIFT + 1))
		return NULL;
	o = kzalloc(sizeof(*o));
	if (!o)
		return NULL;
	o->refs = 1;
	o->kind = kind;
	o->size = pages;
	o->maxprot = VM_READ | VM_WRITE | VM_EXEC;
	o->acct = a ? account_get(a) : NULL;
	spin_init(&o->lock, RANK_PMO);
	mutex_init(&o->rmap_lock, RANK_RMAP);
	list_init(&o->ranges);
	xa_init(&o->pages, &page_xa_ops, o);
	spin_lock(&id_lock);
	o->id = next_id++;
	if (!next_id)
		next_id = 1;
	o->next_id = by_id[o->id % ID_HASH];
	epoch_publish(by_id[o->id % ID_HASH], o);
	spin_unlock(&id_lock);
	return o;
}

struct pmo *pmo_create_anon(uint64_t pages, struct account *a)
{
	struct pmo *o = pmo_new(PMO_ANON, pages, a);

	if (o)
		o->flags = PMO_ZERO_FILL;
	return o;
}

/* The object's own references to pages are gone before it is. */
struct pmo *pmo_create_pages(struct page *const *list, size_t n, struct account *a)
{
	struct pmo *o = pmo_new(PMO_KOBJ, n, a);
	int err = 0;

	if (!o)
		return NULL;
	spin_lock(&o->lock);
	for (size_t i = 0; i < n && !err; i++)
		err = xa_store(&o->pages, i, list[i], NULL);
	if (err)
		for (size_t i = 0; i < n; i++)
			xa_erase(&o->pages, i);
	spin_unlock(&o->lock);
	o->nr_pages = err ? 0 : n;
	if (err) {
		pmo_put(o);
		return NULL;
	}
	return o;
}

static struct pmo *physical(enum pmo_kind kind, paddr_t pa, uint64_t size, enum mem_type mt,
			    struct account *a)
{
	struct pmo *o;

	if ((pa | size) & (PAGE_SIZE - 1) || !size || pa + size < pa || pa + size > 1ull << 52)
		return NULL;
	o = pmo_new(kind, size >> PAGE_SHIFT, a);
	if (o) {
		o->pa = pa;
		o->mt = mt;
	}
	return o;
}

struct pmo *pmo_create_device(paddr_t pa, uint64_t size, enum mem_type mt, struct account *a)
{
	for (unsigned i = 0; i < mm_ram_ranges.n; i++)
		if (pa < mm_ram_ranges.r[i].end << PAGE_SHIFT &&
		    pa + size > mm_ram_ranges.r[i].start << PAGE_SHIFT)
			return NULL; /* RAM is never mapped as a device */
	return physical(PMO_DEVICE, pa, size, mt, a);
}

struct pmo *pmo_create_reserved(paddr_t pa, uint64_t size, struct account *a)
{
	paddr_t first = mm_align_down(pa, PAGE_SIZE), end = mm_align_up(pa + size, PAGE_SIZE);
	struct pmo *o;

	if (pa + size < pa)
		return NULL;
	for (paddr_t p = first; p < end; p += PAGE_SIZE)
		if (!page_is_ram(p >> PAGE_SHIFT) || page_kind(phys_to_page(p)) != PAGE_RESERVED)
			return NULL;
	o = physical(PMO_DEVICE, first, end - first, MEM_NORMAL, a);
	if (o)
		o->maxprot = VM_READ | VM_EXEC;
	return o;
}

struct pmo *pmo_create_contig(uint64_t pages, bool dma32, struct account *a)
{
	unsigned order = 0;
	struct page *p;
	struct pmo *o;

	if (!pages || pages > 1u << PAGE_ORDER_MAX)
		return NULL;
	while (1ull << order < pages)
		order++;
	p = page_alloc(PAGE_CONTIG, order, ALLOC_ZERO | (dma32 ? ALLOC_DMA32 : 0), a);
	if (!p)
		return NULL;
	o = physical(PMO_CONTIG, page_to_phys(p), pages << PAGE_SHIFT, MEM_NORMAL, a);
	if (!o) {
		page_free(p);
		return NULL;
	}
	o->nr_pages = pages;
	return o;
}

struct pmo *pmo_create_slice(struct pmo *parent, uint64_t first, uint64_t n, unsigned maxprot)
{
	struct pmo *o;

	if (first > parent->size || n > parent->size - first)
		return NULL;
	o = pmo_new(PMO_SLICE, n, parent->acct);
	if (!o)
		return NULL;
	o->maxprot = (uint8_t)(maxprot & parent->maxprot);
	o->first = first + parent->first;
	o->parent = pmo_get(parent->parent ? parent->parent : parent);
	return o;
}

struct pmo *pmo_resolve(struct pmo *o, uint64_t *index)
{
	if (!o->parent)
		return o;
	*index += o->first;
	return o->parent;
}

struct pmo *pmo_get(struct pmo *o)
{
	refcount_get(&o->refs);
	return o;
}

static void pmo_free(struct epoch_head *h)
{
	kfree(container_of(h, struct pmo, epoch));
}

static void drop_pages(struct pmo *o)
{
	uint64_t i;
	void *e;

	if (o->kind == PMO_CONTIG) {
		page_put(phys_to_page(o->pa));
		return;
	}
	for (i = 0; (e = xa_find(&o->pages, &i, UINT64_MAX, XA_PRESENT));) {
		spin_lock(&o->lock);
		xa_erase(&o->pages, i);
		spin_unlock(&o->lock);
		page_put(e);
	}
	xa_destroy(&o->pages);
}

void pmo_put(struct pmo *o)
{
	struct pmo **p;

	if (!o || !refcount_put(&o->refs))
		return;
	spin_lock(&id_lock);
	for (p = &by_id[o->id % ID_HASH]; *p != o; p = &(*p)->next_id)
		;
	epoch_publish(*p, o->next_id);
	spin_unlock(&id_lock);
	ASSERT(list_empty(&o->ranges));
	drop_pages(o);
	if (o->parent)
		pmo_put(o->parent);
	if (o->acct)
		account_put(o->acct);
	epoch_call(&o->epoch, pmo_free);
}

struct pmo *pmo_by_id(uint32_t id)
{
	struct pmo *o;

	epoch_enter();
	o = epoch_deref(by_id[id % ID_HASH]);
	while (o && o->id != id)
		o = epoch_deref(o->next_id);
	if (o && !refcount_get_unless_zero(&o->refs))
		o = NULL;
	epoch_exit();
	return o;
}

uint32_t pmo_id(const struct pmo *o)
{
	return o->id;
}
enum pmo_kind pmo_kind(const struct pmo *o)
{
	return o->kind;
}
unsigned pmo_maxprot(const struct pmo *o)
{
	return o->maxprot;
}
uint64_t pmo_nr_pages(const struct pmo *o)
{
	return READ_ONCE((o->parent ? o->parent : o)->nr_pages);
}
unsigned pmo_flags_get(const struct pmo *o)
{
	return READ_ONCE((o->parent ? o->parent : o)->flags);
}
uint64_t pmo_size_pages(const struct pmo *o)
{
	return READ_ONCE(o->size);
}
enum mem_type pmo_mem_type(const struct pmo *o)
{
	return o->mt;
}

bool pmo_is_physical(const struct pmo *o)
{
	return o->kind == PMO_DEVICE || o->kind == PMO_CONTIG;
}

unsigned pmo_nr_ranges(struct pmo *o)
{
	return READ_ONCE((o->parent ? o->parent : o)->nr_ranges);
}

int pmo_phys(struct pmo *o, uint64_t i, paddr_t *pa)
{
	if (i >= pmo_size_pages(o))
		return -EINVAL;
	o = pmo_resolve(o, &i);
	if (!pmo_is_physical(o) || i >= o->size)
		return -EINVAL;
	*pa = o->pa + (i << PAGE_SHIFT);
	return 0;
}

/* Page i with a reference, or NULL. */
static struct page *lookup(struct pmo *o, uint64_t i)
{
	void *const *slot;
	struct page *p;

	epoch_enter();
	for (;;) {
		p = xa_load_slot(&o->pages, i, &slot);
		if (!p || xa_is_value(p)) {
			p = NULL;
			break;
		}
		if (!page_get_unless_zero(p))
			continue; /* being evicted: the slot changes soon */
		if (__atomic_load_n(slot, __ATOMIC_ACQUIRE) == p)
			break;
		page_put(p);
	}
	epoch_exit();
	return p;
}

bool pmo_has_page(struct pmo *o, uint64_t i)
{
	bool has;

	if (i >= pmo_size_pages(o))
		return false;
	o = pmo_resolve(o, &i);
	if (pmo_is_physical(o))
		return i < o->size;
	epoch_enter();
	has = xa_load(&o->pages, i) != NULL;
	epoch_exit();
	return has;
}

/* Fill the hole at i. 0 (look again), or -errno. */
static int fill(struct pmo *o, uint64_t i)
{
	struct page *p = page_alloc(PAGE_SHM, 0, ALLOC_ZERO, o->acct);
	int err;

	if (!p)
		return -ENOMEM;
	p->obj = o->id;
	p->index = i;
	page_flags_set(p, PG_UPTODATE);
	spin_lock(&o->lock);
	err = i < o->size ? xa_insert(&o->pages, i, p) : -EFAULT;
	if (!err)
		o->nr_pages++;
	spin_unlock(&o->lock);
	if (err)
		page_put(p);
	return err == -EEXIST ? 0 : err;
}

int pmo_page(struct pmo *o, uint64_t i, bool do_fill, struct page **page)
{
	int err;

	if (i >= pmo_size_pages(o))
		return -EFAULT;
	o = pmo_resolve(o, &i);
	if (i >= pmo_size_pages(o))
		return -EFAULT;
	if (pmo_is_physical(o))
		return -ENXIO;
	for (;;) {
		struct page *p = lookup(o, i);

		if (p) {
			*page = p;
			return 0;
		}
		if (!do_fill || !(o->flags & PMO_ZERO_FILL))
			return -ENOENT;
		err = fill(o, i);
		if (err)
			return err;
	}
}

struct mutex *pmo_rmap_lock(struct pmo *o)
{
	return &o->rmap_lock;
}
struct list_head *pmo_rmap(struct pmo *o)
{
	return &o->ranges;
}

void pmo_range_added(struct pmo *o, const struct range_rec *r, int sign)
{
	o->nr_ranges += (unsigned)sign;
	if ((r->flags & RANGE_SHARED) && (r->maxprot & VM_WRITE))
		o->wmaps += (unsigned)sign;
}
