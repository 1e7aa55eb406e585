/* SPDX-License-Identifier: BSD-2-Clause */
/* Core calls of native processes: dispatch and handlers, generated from include/uapi/tessera/calls.h. Decode and check, then commit. */
#include <arch/power.h>
#include <arch/trap.h>
#include <tessera/calls.h>
#include <tessera/console/console.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/mm/alloc.h>
#include <tessera/mm/space.h>
#include <tessera/mm/user.h>
#include "kernel.h"
#include "process.h"
#include "wait_word.h"

enum { LOG_TEXT_MAX = 240, IO_CHUNK = 256, NAME_MAX = 128, ARG_MAX = 1024 };

static int64_t call_log_write(const uint64_t *a)
{
	char text[LOG_TEXT_MAX + 1];

	if (a[0] > LOG_DEBUG || a[2] > LOG_TEXT_MAX)
		return -EINVAL;
	if (copy_from_user(text, a[1], a[2]))
		return -EFAULT;
	text[a[2]] = '\0';
	for (uint64_t i = 0; i < a[2]; i++)
		if ((unsigned char)text[i] < ' ')	/* one line, and no control of the terminal */
			text[i] = text[i] == '\n' && i + 1 == a[2] ? '\0' : ' ';
	log_write((enum log_level)a[0], "%s: %s", current->name, text);
	return (int64_t)a[2];
}

static int64_t call_console_write(const uint64_t *a)
{
	char chunk[IO_CHUNK];
	uint64_t done = 0;

	if (a[1] > INT64_MAX)
		return -EINVAL;
	while (done < a[1]) {
		size_t n = MIN(a[1] - done, (uint64_t)IO_CHUNK);

		if (copy_from_user(chunk, a[0] + done, n))
			return done ? (int64_t)done : -EFAULT;
		console_write(chunk, n);
		done += n;
		if (thread_interrupted(current))
			break;
	}
	return (int64_t)done;
}

static int64_t call_console_read(const uint64_t *a)
{
	char chunk[IO_CHUNK];
	size_t want = MIN(a[1], (uint64_t)IO_CHUNK), n = 0;
	int ret;

	if (want == 0)
		return 0;
	ret = wait_event_flags(&console_rx_waiters, (n = console_read(chunk, want)) != 0, WAIT_INTERRUPTIBLE, a[2]);
	if (n == 0)
		return ret;
	return copy_to_user(a[0], chunk, n) ? -EFAULT : (int64_t)n;
}

static int64_t call_thread_exit(const uint64_t *a)
{
	process_thread_exit((int)a[0]);
}

static int64_t call_process_exit(const uint64_t *a)
{
	process_exit((int)a[0]);
}

static int64_t call_thread_yield(const uint64_t *a)
{
	sched_yield_now();
	return 0;
}

static int64_t call_thread_sleep(const uint64_t *a)
{
	return thread_sleep_until(a[0], WAIT_INTERRUPTIBLE);
}

static int64_t call_time_now(const uint64_t *a)
{
	return (int64_t)time_now_ns();
}

/** CALL_PROT_* to VM_*, or -EINVAL: unknown bits, or writable and executable. */
static int decode_prot(uint64_t prot)
{
	if (prot & ~(uint64_t)(CALL_PROT_READ | CALL_PROT_WRITE | CALL_PROT_EXEC))
		return -EINVAL;
	if ((prot & CALL_PROT_WRITE) && (prot & CALL_PROT_EXEC))
		return -EINVAL;
	return (prot & CALL_PROT_READ ? VM_READ : 0) | (prot & CALL_PROT_WRITE ? VM_WRITE : 0) |
	       (prot & CALL_PROT_EXEC ? VM_EXEC : 0);
}

static bool bad_range(uint64_t addr, uint64_t size)
{
	return !size || !IS_ALIGNED(addr, PAGE_SIZE) || !IS_ALIGNED(size, PAGE_SIZE) || !user_range_ok(addr, size);
}

static int64_t call_page_map(const uint64_t *a)
{
	int prot = decode_prot(a[2]), ret;
	vaddr_t at = a[0];

	if (prot < 0 || bad_range(a[0], a[1]))
		return -EINVAL;
	ret = space_map_anon(current->space, &at, a[1], (unsigned)prot, a[0] ? AS_FIXED | AS_NOREPLACE : 0, 0);
	return ret ? ret : (int64_t)at;
}

