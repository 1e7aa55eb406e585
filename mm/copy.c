/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a space that need not be loaded: walk its tables, take a reference under the leaf's
 * lock, copy through the direct map. Pages that are not there, or not writable yet, are faulted
 * in first.
 */
#include <tessera/mm/user.h>
#include "space.h"

/*
 * May the page behind v be used for the access? Then it is returned with a reference if it is
 * counted.
 */
static struct page *usable(pte_t v, unsigned access, bool force, bool *counted)
{
	pfn_t pfn = arch_pte_paddr(v, 0) >> PAGE_SHIFT;
	struct page *p;

	if (!arch_pte_present(v) || !page_valid(pfn))
		return NULL;
	p = pfn_to_page(pfn);
	*counted = page_counted(pfn);
	if (access == VM_WRITE && !(arch_pte_prot(v) & VM_WRITE) &&
	    !(force && *counted && page_kind(p) == PAGE_ANON && (page_state(p) & PG_EXCL)))
		return NULL;
	if (access == VM_READ && !force && !(arch_pte_prot(v) & VM_READ))
		return NULL;
	if (*counted)
		page_get(p);
	return p;
}

/* The page that the table has for va, with a reference if counted, or NULL. */
static struct page *lookup(struct space *s, vaddr_t va, unsigned access, bool force, bool *counted)
{
	struct page *p = NULL;
	struct pt_pos pos;
	int err = pt_walk_lock(&s->pt, va, 0, false, &pos);

	if (!err) {
		p = usable(*pos.pte, access, force, counted);
		pt_unlock(pos.table);
	} else if (err == -EEXIST) {
		paddr_t pa =
			arch_pte_paddr(*pos.pte, pos.level) + (va & (pt_entry_size(pos.level) - 1));

		*counted = false;
		if (page_valid(pa >> PAGE_SHIFT) &&
		    (access != VM_WRITE || (arch_pte_prot(*pos.pte) & VM_WRITE)))
			p = phys_to_page(pa);
		pt_unlock(pos.table);
	}
	return p;
}

static int get(struct space *s, vaddr_t va, unsigned access, bool force, struct page **page,
	       bool *counted)
{
	if (va >= ARCH_USER_END)
		return -EFAULT;
	for (unsigned n = 0; n < 100; n++) {
		int err;

		*page = lookup(s, va, access, force, counted);
		if (*page)
			return 0;
		err = space_fault_forced(s, va, access, force);
		if (err)
			return err;
	}
	return -EFAULT; /* device memory, or rights that keep changing */
}

int space_get_page(struct space *s, vaddr_t va, unsigned access, struct page **page)
{
	bool counted;
	struct page *p;
	int err = get(s, mm_align_down(va, PAGE_SIZE), access, false, &p, &counted);

	if (err)
		return err;
	if (!counted)
		return -EOPNOTSUPP; /* its object, not a reference, keeps such a page */
	*page = p;
	return 0;
}

ssize_t space_copy(struct space *s, vaddr_t va, void *buf, size_t n, bool write, bool force)
{
	size_t done = 0;

	if (!user_range_ok(va, n))
		return -EFAULT;
	while (done < n) {
		vaddr_t at = va + done;
		size_t in = at & (PAGE_SIZE - 1), piece = mm_min(n - done, PAGE_SIZE - in);
		struct page *p;
		bool counted;
		int err = get(s, at - in, write ? VM_WRITE : VM_READ, force, &p, &counted);

		if (err)
			return done ? (ssize_t)done : err == -EACCES ? -EFAULT : err;
		if (write) {
			memcpy((char *)page_to_virt(p) + in, (char *)buf + done, piece);
			page_flags_clear(p, PG_ICLEAN);
		} else {
			memcpy((char *)buf + done, (char *)page_to_virt(p) + in, piece);
		}
		if (counted)
			page_put(p);
		done += piece;
	}
	return (ssize_t)done;
}
