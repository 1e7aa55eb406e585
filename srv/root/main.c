/* SPDX-License-Identifier: BSD-2-Clause */
/* The root process: tries the core calls, and that children which fault are contained. Exit code: how many checks failed. */
#include <srv/native.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include "root.h"

enum { THREADS = 4, ROUNDS = 500, LOG_ERROR = 3, LOG_INFORMATION = 6 };

static int failures;

static void check(bool ok, const char *what, int64_t got)
{
	if (ok)
		return;
	failures++;
	native_log(LOG_ERROR, "failed: %s, got %lld", what, (long long)got);
}

static void check_is(int64_t got, int64_t want, const char *what)
{
	check(got == want, what, got);
}

static void check_memory(void)
{
	int64_t at = call_page_map(0, 65536, CALL_PROT_READ | CALL_PROT_WRITE), ret;
	char *p = (char *)(intptr_t)at;

	check(at > 0, "page_map", at);
	if (at <= 0)
		return;
	check(mem_is(p, 0, 65536), "mapped memory is zero", 0);
	memset(p, 0x5a, 65536);
	check(mem_is(p, 0x5a, 65536), "mapped memory keeps what is written", 0);
	check_is(call_page_protect(at, 4096, CALL_PROT_READ), 0, "page_protect");
	check_is(call_page_protect(at, 4096, CALL_PROT_WRITE | CALL_PROT_EXEC), -EINVAL, "writable and executable");
	check_is(call_page_map(at + 1, 4096, 1), -EINVAL, "unaligned page_map");
	check_is(call_page_map(INT64_MIN, 4096, 1), -EINVAL, "page_map in the kernel's half");
	ret = call_page_map(0, INT64_MIN, 1);
	check(ret < 0, "page_map of everything", ret);
	check_is(call_page_unmap(at, 65536), 0, "page_unmap");
	check_is(call_console_write(at, 16), -EFAULT, "console_write from unmapped memory");
	check_is(call_console_write(INT64_MIN, 16), -EFAULT, "console_write from kernel memory");
}

static void check_calls(void)
{
	struct call_system_info info;
	int64_t now = call_time_now(), ret;

	check(now > 0, "time_now", now);
	check_is(call_thread_sleep(now + 2000000), 0, "thread_sleep");
	ret = call_time_now();
	check(ret >= now + 2000000, "thread_sleep is long enough", ret - now);
	check_is(call_thread_yield(), 0, "thread_yield");
	ret = call_thread_self();
	check(ret > 0, "thread_self", ret);
	check_is(call_system_info((int64_t)(intptr_t)&info, sizeof(info)), 0, "system_info");
	check(info.cpus > 0 && info.free_pages > 0 && info.free_pages < info.ram_pages, "system_info's numbers", info.cpus);
	check_is(call_system_info(8, sizeof(info)), -EFAULT, "system_info to nowhere");
	check_is(core_call(-9999, 0, 0, 0, 0), -ENOSYS, "unknown core call");
	check_is(core_call(INT64_MIN, 0, 0, 0, 0), -ENOSYS, "smallest core call");
	check_is(core_call(1, 0, 0, 0, 0), -ENOSYS, "linux call of a native process");
	check_is(call_process_wait(12345, 0), -ECHILD, "wait for nobody");
	check_is(call_process_spawn((int64_t)(intptr_t)"no/such", 7, 0, 0), -ENOENT, "spawn of nothing");
	native_log(LOG_INFORMATION, "%u cpus, %llu KiB of memory, %llu KiB free", info.cpus,
		   (unsigned long long)info.ram_pages * 4, (unsigned long long)info.free_pages * 4);
}

static struct native_lock lock;
static unsigned counter;

static void count(void *unused)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		native_lock(&lock);
		counter++;
		if (i % 50 == 0)
			(void)call_thread_yield();
		native_unlock(&lock);
	}
}

static void check_threads(void)
{
	static struct native_thread threads[THREADS];
	uint32_t word = 1;
	int64_t ret;

	for (unsigned i = 0; i < THREADS; i++) {
		threads[i].fn = count;
		ret = native_thread_start(&threads[i]);
		check(ret > 0, "thread_create", ret);
	}
	for (unsigned i = 0; i < THREADS; i++)
		native_thread_join(&threads[i]);
	check(counter == THREADS * ROUNDS, "threads count under a lock", counter);
	check_is(call_wait_word((int64_t)(intptr_t)&word, 0, -1), -EAGAIN, "wait_word with another value");
	check_is(call_wait_word((int64_t)(intptr_t)&word, 1, call_time_now() + 1000000), -ETIMEDOUT, "wait_word times out");
	check_is(call_wait_word(8, 0, -1), -EFAULT, "wait_word at a bad address");
}

/** Start a child and see how it ends. */
static void check_child(const char *kind, bool fault, int code)
{
	int64_t id = call_process_spawn((int64_t)(intptr_t)"tessera/root", 12, (int64_t)(intptr_t)kind, (int64_t)strlen(kind)), ret;
	struct call_exit how = { 0 };

	check(id > 0, kind, id);
	if (id <= 0)
		return;
	ret = call_process_wait(id, (int64_t)(intptr_t)&how);
	check(ret == 0, "process_wait", ret);
	check(how.fault == (uint32_t)fault, kind, how.fault);
	check(fault || how.code == code, kind, how.code);
}

/** Cost of a core call; nanoseconds are instructions under 'qemu -icount shift=0'. */
static int bench(void)
{
	enum { LOOPS = 10000 };
	int64_t start = call_time_now(), end;

	for (unsigned i = 0; i < LOOPS; i++)
		(void)call_thread_self();
	end = call_time_now();
	native_log(LOG_INFORMATION, "a core call takes %lld ns", (long long)((end - start) / LOOPS));
	return 0;
}

int native_main(const char *arg)
{
	static const char *const faults[] = { "null", "kernel", "wild", "readonly", "noexec", "illegal", "stack", "thread" };

	if (!strcmp(arg, "crash"))
		return child_main("null");
	if (!strcmp(arg, "bench"))
		return bench();
	if (*arg && strcmp(arg, "quick"))
		return child_main(arg);
	native_log(LOG_INFORMATION, "the root process runs");
	if (!strcmp(arg, "quick"))
		return 0;
	check_calls();
	check_memory();
	check_threads();
	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++)
		check_child(faults[i], true, 0);
	check_child("exit7", false, 7);
	check_child("spawn", false, 9);
	check_child("other", false, 99);
	native_log(failures ? LOG_ERROR : LOG_INFORMATION, "%d checks failed", failures);
	return failures;
}
