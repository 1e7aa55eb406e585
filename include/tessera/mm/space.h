/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: a table of immutable range records over page tables. Ranges change under the
 * space's sleeping lock; faults take no lock but a leaf table's, and look again at record->dead
 * under it. All sizes and addresses are in bytes, page aligned.
 */
#ifndef TESSERA_MM_SPACE_H
#define TESSERA_MM_SPACE_H
#include <tessera/lib/types.h>
#include <tessera/mm/account.h>
#include <tessera/mm/prot.h>

struct space;
struct page;
struct pmo;

enum range_kind { RANGE_ANON, RANGE_OBJ, RANGE_ASK, RANGE_GUARD, RANGE_DEVICE, RANGE_SPECIAL };
enum range_advice {
	ADVICE_NORMAL,
	ADVICE_SEQUENTIAL,
	ADVICE_RANDOM,
	ADVICE_HUGE,
	ADVICE_NOHUGE,
	ADVICE_DONTFORK,
	ADVICE_WIPE
};
enum range_flags {
	RANGE_SHARED = 1,
	RANGE_GROWSDOWN = 2, /* a fault below start, not below limit, moves start */
	RANGE_LOCKED = 4,
	RANGE_HAS_PRIV = 8, /* a private object range that has anonymous pages */
	RANGE_NORESERVE = 16,
	RANGE_COPY_FORK = 32,
};

/**
 * A range as services see it; 64 bytes, immutable but for dead, start and end of growing ranges,
 * RANGE_HAS_PRIV.
 */
struct range_rec {
	uint64_t start, end;
	uint64_t off; /* bytes into the object */
	uint32_t obj; /* object id, 0: none */
	uint32_t gen;
	uint8_t prot, maxprot; /* VM_READ | VM_WRITE | VM_EXEC */
	uint8_t kind, advice;
	uint32_t flags;
	uint64_t cookie; /* the owner's name for it */
	uint32_t next;
	uint32_t dead;
	uint64_t limit; /* lowest start a growing range may get */
};
_Static_assert(sizeof(struct range_rec) == 64, "a range record is 64 bytes");

/** What one space may do without asking. Inherited by clones. */
struct space_policy {
	vaddr_t mmap_top; /* gaps are searched downwards from here */
	vaddr_t mmap_min;
	uint64_t as_max;    /* bytes of all ranges */
	uint64_t data_max;  /* bytes of private writable ranges */
	uint64_t stack_max; /* bytes a GROWSDOWN range may reach */
	uint64_t locked_max;
	uint32_t ranges_max;
	uint32_t guard_gap; /* pages kept free below GROWSDOWN ranges */
};

struct space_stats {
	uint64_t total_vm, data_vm, stack_vm, locked_vm; /* bytes */
	uint64_t rss_anon, rss_file, rss_shm;		 /* pages */
	uint64_t pt_pages, max_rss;
	uint32_t ranges;
	uint64_t faults, faults_cow, faults_file;
	vaddr_t brk_start, brk;
};

enum as_op_kind { AS_MAP, AS_UNMAP, AS_PROTECT, AS_MOVE, AS_ADVISE, AS_LOCK, AS_NAME };
enum as_op_flags {
	AS_FIXED = 1,	   /* at exactly this address, replacing what is there */
	AS_NOREPLACE = 2,  /* with AS_FIXED: -EEXIST if anything is there */
	AS_BELOW_4G = 4,   /* gap search below 2 GiB (MAP_32BIT) */
	AS_MAYMOVE = 8,	   /* AS_MOVE: another address may be chosen */
	AS_DONTUNMAP = 16, /* AS_MOVE: leave an empty mapping behind */
	AS_POPULATE = 32,  /* fault everything in after the change */
	AS_UNLOCK = 64,	   /* AS_LOCK: unlock */
};

/** One operation of space_update(). */
struct as_op {
	uint8_t op;	       /* enum as_op_kind */
	uint8_t prot, maxprot; /* MAP, PROTECT; maxprot 0: all */
	uint8_t kind;	       /* MAP: enum range_kind */
	uint8_t advice;	       /* MAP, ADVISE */
	uint32_t flags;	       /* enum as_op_flags */
	uint32_t rflags;       /* MAP: enum range_flags */
	vaddr_t addr;	       /* in: address or hint; out: where it is */
	uint64_t size;
	uint64_t new_size; /* MOVE */
	vaddr_t new_addr;  /* MOVE with AS_FIXED */
	struct pmo *pmo;   /* MAP of OBJ, DEVICE, SPECIAL; a reference is taken */
	uint64_t off;	   /* MAP: byte offset into the object */
	uint64_t cookie;   /* MAP, NAME */
	uint64_t limit;	   /* MAP of GROWSDOWN */
};

