/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of address spaces, the calls that change them, and questions about them. */
#include <tessera/mm/slab.h>
#include <tessera/mm/user.h>
#include "space.h"

static uint32_t next_id = 1;

static const struct space_policy default_policy = {
	.mmap_top = ARCH_USER_END - (1ull << 33), /* the stack and its gap are above */
	.mmap_min = ARCH_USER_MIN,
	.as_max = UINT64_MAX >> 1,
	.data_max = UINT64_MAX >> 1,
	.stack_max = 8 << 20,
	.locked_max = 64 << 20,
	.ranges_max = RANGES_MAX,
	.guard_gap = 256,
};

void space_init(void)
{
	static_assert(sizeof(struct range_rec) == 64, "layout");
}

struct space *space_create(struct account *a)
{
	struct space *s = kzalloc(sizeof(*s));

	if (!s)
		return NULL;
	mutex_init(&s->lock, RANK_SPACE);
	s->refs = 1;
	s->id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
	if (!s->id)
		s->id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
	s->policy = default_policy;
	s->table = table_new(0);
	if (!s->table || pgtable_init(&s->pt, s->id, a)) {
		kfree(s->table);
		kfree(s);
		return NULL;
	}
	s->acct = a ? account_get(a) : NULL;
	return s;
}

struct space *space_get(struct space *s)
{
	refcount_get(&s->refs);
	return s;
}

void space_clear(struct space *s)
{
	struct range_table *old, *empty = table_new(0);

	mutex_lock(&s->lock);
	__atomic_store_n(&s->dying, true, __ATOMIC_RELEASE);
	old = s->table;
	if (empty) {
		epoch_publish(s->table, empty);
	} else {
		/* no memory for an empty table: the old one stays, with dead ranges only */
		old = s->table;
	}
	for (unsigned i = 0; i < old->n; i++) {
		struct range *r = old->r[i];

		if (r->rec.dead)
			continue;
		range_kill(r);
		range_count(s, r, -1);
		zap_range(s, r->rec.start, r->rec.end, true);
		range_retire(r);
	}
	if (empty)
		table_free_later(old);
	mutex_unlock(&s->lock);
}

static void space_free(struct epoch_head *h)
{
	struct space *s = container_of(h, struct space, epoch);

	/* readers of the table are gone; so are the CPUs that had it loaded */
	VERIFY(!__atomic_load_n(&s->active_mask, __ATOMIC_ACQUIRE));
	pgtable_destroy(&s->pt);
	kfree(s->table);
	if (s->acct)
		account_put(s->acct);
	kfree(s);
}

void space_put(struct space *s)
{
	if (!s || !refcount_put(&s->refs))
		return;
	space_clear(s);
	epoch_call(&s->epoch, space_free);
}

uint32_t space_id(const struct space *s)
{
	return s->id;
}
struct account *space_account(const struct space *s)
{
	return s->acct ? s->acct : &account_root;
}

void space_policy_get(const struct space *s, struct space_policy *p)
{
	*p = s->policy;
}

void space_policy_set(struct space *s, const struct space_policy *p)
{
	mutex_lock(&s->lock);
	s->policy = *p;
	s->policy.mmap_min = mm_max(mm_align_up(p->mmap_min, PAGE_SIZE), ARCH_USER_MIN);
	s->policy.mmap_top =
		mm_min(mm_align_down(p->mmap_top, PAGE_SIZE), ARCH_USER_END - PAGE_SIZE);
	mutex_unlock(&s->lock);
}

int space_update(struct space *s, struct as_op *ops, unsigned n, unsigned *done)
{
	int err = 0;

	if (n > AS_OPS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < n && !err; i++) {
		vaddr_t start, end;

		mutex_lock(&s->lock);
		err = s->dying ? -EFAULT : __space_update(s, &ops[i], &start, &end);
		mutex_unlock(&s->lock);
		if (!err && done)
			*done = i + 1;
		/* what cannot be populated now is faulted in later, or fails then */
		if (!err && start < end)
			(void)space_populate(s, start, end - start, VM_READ);
	}
	return err;
}

int space_map_anon(struct space *s, vaddr_t *addr, uint64_t size, unsigned prot, unsigned flags,
		   unsigned rflags)
{
	struct as_op op = {.op = AS_MAP,
			   .kind = RANGE_ANON,
			   .prot = (uint8_t)prot,
			   .flags = flags,
			   .rflags = rflags,
			   .addr = *addr,
			   .size = mm_align_up(size, PAGE_SIZE)};
	int err;

	if (rflags & RANGE_GROWSDOWN)
		op.limit = *addr + op.size > s->policy.stack_max
				   ? *addr + op.size - s->policy.stack_max
				   : 0;
	if (op.limit > *addr)
		op.limit = *addr;
	op.limit = mm_align_up(op.limit, PAGE_SIZE);
	err = space_update(s, &op, 1, NULL);
	if (!err)
		*addr = op.addr;
	return err;
}

int space_map_obj(struct space *s, vaddr_t *addr, uint64_t size, unsigned prot, unsigned flags,
		  unsigned rflags, struct pmo *o, uint64_t off, uint64_t cookie)
{
	struct as_op op = {.op = AS_MAP,
			   .kind = RANGE_OBJ,
			   .prot = (uint8_t)prot,
			   .flags = flags,
			   .rflags = rflags,
			   .addr = *addr,
			   .size = mm_align_up(size, PAGE_SIZE),
			   .pmo = o,
			   .off = off,
			   .cookie = cookie};
	int err = space_update(s, &op, 1, NULL);

	if (!err)
		*addr = op.addr;
	return err;
}

