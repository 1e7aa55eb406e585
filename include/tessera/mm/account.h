/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accounts: who pays for memory. Two levels: the root account, and accounts below it. A charge is
 * added to the account and to the root by atomics; no lock is taken.
 */
#ifndef TESSERA_MM_ACCOUNT_H
#define TESSERA_MM_ACCOUNT_H
#include <tessera/lib/types.h>

enum account_class {
	ACCT_ANON,
	ACCT_FILE,
	ACCT_PT,
	ACCT_KOBJ,
	ACCT_DELEGATED,
	ACCT_PIN,
	ACCT_CLASSES
};

enum { ACCOUNTS_MAX = 1024 };

struct account {
	uint32_t refs;			 /* atomic */
	uint16_t index;			 /* in struct page.acct; never 0 */
	bool service;			 /* never chosen as a victim */
	uint64_t usage[ACCT_CLASSES];	 /* pages; atomic */
	uint64_t max[ACCT_CLASSES];	 /* pages; UINT64_MAX: no limit */
	uint64_t total, total_max, peak; /* pages, all classes but ACCT_PIN */
	uint64_t events;		 /* charges refused */
};

/** The account that includes all others and pays for what the core itself needs. Index 1. */
extern struct account account_root;

/**
 * New account below the root, with one reference and no limits; NULL when memory or indices are
 * used up. May sleep.
 */
struct account *account_create(void);
struct account *account_get(struct account *a);
/** Drop a reference; the account's index lives until its usage is 0. May sleep. */
void account_put(struct account *a);

/**
 * Charge @pages of class @c to @a (NULL: the root). 0 or -ENOMEM when a limit would be passed.
 * Any context.
 */
int account_charge(struct account *a, enum account_class c, uint64_t pages);
void account_uncharge(struct account *a, enum account_class c, uint64_t pages);
/**
 * Account of index @i (as in struct page.acct); the root for index 0 or of a destroyed account.
 * Any context.
 */
struct account *account_by_index(unsigned i);
/**
 * Limit class @c (or all classes together with ACCT_CLASSES) to @pages; present usage may be
 * above.
 */
void account_limit(struct account *a, enum account_class c, uint64_t pages);
#endif
