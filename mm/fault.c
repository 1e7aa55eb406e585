/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults. The range is looked up in an epoch section; the page is found or made without a
 * lock; then, under the leaf table's lock, the range must not be dead, the page not detached and
 * the entry still what was expected, or all starts over.
 */
#include <tessera/mm/tlb.h>
#include "space.h"

enum { RETRY = 1, AROUND_PAGES = 16, TRIES_MAX = 1000 };

/* One try at a fault. */
struct fault {
	struct space *s;
	vaddr_t va; /* page aligned */
	unsigned access;
	bool force; /* write to read-only private memory */
	struct range *r;
	unsigned prot; /* rights of the range */
};

/* Tests hold a fault between its look-up and its lock. Called in an epoch section. */
void (*fault_test_hook)(struct space *s, vaddr_t va);

static bool prot_allows(unsigned prot, unsigned access)
{
	return !(access & ~prot_to_pte(prot));
}

static bool is_private(const struct fault *f)
{
	return !(f->r->rec.flags & RANGE_SHARED);
}

/* Rights for an entry to page p: private pages of an object stay read-only. */
static pte_t make_pte(const struct fault *f, struct page *p, bool writable)
{
	unsigned prot = f->prot;

	if (!writable)
		prot &= ~(unsigned)VM_WRITE;
	if (prot & VM_EXEC)
		page_icache_sync(p);
	return arch_pte_leaf(page_to_phys(p), 0, prot_to_pte(prot), MEM_NORMAL);
}

/* Lock the leaf table for f->va; the range must still be alive. 0 (locked), RETRY or -errno. */
static int lock_leaf(const struct fault *f, struct pt_pos *pos)
{
	int err;

	if (IS_ENABLED(CONFIG_KTEST) && unlikely(READ_ONCE(fault_test_hook)))
		fault_test_hook(f->s, f->va);
	err = pt_walk_lock(&f->s->pt, f->va, 0, true, pos);

	if (err == -EEXIST) {
		pt_unlock(pos->table);
		return RETRY;
	}
	if (err)
		return err;
	if (__atomic_load_n(&f->r->rec.dead, __ATOMIC_ACQUIRE) ||
	    __atomic_load_n(&f->s->dying, __ATOMIC_ACQUIRE)) {
		pt_unlock(pos->table);
		return RETRY;
	}
	return 0;
}

static void stale_entry_flush(struct fault *f)
{
	/* the entry is good, so this CPU holds an older one */
	arch_tlb_flush_page(arch_asid_bits() ? f->s->asid & 0xffff : 0, f->va);
}

static struct page *new_anon(const struct fault *f, unsigned flags)
{
	struct page *p = page_alloc(PAGE_ANON, 0, flags, f->s->acct);

	if (p) {
		p->index = f->va >> PAGE_SHIFT;
		p->obj = f->s->id;
	}
	return p;
}

/*
 * Put p at an absent entry; the table's lock is held and given up. Takes over the reference, or
 * drops it.
 */
static int install(struct fault *f, struct pt_pos *pos, struct page *p, bool writable)
{
	if (*pos->pte) {
		pt_unlock(pos->table);
		page_put(p);
		return RETRY;
	}
	if (page_kind(p) == PAGE_ANON)
		page_flags_set(p, PG_EXCL);
	pt_store(pos->table, pos->pte, make_pte(f, p, writable));
	arch_pt_sync();
	rss_add(f->s, p, 1);
	pt_unlock(pos->table);
	return 0;
}

static int fault_anon(struct fault *f)
{
	struct page *p = new_anon(f, ALLOC_ZERO);
	struct pt_pos pos;
	int err;

	if (!p)
		return -ENOMEM;
	err = lock_leaf(f, &pos);
	if (err) {
		page_put(p);
		return err;
	}
	return install(f, &pos, p, true);
}

/* Map neighbours of f->va that are present in the object; the leaf's lock is held. */
static void around(struct fault *f, struct pt_pos *pos, bool writable)
{
	vaddr_t window = mm_align_down(f->va, AROUND_PAGES * PAGE_SIZE);
	vaddr_t start = mm_max(window, f->r->rec.start);
	vaddr_t end = mm_min(window + AROUND_PAGES * PAGE_SIZE, f->r->rec.end);
	pte_t *e = pos->pte - ((f->va - start) >> PAGE_SHIFT);

	for (vaddr_t va = start; va < end; va += PAGE_SIZE, e++) {
		uint64_t i = (f->r->rec.off + (va - f->r->rec.start)) >> PAGE_SHIFT;
		struct page *p;

		if (*e || pmo_page(f->r->pmo, i, false, &p))
			continue;
		if (page_state(p) & PG_DETACHED) {
			page_put(p);
			continue;
		}
		pt_store(pos->table, e, make_pte(f, p, writable));
		rss_add(f->s, p, 1);
	}
}

