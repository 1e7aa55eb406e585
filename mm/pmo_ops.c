/* SPDX-License-Identifier: BSD-2-Clause */
/* Content and size of memory objects: read, write, zero, resize, punch, seal. */
#include <tessera/lib/overflow.h>
#include "pmo.h"

/* Direct-map address of byte off of a physical object that is RAM, or NULL. */
static void *physical_at(struct pmo *o, uint64_t off)
{
	paddr_t pa = o->pa + off;

	return page_valid(pa >> PAGE_SHIFT) && o->mt == MEM_NORMAL ? phys_to_virt(pa) : NULL;
}

/* Copy one piece that lies within a page. */
static int copy_piece(struct pmo *o, uint64_t off, void *buf, size_t n, bool write)
{
	uint64_t i = off >> PAGE_SHIFT, in = off & (PAGE_SIZE - 1);
	struct page *p = NULL;
	void *at;
	int err;

	err = pmo_page(o, i, write, &p);
	if (err == -ENXIO) {
		o = pmo_resolve(o, &i);
		at = physical_at(o, (i << PAGE_SHIFT) + in);
		if (!at)
			return -EOPNOTSUPP;
	} else if (err == -ENOENT && !write && (pmo_flags_get(o) & PMO_ZERO_FILL)) {
		memset(buf, 0, n);
		return 0;
	} else if (err) {
		return err;
	} else {
		at = (char *)page_to_virt(p) + in;
	}
	if (write)
		memcpy(at, buf, n);
	else
		memcpy(buf, at, n);
	if (p) {
		page_flags_set(p, write ? PG_DIRTY | PG_REF : PG_REF);
		page_put(p);
	}
	return 0;
}

static ssize_t copy(struct pmo *o, uint64_t off, void *buf, size_t n, bool write)
{
	uint64_t size = pmo_size_pages(o) << PAGE_SHIFT;
	size_t done = 0;

	if (off >= size)
		return 0;
	n = mm_min(mm_min(n, size - off), (uint64_t)INTPTR_MAX);
	while (done < n) {
		size_t piece = mm_min(n - done, PAGE_SIZE - ((off + done) & (PAGE_SIZE - 1)));
		int err = copy_piece(o, off + done, (char *)buf + done, piece, write);

		if (err)
			return done ? (ssize_t)done : err;
		done += piece;
	}
	return (ssize_t)done;
}

ssize_t pmo_read(struct pmo *o, uint64_t off, void *buf, size_t n)
{
	if (!(pmo_maxprot(o) & VM_READ))
		return -EACCES;
	return copy(o, off, buf, n, false);
}

ssize_t pmo_write(struct pmo *o, uint64_t off, const void *buf, size_t n)
{
	if (!(pmo_maxprot(o) & VM_WRITE))
		return -EACCES;
	if (pmo_flags_get(o) & PMO_SEAL_WRITE)
		return -EPERM;
	return copy(o, off, (void *)(uintptr_t)buf, n, true);
}

int pmo_zero(struct pmo *o, uint64_t off, uint64_t n)
{
	uint64_t end;

	if (check_add_overflow(off, n, &end))
		return -EINVAL;
	end = mm_min(end, pmo_size_pages(o) << PAGE_SHIFT);
	while (off < end) {
		uint64_t piece = mm_min(end - off, PAGE_SIZE - (off & (PAGE_SIZE - 1)));
		struct page *p;
		int err = pmo_page(o, off >> PAGE_SHIFT, false, &p);

		if (!err) {
			memset((char *)page_to_virt(p) + (off & (PAGE_SIZE - 1)), 0, piece);
			page_flags_set(p, PG_DIRTY);
			page_put(p);
		} else if (err != -ENOENT) {
			return err;
		}
		off += piece;
	}
	return 0;
}

/*
 * Take pages [first, last] out of the slots; they are chained by link, detached, with the slot's
 * reference.
 */
