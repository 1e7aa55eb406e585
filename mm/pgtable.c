/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of the kernel half, and the map/unmap/protect/query operations over any table that
 * one caller at a time changes.
 */
#include <tessera/sync/spinlock.h>
#include "internal.h"

enum { PT_TOP = ARCH_PT_LEVELS - 1 };

struct pgtable kernel_pgtable;
/* Changes of kernel tables, and of others through the functions in this file. */
static struct spinlock pt_kernel_lock = SPINLOCK_INIT(RANK_PT_UPPER);

static pte_t *table_at(paddr_t pa)
{
	return phys_to_virt(pa);
}

static paddr_t table_new(struct pgtable *pt, vaddr_t va, unsigned level)
{
	struct page *p;

	if (!mm_buddy_up)
		return boot_alloc_pages(1);
	p = page_alloc_table(pt->acct);
	if (!p)
		return 0;
	p->obj = pt->owner;
	p->index = (va & ~(pt_entry_size(level + 1) - 1)) >> PAGE_SHIFT;
	p->aux = level;
	return page_to_phys(p);
}

/* User tables count their entries in the struct page. */
static void entry_set(struct pgtable *pt, pte_t *e, pte_t v)
{
	if (pt->owner) {
		struct page *t = virt_to_page(e);

		if (!*e && v)
			t->refs++;
		else if (*e && !v)
			t->refs--;
	}
	__atomic_store_n(e, v, __ATOMIC_RELEASE);
}

/*
 * Entry for va at level. 0, -ENOENT (table missing and not to be added), -EEXIST (a block is
 * above: *out is it), -ENOMEM.
 */
static int descend(struct pgtable *pt, vaddr_t va, unsigned level, bool alloc, pte_t **out,
		   unsigned *at)
{
	pte_t *t = table_at(pt->root);
	unsigned l = PT_TOP;

	for (;; l--) {
		pte_t *e = &t[pt_index(va, l)];

		*out = e;
		*at = l;
		if (l == level)
			return 0;
		if (!arch_pte_present(*e)) {
			paddr_t pa;

			if (!alloc)
				return -ENOENT;
			pa = table_new(pt, va, l - 1);
			if (!pa)
				return -ENOMEM;
			entry_set(pt, e, arch_pte_table(pa));
			pt->tables++;
		} else if (arch_pte_is_leaf(*e, l)) {
			return -EEXIST;
		}
		t = table_at(arch_pte_paddr(*e, l));
	}
}

static bool range_bad(vaddr_t va, uint64_t size)
{
	return (va | size) & (PAGE_SIZE - 1) || !size || va + size - 1 < va;
}

static bool prot_bad(struct pgtable *pt, unsigned prot)
{
	return !pt->owner && (prot & VM_WRITE) && (prot & VM_EXEC);
}

/* Largest level whose block fits at va and pa. */
static unsigned block_level(vaddr_t va, paddr_t pa, uint64_t size)
{
	unsigned l = arch_pt_max_leaf_level();

	while (l && ((va | pa) & (pt_entry_size(l) - 1) || size < pt_entry_size(l)))
		l--;
	return l;
}

static int map_locked(struct pgtable *pt, vaddr_t va, paddr_t pa, uint64_t size, unsigned prot,
		      enum mem_type mt)
{
	while (size) {
		unsigned l = block_level(va, pa, size), at;
		pte_t *e;
		int err;

		for (;; l--) {
			err = descend(pt, va, l, true, &e, &at);
			if (err)
				return err;
			if (!arch_pte_present(*e))
				break;
			if (arch_pte_is_leaf(*e, l))
				return -EEXIST;
		}
		entry_set(pt, e, arch_pte_leaf(pa, l, prot, mt));
		va += pt_entry_size(l);
		pa += pt_entry_size(l);
		size -= pt_entry_size(l);
	}
	return 0;
}

int pt_map(struct pgtable *pt, vaddr_t va, paddr_t pa, uint64_t size, unsigned prot,
	   enum mem_type mt)
{
	int err;