static int obj_error(int err)
{
	switch (err) {
	case -EFAULT:
		return -EIO; /* beyond the end: a bus error */
	case -ENOENT:
		return -EAGAIN; /* its owner must fill it */
	default:
		return err;
	}
}

/*
 * The first write to a page of a private mapping: a copy. src may also be a page of a physical
 * object (at).
 */
static int private_copy(struct fault *f, struct page *src, const void *at)
{
	struct page *p = new_anon(f, 0);
	struct pt_pos pos;
	int err;

	if (!p)
		return -ENOMEM;
	memcpy(page_to_virt(p), at, PAGE_SIZE);
	err = lock_leaf(f, &pos);
	if (!err && src && (page_state(src) & PG_DETACHED)) {
		pt_unlock(pos.table);
		err = RETRY;
	}
	if (err) {
		page_put(p);
		return err;
	}
	__atomic_fetch_or(&f->r->rec.flags, RANGE_HAS_PRIV, __ATOMIC_RELAXED);
	__atomic_fetch_add(&f->s->faults_cow, 1, __ATOMIC_RELAXED);
	return install(f, &pos, p, !f->force || (f->prot & VM_WRITE));
}

static int fault_object(struct fault *f)
{
	uint64_t i = (f->r->rec.off + (f->va - f->r->rec.start)) >> PAGE_SHIFT;
	bool writable = !is_private(f);
	struct page *p;
	struct pt_pos pos;
	int err = pmo_page(f->r->pmo, i, true, &p);

	if (err)
		return obj_error(err);
	if (is_private(f) && f->access == VM_WRITE) {
		err = private_copy(f, p, page_to_virt(p));
		page_put(p);
		return err;
	}
	err = lock_leaf(f, &pos);
	if (!err && (page_state(p) & PG_DETACHED)) {
		pt_unlock(pos.table);
		err = RETRY;
	}
	if (err) {
		page_put(p);
		return err;
	}
	__atomic_fetch_add(&f->s->faults_file, 1, __ATOMIC_RELAXED);
	if (f->r->rec.advice != ADVICE_RANDOM) {
		if (!*pos.pte) {
			page_get(p);
			pt_store(pos.table, pos.pte, make_pte(f, p, writable));
			rss_add(f->s, p, 1);
		}
		around(f, &pos, writable);
		arch_pt_sync();
		pt_unlock(pos.table);
		page_put(p);
		return 0;
	}
	return install(f, &pos, p, writable);
}

/* 2 MiB at once, where range, object and table allow. 0 done, RETRY: use a small page. */
static int fault_block(struct fault *f, paddr_t pa, enum mem_type mt)
{
	uint64_t size = pt_entry_size(1);
	vaddr_t base = mm_align_down(f->va, size);
	struct pt_pos pos;
	int err;

	if (base < f->r->rec.start || base + size > f->r->rec.end ||
	    (pa - (f->va - base)) & (size - 1))
		return RETRY;
	err = pt_walk_lock(&f->s->pt, base, 1, true, &pos);
	if (err == -EEXIST)
		pt_unlock(pos.table);
	if (err)
		return RETRY;
	err = RETRY;
	if (*pos.pte && arch_pte_is_leaf(*pos.pte, 1)) {
		/* protecting clears blocks, so this one has the rights of the range */
		stale_entry_flush(f);
		err = 0;
	} else if (!*pos.pte && !f->r->rec.dead && !f->s->dying) {
		pt_store(pos.table, pos.pte,
			 arch_pte_leaf(pa - (f->va - base), 1, prot_to_pte(f->prot), mt));
		arch_pt_sync();
		err = 0;
	}
	pt_unlock(pos.table);
	return err;
}

static int fault_physical(struct fault *f)
{
	enum mem_type mt = pmo_mem_type(f->r->pmo);
	uint64_t i = (f->r->rec.off + (f->va - f->r->rec.start)) >> PAGE_SHIFT;
	unsigned prot = f->prot;
	struct pt_pos pos;
	paddr_t pa;
	int err = pmo_phys(f->r->pmo, i, &pa);

	if (err)
		return -EIO;
	if (is_private(f)) {
		prot &= ~(unsigned)VM_WRITE;
		if (f->access == VM_WRITE)
			return page_valid(pa >> PAGE_SHIFT)
				       ? private_copy(f, NULL, phys_to_virt(pa))
				       : -EIO;
	} else if (!fault_block(f, pa, mt)) {
		return 0;
	}
	if ((prot & VM_EXEC) && page_valid(pa >> PAGE_SHIFT))
		page_icache_sync(phys_to_page(pa));
	err = lock_leaf(f, &pos);
	if (err)
		return err;
	if (!*pos.pte) {
		pt_store(pos.table, pos.pte, arch_pte_leaf(pa, 0, prot_to_pte(prot), mt));
		arch_pt_sync();
	}
	pt_unlock(pos.table);
	return 0;
}