static uint32_t detach(struct pmo *o, uint64_t first, uint64_t last)
{
	uint32_t chain = PFN_NONE;
	uint64_t i = first;
	struct page *p;

	for (;;) {
		spin_lock(&o->lock);
		p = xa_find(&o->pages, &i, last, XA_PRESENT);
		if (!p) {
			spin_unlock(&o->lock);
			return chain;
		}
		xa_erase(&o->pages, i);
		o->nr_pages--;
		page_flags_set(p, PG_DETACHED);
		spin_unlock(&o->lock);
		p->link = chain;
		chain = (uint32_t)page_to_pfn(p);
	}
}

/* Zap what maps indices [first, last]; rmap_lock held. */
static void zap_mappings(struct pmo *o, uint64_t first, uint64_t last, bool private_too)
{
	struct range *r;

	list_for_each_entry (r, &o->ranges, rmap) {
		uint64_t lo = r->rec.off >> PAGE_SHIFT,
			 hi = lo + ((r->rec.end - r->rec.start) >> PAGE_SHIFT) - 1;
		vaddr_t start, end;

		if (lo > last || hi < first)
			continue;
		start = r->rec.start + ((mm_max(first, lo) - lo) << PAGE_SHIFT);
		end = r->rec.start + ((mm_min(last, hi) + 1 - lo) << PAGE_SHIFT);
		zap_range(r->space, start, end, private_too);
	}
}

static void drop(struct pmo *o, uint64_t first, uint64_t last, bool private_too)
{
	uint32_t chain;

	mutex_lock(&o->rmap_lock);
	chain = detach(o, first, last);
	zap_mappings(o, first, last, private_too);
	mutex_unlock(&o->rmap_lock);
	while (chain != PFN_NONE) {
		struct page *p = pfn_to_page(chain);

		chain = p->link;
		page_put(p);
	}
}

int pmo_resize(struct pmo *o, uint64_t pages)
{
	uint64_t old;
	int err = 0;

	if (o->kind != PMO_ANON && o->kind != PMO_FILE)
		return -EINVAL;
	if (pages > UINT64_MAX >> (PAGE_SHIFT + 1))
		return -EFBIG;
	spin_lock(&o->lock);
	old = o->size;
	if ((pages < old && (o->flags & PMO_SEAL_SHRINK)) ||
	    (pages > old && (o->flags & PMO_SEAL_GROW)))
		err = -EPERM;
	else
		__atomic_store_n(&o->size, pages, __ATOMIC_RELEASE);
	spin_unlock(&o->lock);
	if (!err && pages < old)
		drop(o, pages, UINT64_MAX >> PAGE_SHIFT, true);
	return err;
}

int pmo_punch(struct pmo *o, uint64_t first, uint64_t n)
{
	if (o->kind != PMO_ANON && o->kind != PMO_FILE)
		return -EINVAL;
	if (pmo_flags_get(o) & PMO_SEAL_WRITE)
		return -EPERM;
	if (!n)
		return 0;
	if (first + n < first)
		return -EINVAL;
	drop(o, first, first + n - 1, false);
	return 0;
}

int pmo_seal(struct pmo *o, unsigned seals)
{
	const unsigned all = PMO_SEAL_SEAL | PMO_SEAL_SHRINK | PMO_SEAL_GROW | PMO_SEAL_WRITE;
	int err = 0;

	if (seals & ~all || (o->kind != PMO_ANON && o->kind != PMO_FILE))
		return -EINVAL;
	mutex_lock(&o->rmap_lock);
	spin_lock(&o->lock);
	if (o->flags & PMO_SEAL_SEAL)
		err = -EPERM;
	else if ((seals & PMO_SEAL_WRITE) && o->wmaps)
		err = -EBUSY;
	else
		o->flags |= seals;
	spin_unlock(&o->lock);
	mutex_unlock(&o->rmap_lock);
	return err;
}
