/* SPDX-License-Identifier: BSD-2-Clause */
/* The checkers themselves: each plants what it should find. */
#include <tessera/ktest/ktest.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>
#include <tessera/sync/mutex.h>
#include <tessera/thread/thread.h>
#include "../kernel.h"

KTEST(debug, lock_rank)
{
	struct spinlock low = SPINLOCK_INIT(RANK_PMO), high = SPINLOCK_INIT(RANK_ZONE), twin = SPINLOCK_INIT(RANK_PMO);
	unsigned hits = 0;

	if (!IS_ENABLED(CONFIG_DEBUG_LOCKRANK)) {
		ktest_skip("built without CONFIG_DEBUG_LOCKRANK");
		return;
	}
	lockrank_expect(&hits);
	spin_lock(&low);
	spin_lock(&high);
	KEXPECT_EQ(hits, 0);
	spin_unlock(&high);
	spin_lock(&twin);		/* equal rank, not nested */
	KEXPECT_EQ(hits, 1);
	spin_unlock(&twin);
	spin_lock_nested(&twin);
	KEXPECT_EQ(hits, 1);
	spin_unlock(&twin);
	spin_unlock(&low);
	spin_lock(&high);
	spin_lock(&low);		/* falling rank */
	KEXPECT_EQ(hits, 2);
	spin_unlock(&low);
	spin_unlock(&high);
	lockrank_expect(NULL);
}

KTEST(debug, sleep_under_spinlock)
{
	struct spinlock s = SPINLOCK_INIT(RANK_PMO);
	unsigned hits = 0;

	if (!IS_ENABLED(CONFIG_DEBUG_LOCKRANK)) {
		ktest_skip("built without CONFIG_DEBUG_LOCKRANK");
		return;
	}
	might_sleep();
	lockrank_expect(&hits);
	spin_lock(&s);
	might_sleep();
	spin_unlock(&s);
	lockrank_expect(NULL);
	KEXPECT_EQ(hits, 1);
}

KTEST(debug, ubsan)
{
	unsigned hits = 0;
	int a = INT32_MAX, shift = 40, array[4] = { 0 }, index = 5;

	if (!IS_ENABLED(CONFIG_UBSAN)) {
		ktest_skip("built without CONFIG_UBSAN");
		return;
	}
	ubsan_expect(&hits);
	__asm__ volatile("" : "+r"(a), "+r"(shift), "+r"(index));
	a += 1;
	__asm__ volatile("" : "+r"(a));
	KEXPECT_EQ(hits, 1);
	a = 1 << shift;
	__asm__ volatile("" : "+r"(a));
	KEXPECT_EQ(hits, 2);
	__asm__ volatile("" : : "r"(array) : "memory");
	a = array[index & 7];
	__asm__ volatile("" : "+r"(a));
	KEXPECT_GE(hits, 3);		/* the index, and the access that it leads to */
	ubsan_expect(NULL);
}

KTEST(debug, symbols)
{
	uintptr_t off = 1;
	const char *name = ksyms_lookup((uintptr_t)schedule, &off);

	if (KEXPECT_NOT_NULL(name)) {
		KEXPECT_EQ(strcmp(name, "schedule"), 0);
		KEXPECT_EQ(off, 0);
	}
	name = ksyms_lookup((uintptr_t)schedule + 4, &off);
	if (KEXPECT_NOT_NULL(name))
		KEXPECT_EQ(off, 4);
	KEXPECT_NULL(ksyms_lookup(0, &off));
	KEXPECT_NULL(ksyms_lookup(UINTPTR_MAX, &off));
}

/* The log from all CPUs at once: every line arrives whole. */
enum { LOG_LINES = 100 };

static void log_task(void *arg, unsigned i)
{
	for (unsigned n = 0; n < LOG_LINES; n++)
		log_debug("ktestlog %u %u abcdefghijklmnopqrstuvwxyz", i, n);
}

KTEST(debug, log)
{
	uint64_t pos = log_end_position();
	unsigned lines = 0;
	char buf[512];
	size_t have = 0, n;

	(void)ktest_run_threads(4, log_task, NULL);
	while ((n = log_read(&pos, buf + have, sizeof(buf) - 1 - have)) != 0) {
		char *line = buf, *nl;

		have += n;
		buf[have] = '\0';
		while ((nl = strchr(line, '\n')) != NULL) {
			*nl = '\0';
			if (strstr(line, "ktestlog")) {
				const char *tail = strstr(line, " abcdefghijklmnopqrstuvwxyz");

				lines++;
				if (!tail || strlen(tail) != 27 || line[0] != '<')
					ktest_fail(__FILE__, __LINE__, "torn line '%s'", line);
			}
			line = nl + 1;
		}
		have = strlen(line);
		memmove(buf, line, have);
	}
	KEXPECT_EQ(lines, 4 * LOG_LINES);
}