/** New empty space with one reference; its tables are charged to @a. NULL: no memory. May sleep. */
struct space *space_create(struct account *a);
struct space *space_get(struct space *s);
/**
 * Drop a reference; the last frees it with all mappings. Thread context (may sleep), or any if it
 * is not the last.
 */
void space_put(struct space *s);
/**
 * Take everything out of the space now (exec, exit of the last thread); further faults fail.
 * Thread context, preemptible.
 */
void space_clear(struct space *s);
uint32_t space_id(const struct space *s);
struct account *space_account(const struct space *s);

void space_policy_get(const struct space *s, struct space_policy *p);
void space_policy_set(struct space *s, const struct space_policy *p);

/**
 * Carry out @n operations (at most 32) one after the other under one hold of the space's lock.
 * Stops at the first that fails; *done, if not NULL, is how many were carried out. Each is all or
 * nothing. -EINVAL bad arguments; -ENOMEM no room, limit reached, or (PROTECT, ADVISE, LOCK) an
 * unmapped hole; -EACCES beyond maxprot; -EEXIST; -EFAULT MOVE of nothing. Thread context, may
 * sleep, no lock held.
 */
int space_update(struct space *s, struct as_op *ops, unsigned n, unsigned *done);

/** One MAP; *addr is hint (or address with AS_FIXED) and result. See space_update(). */
int space_map_anon(struct space *s, vaddr_t *addr, uint64_t size, unsigned prot, unsigned flags,
		   unsigned rflags);
int space_map_obj(struct space *s, vaddr_t *addr, uint64_t size, unsigned prot, unsigned flags,
		  unsigned rflags, struct pmo *o, uint64_t off, uint64_t cookie);
int space_unmap(struct space *s, vaddr_t addr, uint64_t size);
int space_protect(struct space *s, vaddr_t addr, uint64_t size, unsigned prot);
/** Program break: sets the window once. */
void space_brk_init(struct space *s, vaddr_t start);
/** Move the break to @want (0: just ask); returns the break that holds now. May sleep. */
vaddr_t space_brk(struct space *s, vaddr_t want, uint64_t data_max);
/**
 * Drop pages of [@addr, @addr + @size) (MADV_DONTNEED): private ones read as zero or from the
 * object again. -ENOMEM at holes.
 */
int space_discard(struct space *s, vaddr_t addr, uint64_t size);
/**
 * Fault [@addr, @addr + @size) in as @access needs. 0 or the error of the first page that cannot
 * be. May sleep.
 */
int space_populate(struct space *s, vaddr_t addr, uint64_t size, unsigned access);

/**
 * Serve a fault at @va. @access: VM_READ, VM_WRITE or VM_EXEC. 0: try again; -EFAULT nothing
 * mapped; -EACCES protection; -EIO beyond the object's end; -ENOMEM; -EAGAIN a service must fill
 * the page first. Thread context, interrupts on, may sleep, no spinlock held.
 */
int space_fault(struct space *s, vaddr_t va, unsigned access);

/**
 * Child for fork: private pages are shared copy-on-write. NULL: no memory, the parent is as
 * before. May sleep.
 */
struct space *space_clone(struct space *parent, struct account *a);

/** Load @s on this CPU (NULL: no user half). Called by the context switch, interrupts off. */
void space_switch(struct space *s);
/** Space that is loaded on this CPU now; preemption off. */
struct space *space_loaded(void);

/**
 * Copy the record of the range that contains @va or is the next above it; false: none. Any
 * context.
 */
bool space_find(struct space *s, vaddr_t va, struct range_rec *out);
/**
 * Object behind the range at @va with a reference and the byte offset of @va in it; NULL: none.
 * Any context.
 */
struct pmo *space_find_pmo(struct space *s, vaddr_t va, uint64_t *off);
void space_stats_get(struct space *s, struct space_stats *st);
/** Per page of [@va, @va + @n pages): bit 0 present. For mincore. -ENOMEM holes. May sleep. */
int space_residency(struct space *s, vaddr_t va, uint64_t n, uint8_t *vec);
/**
 * Page table view of one page: physical address, VM_* rights. -ENOENT not present. Thread
 * context.
 */
int space_query(struct space *s, vaddr_t va, paddr_t *pa, unsigned *prot);

/**
 * Copy @n bytes between @buf and @va in @s, which need not be loaded, faulting pages in as user
 * accesses would. With @force, read-only private pages are written to by breaking copy-on-write
 * (debuggers). Returns bytes done, or -EFAULT / -EIO / -ENOMEM when none. Thread context, may
 * sleep.
 */
ssize_t space_copy(struct space *s, vaddr_t va, void *buf, size_t n, bool write, bool force);
/**
 * Page behind @va with a reference, faulted in for @access (and then private to the space if
 * written). 0 or as space_fault().
 */
int space_get_page(struct space *s, vaddr_t va, unsigned access, struct page **page);
#endif
