/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking entries out of user tables, and changing their rights, one leaf table at a time under
 * its lock. TLBs are flushed before the lock is released and before a page is given up.
 */
#include <tessera/mm/tlb.h>
#include "space.h"

enum { PRUNE_TABLES = 256 };

bool page_counted(pfn_t pfn)
{
	enum page_kind k;

	if (!page_valid(pfn))
		return false;
	k = page_kind(pfn_to_page(pfn));
	return k == PAGE_ANON || k == PAGE_FILE || k == PAGE_SHM;
}

unsigned prot_to_pte(unsigned prot)
{
	unsigned p = prot & (VM_READ | VM_WRITE | VM_EXEC);

	if (p & (VM_WRITE | VM_EXEC))
		p |= VM_READ;
	return p | VM_USER;
}

void rss_add(struct space *s, const struct page *p, int sign)
{
	unsigned k = page_kind(p) == PAGE_ANON	 ? RSS_ANON
		     : page_kind(p) == PAGE_FILE ? RSS_FILE
						 : RSS_SHM;
	uint64_t now = __atomic_add_fetch(&s->rss[k], (uint64_t)(int64_t)sign, __ATOMIC_RELAXED);

	if (sign > 0) {
		now = s->rss[0] + s->rss[1] + s->rss[2];
		if (now > s->max_rss)
			s->max_rss = now;
	}
}

/* Entries of one locked leaf table for [start, end) are cleared; counted pages go to pfns. */
static unsigned zap_leaf(struct space *s, struct pt_pos *pos, vaddr_t start, vaddr_t end,
			 bool private_too, uint32_t *pfns)
{
	unsigned n = 0;
	vaddr_t first = 0, last = 0;
	pte_t *e = pos->pte;

	for (vaddr_t va = start; va < end; va += PAGE_SIZE, e++) {
		pfn_t pfn;
		pte_t v = *e;

		if (!v)
			continue;
		pfn = arch_pte_paddr(v, 0) >> PAGE_SHIFT;
		if (!private_too && page_counted(pfn) && page_kind(pfn_to_page(pfn)) == PAGE_ANON)
			continue;
		v = pt_store(pos->table, e, 0);
		if (!last)
			first = va;
		last = va + PAGE_SIZE;
		if (page_counted(pfn)) {
			struct page *p = pfn_to_page(pfn);

			if (arch_pte_dirty(v) && page_kind(p) != PAGE_ANON)
				page_flags_set(p, PG_DIRTY);
			rss_add(s, p, -1);
			pfns[n++] = (uint32_t)pfn;
		}
	}
	if (last)
		tlb_flush_space(s, first, last);
	return n;
}

/* Remove tables that became empty over [start, end), when that is worth a flush. */
static void prune(struct space *s, vaddr_t start, vaddr_t end)
{
	uint64_t step = pt_entry_size(1);
	struct page *list = NULL;

	if (end - start < step && __atomic_load_n(&s->pt.tables, __ATOMIC_RELAXED) < PRUNE_TABLES)
		return;
	for (vaddr_t va = mm_align_down(start, step); va < end; va += step) {
		struct pt_pos pos;
		int err = pt_walk_lock(&s->pt, va, 1, false, &pos);

		if (err == -ENOENT) {
			va = mm_align_down(va, pt_entry_size(pos.level)) +
			     pt_entry_size(pos.level) - step;
			continue;
		}
		pt_unlock(pos.table);
		if (!err)
			pt_prune(&s->pt, va, &list);
	}
	if (list) {
		tlb_flush_space(s, 0, ARCH_USER_END);
		pt_free_list(list);
	}
}

void zap_range(struct space *s, vaddr_t start, vaddr_t end, bool private_too)
{
	uint32_t pfns[PT_ENTRIES];
	vaddr_t va = start;

	while (va < end) {
		struct pt_pos pos;
		unsigned n = 0;
		int err = pt_walk_lock(&s->pt, va, 0, false, &pos);
		uint64_t step = pt_entry_size(err ? pos.level : 1);
		vaddr_t next = mm_align_down(va, step) + step;

		if (!err) {
			n = zap_leaf(s, &pos, va, mm_min(next, end), private_too, pfns);
			pt_unlock(pos.table);
		} else if (err == -EEXIST) {
			/*
			 * a block holds no references and is faulted in again where it is still
			 * wanted
			 */
			pt_store(pos.table, pos.pte, 0);
			tlb_flush_space(s, mm_align_down(va, step), next);
			pt_unlock(pos.table);
		}
		while (n)
			page_put(pfn_to_page(pfns[--n]));
		va = next;
	}
	prune(s, start, end);
}

/*
 * New rights of the entry v in a range with prot: a page that is shared with others stays
 * read-only.
 */
static pte_t protect_entry(const struct range *r, pte_t v, unsigned prot)
{
	pfn_t pfn = arch_pte_paddr(v, 0) >> PAGE_SHIFT;

	if ((prot & VM_WRITE) && !(arch_pte_prot(v) & VM_WRITE)) {
		bool own = page_counted(pfn) && (page_state(pfn_to_page(pfn)) & PG_EXCL);

		if (!own && !((r->rec.flags & RANGE_SHARED) && page_counted(pfn) &&
			      page_kind(pfn_to_page(pfn)) == PAGE_SHM))
			prot &= ~(unsigned)VM_WRITE;
	}
	if ((prot & VM_EXEC) && page_counted(pfn))
		page_icache_sync(pfn_to_page(pfn));
	return arch_pte_set_prot(v, prot_to_pte(prot));
}

void protect_range(struct space *s, const struct range *r, vaddr_t start, vaddr_t end)
{
	vaddr_t va = start;

	while (va < end) {
		struct pt_pos pos;
		int err = pt_walk_lock(&s->pt, va, 0, false, &pos);
		uint64_t step = pt_entry_size(err ? pos.level : 1);
		vaddr_t next = mm_align_down(va, step) + step, stop = mm_min(next, end);
		bool changed = false;

		if (err == -EEXIST) {
			pt_store(pos.table, pos.pte, 0);
			changed = true;
		}
		for (pte_t *e = pos.pte; !err && va < stop; va += PAGE_SIZE, e++) {
			pte_t v = *e;

			if (!arch_pte_present(v))
				continue;
			/* the walker may set accessed and dirty bits meanwhile */
			while (!__atomic_compare_exchange_n(e, &v, protect_entry(r, v, r->rec.prot),
							    false, __ATOMIC_ACQ_REL,
							    __ATOMIC_RELAXED))
				;
			changed = true;
		}
		if (changed)
			tlb_flush_space(s, mm_max(start, next - step), err ? next : stop);
		if (err != -ENOENT)
			pt_unlock(pos.table);
		va = next;
	}
}
