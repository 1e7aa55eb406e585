/* SPDX-License-Identifier: BSD-2-Clause */
/* Runner of the tests inside the kernel: selection, KTAP report, threads for tests. */
#include <arch/power.h>
#include <tessera/console/console.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>
#include <tessera/mm/slab.h>
#include <tessera/thread/thread.h>
#include "../kernel.h"

extern const struct ktest ktests_start[], ktests_end[];

static struct {
	const struct ktest *test;
	unsigned failures;		/* atomic */
	bool skipped;
	char reason[128];
} running;

static void say(const char *fmt, ...) __printf(1, 2);
static void say(const char *fmt, ...)
{
	char line[320];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	console_write(line, (size_t)n);
}

void ktest_fail(const char *file, int line, const char *fmt, ...)
{
	char text[240];
	va_list ap;

	/* a loop that fails a million times says so ten times */
	if (__atomic_fetch_add(&running.failures, 1, __ATOMIC_RELAXED) >= 10)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say("# %s:%d: %s", file, line, text);
}

void ktest_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(running.reason, sizeof(running.reason), fmt, ap);
	va_end(ap);
	running.skipped = true;
}

void ktest_note(const char *fmt, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say("# %s.%s: %s", running.test->suite, running.test->name, text);
}

bool ktest_failed(void)
{
	return __atomic_load_n(&running.failures, __ATOMIC_RELAXED) != 0;
}

struct task {
	void (*fn)(void *arg, unsigned i);
	void *arg;
	unsigned i;
	struct thread *thread;
};

static void task_main(void *arg)
{
	struct task *t = arg;

	t->fn(t->arg, t->i);
}

bool ktest_run_threads(unsigned n, void (*fn)(void *arg, unsigned i), void *arg)
{
	struct task *tasks = kcalloc(n, sizeof(*tasks));
	unsigned started;

	if (!tasks) {
		ktest_fail(__FILE__, __LINE__, "no memory for %u threads", n);
		return false;
	}
	for (started = 0; started < n; started++) {
		struct task *t = &tasks[started];

		*t = (struct task){ fn, arg, started, NULL };
		t->thread = thread_create("ktest", task_main, t);
		if (!t->thread)
			break;
		t->thread->affinity = 1ull << (started % cpus_online);
	}
	if (started < n)
		ktest_fail(__FILE__, __LINE__, "no memory for thread %u of %u", started, n);
	for (unsigned i = 0; i < started; i++)
		thread_start(tasks[i].thread);
	for (unsigned i = 0; i < started; i++)
		(void)thread_join(tasks[i].thread);
	kfree(tasks);
	return started == n;
}

/** Does "suite.name" match @pattern: equal, the suite alone, or up to a final '*'? */
static bool matches(const struct ktest *t, const char *pattern)
{
	size_t suite = strlen(t->suite), n = strlen(pattern);
	char full[128];

	if (!strcmp(pattern, t->suite))
		return true;
	snprintf(full, sizeof(full), "%s.%s", t->suite, t->name);
	if (n && pattern[n - 1] == '*')
		return !strncmp(full, pattern, n - 1);
	return suite < n && !strcmp(full, pattern);
}

/** Does it match one of the comma-separated patterns? NULL: all. */
static bool selected(const struct ktest *t, const char *patterns)
{
	char one[128];

	while (patterns) {
		const char *comma = strchr(patterns, ',');
		size_t n = comma ? (size_t)(comma - patterns) : strlen(patterns);

		if (n < sizeof(one)) {
			memcpy(one, patterns, n);
			one[n] = '\0';
			if (matches(t, one))
				return true;
		}
		patterns = comma ? comma + 1 : NULL;
		if (!comma)
			return false;
	}
	return true;
}

static void run_one(const struct ktest *t, unsigned number)
{
	uint64_t start = time_now_ns();

	memset(&running, 0, sizeof(running));
	running.test = t;
	t->fn();
	if (thread_core()->preempt_count != 0)
		panic("ktest: %s.%s left the preemption count at %u", t->suite, t->name, thread_core()->preempt_count);
	if (running.failures)
		say("not ok %u %s.%s", number, t->suite, t->name);
	else if (running.skipped)
		say("ok %u %s.%s # SKIP %s", number, t->suite, t->name, running.reason);
	else
		say("ok %u %s.%s", number, t->suite, t->name);
	log_debug("ktest: %s.%s took %llu ms", t->suite, t->name, (unsigned long long)((time_now_ns() - start) / 1000000));
}

void ktest_main(const char *pattern)
{
	unsigned count = 0, number = 0, failed = 0, skipped = 0;

	for (const struct ktest *t = ktests_start; t < ktests_end; t++)
		count += selected(t, pattern);
	say("KTAP version 1");
	say("1..%u", count);
	for (const struct ktest *t = ktests_start; t < ktests_end; t++) {
		if (!selected(t, pattern))
			continue;
		run_one(t, ++number);
		failed += running.failures != 0;
		skipped += running.failures == 0 && running.skipped;
	}
	say("# %u passed, %u failed, %u skipped", count - failed - skipped, failed, skipped);
	say("# ktest: done");
	arch_poweroff();
}