/*
 * Replace a present entry: invalid first, flush, then the new one, as no TLB may hold two. Lock
 * held.
 */
static void replace(struct fault *f, struct pt_pos *pos, pte_t v)
{
	pt_store(pos->table, pos->pte, 0);
	tlb_flush_space(f->s, f->va, f->va + PAGE_SIZE);
	pt_store(pos->table, pos->pte, v);
	arch_pt_sync();
}

/*
 * Write to a private page that others may hold: copy it. *old is the entry, pos its locked table,
 * given up.
 */
static int cow_copy(struct fault *f, struct pt_pos *pos, pte_t old)
{
	pfn_t pfn = arch_pte_paddr(old, 0) >> PAGE_SHIFT;
	bool counted = page_counted(pfn);
	struct page *src = page_valid(pfn) ? pfn_to_page(pfn) : NULL, *p;
	int err;

	if (!src) {
		pt_unlock(pos->table);
		return -EIO;
	}
	if (counted)
		page_get(src);
	pt_unlock(pos->table);
	p = new_anon(f, 0);
	err = p ? 0 : -ENOMEM;
	if (p) {
		memcpy(page_to_virt(p), page_to_virt(src), PAGE_SIZE);
		err = lock_leaf(f, pos);
		if (!err && *pos->pte != old) {
			pt_unlock(pos->table);
			err = RETRY;
		}
	}
	if (err) {
		if (p)
			page_put(p);
	} else {
		page_flags_set(p, PG_EXCL);
		replace(f, pos, make_pte(f, p, !f->force || (f->prot & VM_WRITE)));
		rss_add(f->s, p, 1);
		if (counted)
			rss_add(f->s, src, -1);
		__atomic_fetch_or(&f->r->rec.flags, RANGE_HAS_PRIV, __ATOMIC_RELAXED);
		pt_unlock(pos->table);
		if (counted)
			page_put(src);
		__atomic_fetch_add(&f->s->faults_cow, 1, __ATOMIC_RELAXED);
	}
	if (counted)
		page_put(src);
	return err;
}

/* The entry is there but does not allow the access. Its table is locked; given up here. */
static int fault_present(struct fault *f, struct pt_pos *pos)
{
	pte_t v = *pos->pte;
	pfn_t pfn = arch_pte_paddr(v, 0) >> PAGE_SHIFT;
	bool counted = page_counted(pfn),
	     anon = counted && page_kind(pfn_to_page(pfn)) == PAGE_ANON;
	unsigned prot = f->prot;

	if (prot_allows(arch_pte_prot(v), f->access)) {
		stale_entry_flush(f);
		pt_unlock(pos->table);
		return 0;
	}
	if (f->access == VM_WRITE && is_private(f)) {
		struct page *p = anon ? pfn_to_page(pfn) : NULL;

		if (!p || (!(page_state(p) & PG_EXCL) &&
			   __atomic_load_n(&p->refs, __ATOMIC_ACQUIRE) != 1))
			return cow_copy(f, pos, v);
		if (!(page_state(p) & PG_EXCL)) {
			p->obj = f->s->id;
			p->index = f->va >> PAGE_SHIFT;
			page_flags_set(p, PG_EXCL);
		}
		if (!(f->prot & VM_WRITE)) {
			/* a forced write goes through the direct map; the entry stays as it is */
			pt_unlock(pos->table);
			return 0;
		}
	} else if (is_private(f) && !(anon && (page_state(pfn_to_page(pfn)) & PG_EXCL))) {
		prot &= ~(unsigned)VM_WRITE;
	}
	if ((prot & VM_EXEC) && page_valid(pfn))
		page_icache_sync(pfn_to_page(pfn));
	/* rights are only added, so no flush of others is needed; they fault and look again */
	pt_store(pos->table, pos->pte, arch_pte_set_prot(v, prot_to_pte(prot)));
	arch_pt_sync();
	stale_entry_flush(f);
	pt_unlock(pos->table);
	return 0;
}

