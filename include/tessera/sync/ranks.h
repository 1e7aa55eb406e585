/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of lock ranks (Documentation: architecture, locking). Ranks only rise while locks are held; equal rank only by
 * the *_nested() calls. Below RANK_SPIN locks sleep, from it on they spin.
 */
#ifndef TESSERA_SYNC_RANKS_H
#define TESSERA_SYNC_RANKS_H
enum lock_rank {
	RANK_NONE = 0,			/* not checked: tests and boot only */
	/* sleeping */
	RANK_ACCOUNT = 10,
	RANK_CAPTABLE = 20,		/* capability and fd tables */
	RANK_CONN = 30,
	RANK_DOMAIN = 40,
	RANK_POOL = 50,
	RANK_SPACE = 60,		/* address space */
	RANK_RMAP = 70,			/* memory object reverse map */
	RANK_SPIN = 100,		/* ranks above spin */
	RANK_PT_UPPER = 110,		/* upper page table */
	RANK_PT_LEAF = 120,		/* leaf table: two by pfn */
	RANK_PMO = 130,
	RANK_SIGHAND = 140,		/* signal actions, process group */
	RANK_CELL = 150,		/* readiness cell, futex, fill bucket: two by address in requeue */
	RANK_POLLSET = 155,
	RANK_THREADLIST = 156,
	RANK_WAITQ = 158,		/* inside waitq, mutex, completion */
	RANK_THREAD = 160,
	RANK_TIMER = 165,
	RANK_RUNQUEUE = 170,		/* two by CPU number */
	RANK_ZONE = 180,		/* page allocator; slab 178 nests outside it */
	RANK_SLAB = 178,
	RANK_IRQ = 190,
	RANK_LOG = 200,			/* log and console */
};
#endif