	if (range_bad(va, size) || (pa & (PAGE_SIZE - 1)) || prot_bad(pt, prot))
		return -EINVAL;
	if (mm_buddy_up && (prot & VM_EXEC) && page_valid(pa >> PAGE_SHIFT) &&
	    page_kind(phys_to_page(pa)) == PAGE_PT)
		return -EINVAL;
	spin_lock(&pt_kernel_lock);
	err = map_locked(pt, va, pa, size, prot, mt);
	spin_unlock(&pt_kernel_lock);
	arch_pt_sync();
	return err;
}

int pt_prepare(struct pgtable *pt, vaddr_t va, uint64_t size)
{
	uint64_t step = pt_entry_size(PT_TOP);
	vaddr_t first = va & ~(step - 1), last = (va + size - 1) & ~(step - 1);
	int err = 0;

	spin_lock(&pt_kernel_lock);
	for (vaddr_t at = first; !err; at += step) {
		unsigned l;
		pte_t *e;

		err = descend(pt, at, PT_TOP - 1, true, &e, &l);
		if (err == -EEXIST)
			err = 0;
		if (at == last)
			break;
	}
	spin_unlock(&pt_kernel_lock);
	arch_pt_sync();
	return err;
}

/* The memory type a leaf was made with: the one that gives the same bits. */
static enum mem_type leaf_mem_type(pte_t e, unsigned level)
{
	unsigned prot = arch_pte_prot(e);
	pte_t want = arch_pte_mkold(arch_pte_mkclean(e));

	for (unsigned mt = MEM_NORMAL; mt <= MEM_WC; mt++) {
		pte_t v = arch_pte_leaf(arch_pte_paddr(e, level), level, prot, (enum mem_type)mt);

		if (arch_pte_mkold(arch_pte_mkclean(v)) == want)
			return (enum mem_type)mt;
	}
	return MEM_NORMAL;
}

/* Replace the block at *e by a table of smaller ones with the same rights. */
static int split(struct pgtable *pt, vaddr_t va, pte_t *e, unsigned level)
{
	paddr_t pa = arch_pte_paddr(*e, level), table = table_new(pt, va, level - 1);
	uint64_t step = pt_entry_size(level - 1);
	pte_t *t, like = *e;
	enum mem_type mt = leaf_mem_type(like, level);

	if (!table)
		return -ENOMEM;
	t = table_at(table);
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		entry_set(pt, &t[i],
			  arch_pte_leaf(pa + i * step, level - 1, arch_pte_prot(like), mt));
	pt->tables++;
	entry_set(pt, e, arch_pte_table(table));
	return 0;
}

/*
 * Walk the leaves in [va, va + size); blocks that stick out are split first. new_prot < 0: clear,
 * else set the rights.
 */
static int change_locked(struct pgtable *pt, vaddr_t va, uint64_t size, int new_prot)
{
	while (size) {
		unsigned l;
		pte_t *e;
		uint64_t step;
		int err = descend(pt, va, 0, false, &e, &l);

		step = pt_entry_size(l) - (va & (pt_entry_size(l) - 1));
		if (!err || err == -EEXIST) {
			if (l && (step < pt_entry_size(l) || size < step)) {
				err = split(pt, va, e, l);
				if (err)
					return err;
				continue;
			}
			if (arch_pte_present(*e))
				entry_set(pt, e,
					  new_prot < 0 ? 0 : arch_pte_set_prot(*e, new_prot));
		}
		if (step >= size)
			break;
		va += step;
		size -= step;
	}
	return 0;
}

int pt_unmap(struct pgtable *pt, vaddr_t va, uint64_t size)
{
	int err;

	if (range_bad(va, size))
		return -EINVAL;
	spin_lock(&pt_kernel_lock);
	err = change_locked(pt, va, size, -1);
	spin_unlock(&pt_kernel_lock);
	arch_pt_sync();
	return err;
}