/* A stack grows down to va, if the limit and the gap below allow. 0: look again. */
static int grow(struct space *s, vaddr_t va)
{
	int err = -EFAULT;
	struct range *r;
	uint64_t gap;
	unsigned i;

	mutex_lock(&s->lock);
	i = range_index(s->table, va);
	r = i < s->table->n ? s->table->r[i] : NULL;
	gap = (uint64_t)s->policy.guard_gap << PAGE_SHIFT;
	if (r && r->rec.start <= va) {
		err = 0;
	} else if (r && (r->rec.flags & RANGE_GROWSDOWN) && va >= r->rec.limit &&
		   va >= ARCH_USER_MIN && !s->dying && r->rec.end - va <= s->policy.stack_max &&
		   (!i || va >= gap + s->table->r[i - 1]->rec.end ||
		    (s->table->r[i - 1]->rec.flags & RANGE_GROWSDOWN))) {
		uint64_t more = r->rec.start - va;

		if (i && va < s->table->r[i - 1]->rec.end) {
			err = -EFAULT;
		} else if (s->total_vm + more > s->policy.as_max ||
			   s->data_vm + more > s->policy.data_max) {
			err = -ENOMEM;
		} else {
			range_count(s, r, -1);
			__atomic_store_n(&r->rec.start, va, __ATOMIC_RELEASE);
			range_count(s, r, 1);
			err = 0;
		}
	}
	mutex_unlock(&s->lock);
	return err == -ENOMEM ? -EFAULT : err;
}

/* Nothing at va: maybe content is just being replaced, or a stack is to grow. 0: look again. */
static int fault_hole(struct space *s, vaddr_t va, bool waited)
{
	struct range_rec rec;

	if (!waited && (__atomic_load_n(&s->seq, __ATOMIC_ACQUIRE) & 1)) {
		mutex_lock(&s->lock);
		mutex_unlock(&s->lock);
		return 0;
	}
	if (space_find(s, va, &rec) && rec.start > va && (rec.flags & RANGE_GROWSDOWN))
		return grow(s, va);
	return -EFAULT;
}

/* One try with the range found. In an epoch section. */
static int try_fault(struct fault *f)
{
	struct pt_pos pos;
	int err;

	f->prot = f->r->rec.prot;
	if (!prot_allows(f->prot, f->access) &&
	    !(f->force && is_private(f) && (f->r->rec.maxprot & VM_READ) &&
	      f->r->rec.kind != RANGE_GUARD))
		return -EACCES;
	if (pt_peek(&f->s->pt, f->va)) {
		err = lock_leaf(f, &pos);
		if (err)
			return err;
		if (*pos.pte)
			return fault_present(f, &pos);
		pt_unlock(pos.table);
	}
	switch (f->r->rec.kind) {
	case RANGE_ANON:
		return fault_anon(f);
	case RANGE_OBJ:
		return fault_object(f);
	case RANGE_DEVICE:
	case RANGE_SPECIAL:
		return fault_physical(f);
	default:
		return -EACCES;
	}
}

int space_fault_forced(struct space *s, vaddr_t va, unsigned access, bool force)
{
	struct fault f = {
		.s = s, .va = mm_align_down(va, PAGE_SIZE), .access = access, .force = force};
	int err = RETRY;

	if (va >= ARCH_USER_END)
		return -EFAULT;
	__atomic_fetch_add(&s->faults, 1, __ATOMIC_RELAXED);
	for (unsigned n = 0; err == RETRY && n < TRIES_MAX; n++) {
		if (__atomic_load_n(&s->dying, __ATOMIC_ACQUIRE))
			return -EFAULT;
		epoch_enter();
		f.r = range_find(epoch_deref(s->table), f.va);
		if (f.r && __atomic_load_n(&f.r->rec.start, __ATOMIC_ACQUIRE) <= f.va) {
			err = try_fault(&f);
			epoch_exit();
		} else {
			epoch_exit();
			err = fault_hole(s, f.va, n > 0);
			if (!err)
				err = RETRY;
		}
	}
	return err == RETRY ? 0 : err;
}

int space_fault(struct space *s, vaddr_t va, unsigned access)
{
	return space_fault_forced(s, va, access, false);
}

int space_populate(struct space *s, vaddr_t addr, uint64_t size, unsigned access)
{
	for (vaddr_t va = mm_align_down(addr, PAGE_SIZE); va < addr + size; va += PAGE_SIZE) {
		struct range_rec rec;
		unsigned want = access;
		int err;

		if (!space_find(s, va, &rec) || rec.start > va)
			return -ENOMEM;
		if (access == VM_READ && (rec.prot & VM_WRITE) && !(rec.flags & RANGE_SHARED))
			want = VM_WRITE; /* so that no second fault follows */
		if (!rec.prot)
			continue;
		err = space_fault(s, va, want);
		if (err)
			return err;
	}
	return 0;
}