static int64_t call_page_unmap(const uint64_t *a)
{
	return bad_range(a[0], a[1]) ? -EINVAL : space_unmap(current->space, a[0], a[1]);
}

static int64_t call_page_protect(const uint64_t *a)
{
	int prot = decode_prot(a[2]);

	if (prot < 0 || bad_range(a[0], a[1]))
		return -EINVAL;
	return space_protect(current->space, a[0], a[1], (unsigned)prot);
}

static int64_t call_power_off(const uint64_t *a)
{
	if (!current->process->root)
		return -EPERM;
	if ((int)a[0])
		panic("root process asked to halt with %d", (int)a[0]);
	log_info("init: power off");
	arch_poweroff();
}

static int64_t call_system_info(const uint64_t *a)
{
	struct call_system_info info = { .page_size = PAGE_SIZE, .cpus = cpus_online };
	struct mm_stats stats;

	if (a[1] != sizeof(info))
		return -EINVAL;
	mm_stats_get(&stats);
	info.ram_pages = stats.ram_pages;
	info.free_pages = stats.free_pages;
	return copy_to_user(a[0], &info, sizeof(info));
}

static int64_t call_thread_create(const uint64_t *a)
{
	if (a[3] || !user_range_ok(a[0], 1) || !user_range_ok(a[1], 0) || !IS_ALIGNED(a[1], 16))
		return -EINVAL;
	return process_thread(a[0], a[1], a[2]);
}

static int64_t call_wait_word(const uint64_t *a)
{
	return wait_word(current->space, a[0], (uint32_t)a[1], a[2]);
}

static int64_t call_wake_word(const uint64_t *a)
{
	return wake_word(current->space, a[0], (unsigned)MIN(a[1], (uint64_t)INT32_MAX));
}

static int copy_text(char *dst, uint64_t src, uint64_t len, size_t max)
{
	if (len >= max)
		return -EINVAL;
	if (copy_from_user(dst, src, len))
		return -EFAULT;
	dst[len] = '\0';
	return strnlen(dst, len) == len ? 0 : -EINVAL;
}

static int64_t call_process_spawn(const uint64_t *a)
{
	char name[NAME_MAX], arg[ARG_MAX];
	struct process *p;
	const char *why;
	int64_t id;
	int ret;

	if (!current->process->root)
		return -EPERM;
	ret = copy_text(name, a[0], a[1], sizeof(name));
	if (!ret)
		ret = copy_text(arg, a[2], a[3], sizeof(arg));
	if (ret)
		return ret;
	ret = process_spawn(name, arg, false, &p, &why);
	if (ret) {
		log_warn("process: cannot start %s: %s", name, why);
		return ret;
	}
	id = p->id;
	process_put(p);
	return id;
}

static int64_t call_process_wait(const uint64_t *a)
{
	struct process *p = a[0] <= UINT32_MAX ? process_find((uint32_t)a[0]) : NULL;
	struct call_exit how;
	int ret;

	if (!p)
		return -ECHILD;
	/* only the root process starts others; it cannot wait for itself */
	ret = !current->process->root || p == current->process ? -ECHILD :
		completion_wait(&p->exited, WAIT_INTERRUPTIBLE, WAIT_FOREVER);
	if (ret == 0) {
		how = (struct call_exit){ .code = p->code, .fault = p->fault };
		ret = copy_to_user(a[1], &how, sizeof(how));
		if (ret == 0 && !process_forget(p))
			ret = -ECHILD;
	}
	process_put(p);
	return ret;
}

static int64_t call_thread_self(const uint64_t *a)
{
	return current->id;
}

static int64_t (*const handlers[CALL_LAST - CALL_FIRST + 1])(const uint64_t *a) = {
#define CALL_ROW(nr, name, nargs, doc) [nr - CALL_FIRST] = call_##name,
	TESSERA_CALLS(CALL_ROW)
#undef CALL_ROW
};

void native_call(struct arch_regs *regs)
{
	uint64_t nr = -arch_regs_sysno(regs) - CALL_FIRST;
	int64_t ret = -ENOSYS;

	if (likely(nr < ARRAY_SIZE(handlers) && current->process)) {
		uint64_t a[4];

		for (unsigned i = 0; i < ARRAY_SIZE(a); i++)
			a[i] = arch_regs_arg(regs, i);
		ret = handlers[nr](a);
	}
	arch_regs_set_ret(regs, (uint64_t)ret);
}