int pt_protect(struct pgtable *pt, vaddr_t va, uint64_t size, unsigned prot)
{
	int err;

	if (range_bad(va, size) || prot_bad(pt, prot))
		return -EINVAL;
	spin_lock(&pt_kernel_lock);
	err = change_locked(pt, va, size, (int)prot);
	spin_unlock(&pt_kernel_lock);
	arch_pt_sync();
	return err;
}

int pt_query(struct pgtable *pt, vaddr_t va, paddr_t *pa, unsigned *prot, unsigned *level)
{
	unsigned l;
	pte_t *e, v;
	int err = descend(pt, va, 0, false, &e, &l);

	if (err == -ENOENT)
		return err;
	v = __atomic_load_n(e, __ATOMIC_RELAXED);
	if (!arch_pte_present(v))
		return -ENOENT;
	if (pa)
		*pa = arch_pte_paddr(v, l) +
		      (va & (pt_entry_size(l) - 1) & ~(uint64_t)(PAGE_SIZE - 1));
	if (prot)
		*prot = arch_pte_prot(v);
	if (level)
		*level = l;
	return 0;
}

/* First address of the kernel half as the top level counts it. */
static vaddr_t kernel_half_index(void)
{
	return ARCH_PT_SHARED_ROOT ? ARCH_PT_KERNEL_INDEX : 0;
}

static unsigned check_table(pte_t *t, unsigned level, unsigned first, unsigned depth)
{
	unsigned bad = 0;

	for (unsigned i = first; i < PT_ENTRIES; i++) {
		if (!arch_pte_present(t[i]))
			continue;
		if (!arch_pte_is_leaf(t[i], level)) {
			bad += depth < ARCH_PT_LEVELS
				       ? check_table(table_at(arch_pte_paddr(t[i], level)),
						     level - 1, 0, depth + 1)
				       : 1;
		} else if ((arch_pte_prot(t[i]) & (VM_WRITE | VM_EXEC)) == (VM_WRITE | VM_EXEC)) {
			log_err("mm: physical %#llx is mapped writable and executable",
				(unsigned long long)arch_pte_paddr(t[i], level));
			bad++;
		}
	}
	return bad;
}

unsigned pt_check_wx(void)
{
	return check_table(table_at(kernel_pgtable.root), PT_TOP, kernel_half_index(), 1);
}

int pgtable_init(struct pgtable *pt, uint32_t owner, struct account *acct)
{
	struct page *p = page_alloc_table(acct);
	pte_t *t;

	if (!p)
		return -ENOMEM;
	p->obj = owner;
	p->aux = PT_TOP;
	*pt = (struct pgtable){.root = page_to_phys(p), .owner = owner, .acct = acct, .tables = 1};
	t = page_to_virt(p);
	if (ARCH_PT_SHARED_ROOT)
		memcpy(t + ARCH_PT_KERNEL_INDEX,
		       table_at(kernel_pgtable.root) + ARCH_PT_KERNEL_INDEX,
		       (PT_ENTRIES - ARCH_PT_KERNEL_INDEX) * sizeof(pte_t));
	arch_pt_sync();
	return 0;
}

static void free_tables(paddr_t table, unsigned level, unsigned count)
{
	pte_t *t = table_at(table);
	struct page *p = phys_to_page(table);

	for (unsigned i = 0; i < count; i++)
		if (level && arch_pte_present(t[i]) && !arch_pte_is_leaf(t[i], level))
			free_tables(arch_pte_paddr(t[i], level), level - 1, PT_ENTRIES);
	memset(t, 0, PAGE_SIZE);
	p->refs = 1;
	page_free_table(p);
}

void pgtable_destroy(struct pgtable *pt)
{
	if (pt->root)
		free_tables(pt->root, PT_TOP,
			    ARCH_PT_SHARED_ROOT ? ARCH_PT_KERNEL_INDEX : PT_ENTRIES);
	pt->root = 0;
	pt->tables = 0;
}
