/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of address spaces, for the files of mm/ that implement them. */
#ifndef MM_SPACE_H
#define MM_SPACE_H
#include <tessera/lib/list.h>
#include <tessera/mm/pmo.h>
#include <tessera/mm/space.h>
#include <tessera/percpu/percpu.h>
#include <tessera/sync/epoch.h>
#include <tessera/sync/mutex.h>
#include "internal.h"

enum { RANGES_MAX = 8192, AS_OPS_MAX = 32 };

/* An immutable range; see struct range_rec for what may change. */
struct range {
	struct range_rec rec;
	struct space *space;
	struct pmo *pmo;       /* holds a reference */
	struct list_head rmap; /* by pmo's rmap_lock; empty: not there */
	struct epoch_head epoch;
};

/* Sorted by address; replaced as a whole, read in epoch sections. */
struct range_table {
	struct epoch_head epoch;
	uint32_t n, cap;
	struct range *r[];
};

struct space {
	struct mutex lock; /* changes of ranges */
	uint32_t refs, id;
	struct account *acct;
	struct pgtable pt;
	struct range_table *table;  /* by lock to change; epoch to read */
	uint32_t seq;		    /* odd while content is being replaced; by lock */
	uint32_t gen;		    /* of records; by lock */
	bool dying;		    /* faults fail; set once */
	uint64_t asid;		    /* generation << 16 | id; asid.c */
	uint64_t active_mask;	    /* CPUs that have it loaded; atomic */
	uint64_t stale_mask;	    /* CPUs that must flush when they load it next; atomic */
	struct space_policy policy; /* by lock */
	uint64_t total_vm, data_vm, stack_vm, locked_vm; /* by lock */
	uint64_t rss[3], max_rss;			 /* anon, file, shm; atomic */
	uint64_t faults, faults_cow, faults_file;	 /* atomic */
	vaddr_t brk_start, brk;				 /* by lock */
	struct space *next_id;				 /* id table */
	struct epoch_head epoch;
};

enum { RSS_ANON, RSS_FILE, RSS_SHM };

/* range.c: all but range_find with space->lock held */
struct range *range_find(struct range_table *t,
			 vaddr_t va); /* first range with end > va; epoch or lock */
unsigned range_index(struct range_table *t, vaddr_t va);
struct range_table *table_new(uint32_t cap);
void table_publish(struct space *s, struct range_table *t);
void table_free_later(struct range_table *t);
struct range *range_new(struct space *s, const struct range_rec *rec, struct pmo *pmo);
struct range *range_part(struct range *r, vaddr_t start, vaddr_t end);
void range_abort(struct range *r);  /* never published */
void range_link(struct range *r);   /* into the object's reverse map */
void range_kill(struct range *r);   /* mark dead; readers may still hold it */
void range_retire(struct range *r); /* out of the reverse map, freed after a grace period */
void range_count(struct space *s, const struct range *r, int sign);
bool gap_find(struct space *s, uint64_t size, vaddr_t hint, unsigned flags, vaddr_t *out);
bool gap_is_free(struct space *s, vaddr_t start, vaddr_t end);

/* zap.c */
void zap_range(struct space *s, vaddr_t start, vaddr_t end, bool private_too);
void protect_range(struct space *s, const struct range *r, vaddr_t start, vaddr_t end);
void rss_add(struct space *s, const struct page *p, int sign);
bool page_counted(pfn_t pfn);	     /* does a PTE to it hold a reference? */
unsigned prot_to_pte(unsigned prot); /* rights of a range as user entry rights */

/* update.c */
int __space_update(struct space *s, struct as_op *op, vaddr_t *pop_start, vaddr_t *pop_end);
int update_map(struct space *s, struct as_op *op);
int update_unmap(struct space *s, vaddr_t start, vaddr_t end);
/* move.c */
int update_move(struct space *s, struct as_op *op);
/* fault.c */
extern void (*fault_test_hook)(struct space *s, vaddr_t va);
int space_fault_forced(struct space *s, vaddr_t va, unsigned access, bool force);

/* pmo.c */
struct pmo *pmo_resolve(struct pmo *o,
			uint64_t *index); /* the object with the pages, and the index there */
struct mutex *pmo_rmap_lock(struct pmo *o);
struct list_head *pmo_rmap(struct pmo *o);
void pmo_range_added(struct pmo *o, const struct range_rec *r, int sign);
enum mem_type pmo_mem_type(const struct pmo *o);
bool pmo_is_physical(const struct pmo *o);
#endif