int space_unmap(struct space *s, vaddr_t addr, uint64_t size)
{
	struct as_op op = {.op = AS_UNMAP, .addr = addr, .size = mm_align_up(size, PAGE_SIZE)};

	return space_update(s, &op, 1, NULL);
}

int space_protect(struct space *s, vaddr_t addr, uint64_t size, unsigned prot)
{
	struct as_op op = {.op = AS_PROTECT,
			   .addr = addr,
			   .size = mm_align_up(size, PAGE_SIZE),
			   .prot = (uint8_t)prot};

	return space_update(s, &op, 1, NULL);
}

void space_brk_init(struct space *s, vaddr_t start)
{
	mutex_lock(&s->lock);
	s->brk_start = s->brk = mm_align_up(start, PAGE_SIZE);
	mutex_unlock(&s->lock);
}

vaddr_t space_brk(struct space *s, vaddr_t want, uint64_t data_max)
{
	vaddr_t now, old_end, new_end;
	int err = 0;

	mutex_lock(&s->lock);
	now = s->brk;
	if (want < s->brk_start || want > ARCH_USER_END - PAGE_SIZE ||
	    want - s->brk_start > data_max || s->dying)
		goto out;
	old_end = mm_align_up(s->brk, PAGE_SIZE);
	new_end = mm_align_up(want, PAGE_SIZE);
	if (new_end > old_end) {
		struct as_op op = {.op = AS_MAP,
				   .kind = RANGE_ANON,
				   .prot = VM_READ | VM_WRITE,
				   .flags = AS_FIXED | AS_NOREPLACE,
				   .addr = old_end,
				   .size = new_end - old_end};

		err = gap_is_free(s, old_end, new_end + PAGE_SIZE) ? update_map(s, &op) : -ENOMEM;
	} else if (new_end < old_end) {
		err = update_unmap(s, new_end, old_end);
	}
	if (!err)
		now = s->brk = want;
out:
	mutex_unlock(&s->lock);
	return now;
}

int space_discard(struct space *s, vaddr_t addr, uint64_t size)
{
	vaddr_t end = addr + size, at = addr;
	int err = 0;

	if ((addr | size) & (PAGE_SIZE - 1) || !user_range_ok(addr, size))
		return -EINVAL;
	mutex_lock(&s->lock);
	for (unsigned i = range_index(s->table, addr); at < end; i++) {
		struct range *r = i < s->table->n ? s->table->r[i] : NULL;

		if (!r || r->rec.start >= end) {
			err = -ENOMEM;
			break;
		}
		if (r->rec.start > at)
			err = -ENOMEM;
		if (r->rec.flags & RANGE_LOCKED) {
			err = -EINVAL;
			break;
		}
		zap_range(s, mm_max(at, r->rec.start), mm_min(end, r->rec.end), true);
		at = r->rec.end;
	}
	mutex_unlock(&s->lock);
	return err;
}

bool space_find(struct space *s, vaddr_t va, struct range_rec *out)
{
	struct range *r;

	epoch_enter();
	r = range_find(epoch_deref(s->table), va);
	if (r)
		*out = r->rec;
	epoch_exit();
	return r != NULL;
}

struct pmo *space_find_pmo(struct space *s, vaddr_t va, uint64_t *off)
{
	struct pmo *o = NULL;
	struct range *r;

	epoch_enter();
	r = range_find(epoch_deref(s->table), va);
	if (r && r->rec.start <= va && r->pmo) {
		*off = r->rec.off + (va - r->rec.start);
		o = pmo_get(r->pmo); /* the range holds one at least until the grace period ends */
	}
	epoch_exit();
	return o;
}

void space_stats_get(struct space *s, struct space_stats *st)
{
	mutex_lock(&s->lock);
	*st = (struct space_stats){
		.total_vm = s->total_vm,
		.data_vm = s->data_vm,
		.stack_vm = s->stack_vm,
		.locked_vm = s->locked_vm,
		.rss_anon = s->rss[RSS_ANON],
		.rss_file = s->rss[RSS_FILE],
		.rss_shm = s->rss[RSS_SHM],
		.pt_pages = s->pt.tables,
		.max_rss = s->max_rss,
		.ranges = s->table->n,
		.faults = s->faults,
		.faults_cow = s->faults_cow,
		.faults_file = s->faults_file,
		.brk_start = s->brk_start,
		.brk = s->brk,
	};
	mutex_unlock(&s->lock);
}

int space_query(struct space *s, vaddr_t va, paddr_t *pa, unsigned *prot)
{
	unsigned p;
	int err;

	epoch_enter();
	err = pt_query(&s->pt, va, pa, &p, NULL);
	epoch_exit();
	if (!err && prot)
		*prot = p;
	return err;
}

/* Is the page at va of r in memory: in the table, or in the object? */
static bool resident(struct space *s, struct range *r, vaddr_t va)
{
	if (!pt_query(&s->pt, va, NULL, NULL, NULL))
		return true;
	return r->pmo && pmo_has_page(r->pmo, (r->rec.off + (va - r->rec.start)) >> PAGE_SHIFT);
}

int space_residency(struct space *s, vaddr_t va, uint64_t n, uint8_t *vec)
{
	if ((va & (PAGE_SIZE - 1)) || n > ARCH_USER_END >> PAGE_SHIFT ||
	    !user_range_ok(va, n << PAGE_SHIFT))
		return -EINVAL;
	for (uint64_t i = 0; i < n; i++, va += PAGE_SIZE) {
		struct range *r;

		epoch_enter();
		r = range_find(epoch_deref(s->table), va);
		if (!r || r->rec.start > va) {
			epoch_exit();
			return -ENOMEM;
		}
		vec[i] = resident(s, r, va);
		epoch_exit();
	}
	return 0;
}
