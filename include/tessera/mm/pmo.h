/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory objects: sparse arrays of pages. Look-up takes no lock. Indices and sizes are in pages
 * unless a name says bytes.
 */
#ifndef TESSERA_MM_PMO_H
#define TESSERA_MM_PMO_H
#include <tessera/mm/account.h>
#include <tessera/mm/page.h>

enum pmo_kind { PMO_ANON, PMO_FILE, PMO_DEVICE, PMO_CONTIG, PMO_KOBJ, PMO_SLICE };

enum pmo_flags {
	PMO_ZERO_FILL = 1, /* holes read as zero and are filled by the core */
	PMO_NO_EXEC = 2,
	PMO_SEAL_SEAL = 16,
	PMO_SEAL_SHRINK = 32,
	PMO_SEAL_GROW = 64,
	PMO_SEAL_WRITE = 128,
};

struct pmo;

/**
 * Zero-filled object of @pages; pages are charged to @a as they come. NULL: no memory. May sleep.
 */
struct pmo *pmo_create_anon(uint64_t pages, struct account *a);
/**
 * Object over the @n pages of @list, of which it takes over one reference each. NULL: no memory
 * (references stay).
 */
struct pmo *pmo_create_pages(struct page *const *list, size_t n, struct account *a);
/**
 * Object over RAM [@pa, @pa + @size) that is reserved since boot (the archive): read-only use of
 * frames that are never freed.
 */
struct pmo *pmo_create_reserved(paddr_t pa, uint64_t size_bytes, struct account *a);
/**
 * Physical range that is not RAM, mapped with @mt; page aligned. NULL on bad arguments or no
 * memory.
 */
struct pmo *pmo_create_device(paddr_t pa, uint64_t size_bytes, enum mem_type mt, struct account *a);
/** Physically contiguous, zeroed, below 4 GiB if @dma32; at most 1 << PAGE_ORDER_MAX pages. */
struct pmo *pmo_create_contig(uint64_t pages, bool dma32, struct account *a);
/**
 * Window [@first, @first + @n) of @parent with rights @maxprot (VM_READ|WRITE|EXEC); never
 * nested. May sleep.
 */
struct pmo *pmo_create_slice(struct pmo *parent, uint64_t first, uint64_t n, unsigned maxprot);

struct pmo *pmo_get(struct pmo *o);
/** Drop a reference; the last one frees the pages. Thread context, may sleep. */
void pmo_put(struct pmo *o);
/** Object with id @id and a new reference, or NULL. Any context. */
struct pmo *pmo_by_id(uint32_t id);
uint32_t pmo_id(const struct pmo *o);
uint64_t pmo_size_pages(const struct pmo *o);
enum pmo_kind pmo_kind(const struct pmo *o);
/** Pages present. */
uint64_t pmo_nr_pages(const struct pmo *o);
/** Is page @i present? Any context. */
bool pmo_has_page(struct pmo *o, uint64_t i);
/** Rights that the object gives at most. */
unsigned pmo_maxprot(const struct pmo *o);
/**
 * Physical address of page @i of a device, contiguous or reserved object; -EINVAL for other kinds
 * or beyond the end.
 */
int pmo_phys(struct pmo *o, uint64_t i, paddr_t *pa);

/**
 * Page @i with a reference taken. With @fill, a hole of a zero-fill object gets a page. 0;
 * -ENOENT hole; -EFAULT beyond the end; -ENOMEM; -ENXIO the object has no pages (device). Without
 * @fill any context (no lock is taken), with it thread context.
 */
int pmo_page(struct pmo *o, uint64_t i, bool fill, struct page **page);

/**
 * Copy between a kernel buffer and the object at @off bytes; holes read as zero, a write fills
 * them. Returns bytes done, fewer only at the end of the object, or -ENOMEM / -ENOENT (hole of an
 * object that does not fill) if none. Thread context.
 */
ssize_t pmo_read(struct pmo *o, uint64_t off, void *buf, size_t n);
ssize_t pmo_write(struct pmo *o, uint64_t off, const void *buf, size_t n);
/** Zero [@off, @off + @n) bytes of present pages. Thread context. */
int pmo_zero(struct pmo *o, uint64_t off, uint64_t n);
/**
 * Change the size. Shrinking takes the pages beyond it out of every mapping, private copies
 * included. May sleep. -EPERM sealed, -EINVAL kind.
 */
int pmo_resize(struct pmo *o, uint64_t pages);
/** Drop pages [@first, @first + @n): they read as zero afterwards. May sleep. */
int pmo_punch(struct pmo *o, uint64_t first, uint64_t n);
/**
 * Add seals (PMO_SEAL_*). -EPERM sealed against it; -EBUSY for SEAL_WRITE while mapped writable
 * and shared.
 */
int pmo_seal(struct pmo *o, unsigned seals);
unsigned pmo_flags_get(const struct pmo *o);
/** Ranges that map the object (SysV nattch). */
unsigned pmo_nr_ranges(struct pmo *o);
#endif
