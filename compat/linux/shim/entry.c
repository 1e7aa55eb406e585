/* SPDX-License-Identifier: BSD-2-Clause */
/* Where system calls arrive: count, look the number up, call, put the result back. Faults of Linux programs become signals here. */
#include "lx.h"
#include <arch/boot.h>
#include <tessera/ipc/upcalls.h>
#include <tessera/linux/start.h>
#include <tessera/trap/trap.h>

static uint64_t refused, unknown;
static uint32_t unknown_calls[LX_NR_MAX + 1];
int lx_up_signal_pgrp(uint32_t pgid, int sig);
int lx_up_signal_pid(uint32_t pid, int sig, int code, uint32_t from, int status);
int lx_exec_first(const char *path, const char *const *argv, const char *const *envp);
void lx_random(void *buf, size_t n);
uint64_t lx_realtime_offset(void);

void lx_count_refused(void)
{
	__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
}

static void linux_call(struct arch_regs *r)
{
	uint64_t nr = arch_regs_sysno(r), a[6];
	struct lx_task *t = lx_task();
	int64_t ret;

	for (unsigned i = 0; i < 6; i++)
		a[i] = arch_regs_arg(r, i);
	t->in_syscall = true;
	t->syscall_arg0 = a[0];
	t->pub->sysno = (uint32_t)nr;
	if (likely(nr <= LX_NR_MAX && lx_syscalls[nr].fn)) {
		ret = lx_syscalls[nr].fn(a);
	} else {
		ret = -ENOSYS;
		__atomic_fetch_add(&unknown, 1, __ATOMIC_RELAXED);
		if (nr <= LX_NR_MAX && !__atomic_fetch_add(&unknown_calls[nr], 1, __ATOMIC_RELAXED))
			log_debug("linux: %s (%u) asked for %s, which is not there", t->pub->comm,
				  t->pub->tid,
				  lx_syscalls[nr].name ? lx_syscalls[nr].name : "an unknown call");
	}
	if (t->in_syscall) /* exec and sigreturn left a frame of their own */
		arch_regs_set_ret(r, (uint64_t)ret);
}

static bool linux_fault(struct arch_regs *r, vaddr_t addr, unsigned access, int err)
{
	lx_task()->in_syscall = false;
	if (err == -EIO)
		lx_signal_force(LX_SIGBUS, 2, addr);
	else if (err == -ENOMEM)
		lx_signal_force(LX_SIGKILL, SI_KERNEL, addr);
	else
		lx_signal_force(LX_SIGSEGV, err == -EACCES ? 2 : 1, addr);
	return true;
}

static bool linux_exception(struct arch_regs *r, const struct trap_info *info)
{
	static const struct {
		uint8_t sig, code;
	} map[] = {
		[TRAP_ILLEGAL] = {LX_SIGILL, 1},   [TRAP_BREAKPOINT] = {LX_SIGTRAP, 1},
		[TRAP_STEP] = {LX_SIGTRAP, 2},	   [TRAP_WATCH] = {LX_SIGTRAP, 4},
		[TRAP_ALIGN] = {LX_SIGBUS, 1},	   [TRAP_FPE] = {LX_SIGFPE, 1},
		[TRAP_BUS] = {LX_SIGBUS, 2},	   [TRAP_PROTECTION] = {LX_SIGSEGV, 0x80},
		[TRAP_OTHER] = {LX_SIGSEGV, 0x80},
	};

	lx_task()->in_syscall = false;
	lx_signal_force(map[info->kind].sig, map[info->kind].code,
			info->addr ? info->addr : arch_regs_pc(r));
	return true;
}

static const struct lx_cred *up_cred(void)
{
	return lx_task() ? lx_task()->cred : NULL;
}
static const struct lx_thread *up_thread(void)
{
	return lx_task() ? lx_task()->pub : NULL;
}
static const struct lx_proc *up_proc(void)
{
	return lx_task() ? lx_task()->group->pub : NULL;
}

static const void *up_archive(size_t *size)
{
	*size = (size_t)boot_info.archive.size;
	return *size ? phys_to_virt(boot_info.archive.base) : NULL;
}

static struct pmo *trampoline;
struct pmo *lx_trampoline_pmo(void);
struct pmo *lx_trampoline_pmo(void)
{
	return trampoline;
}

static int first_task(void)
{
	struct lx_group *g = lx_group_new();
	struct lx_task *t = g ? lx_task_new(g) : NULL;
	struct conn *root;
	struct act a;
	int err;

	if (!t)
		return -ENOMEM;
	t->thread = current;
	t->cred = kzalloc(sizeof(*t->cred));
	t->actions = kzalloc(sizeof(*t->actions));
	t->fdtab = fdtab_new();
	t->fs = kzalloc(sizeof(*t->fs));
	if (!t->cred || !t->actions || !t->fdtab || !t->fs)
		return -ENOMEM;
	t->cred->cap_permitted = t->cred->cap_effective = t->cred->cap_bounding = (1ull << 41) - 1;
	t->actions->users = 1;
	spin_init(&t->actions->lock, RANK_SIGHAND);
	t->fs->users = 1;
	t->fs->umask = 022;
	mutex_init(&t->fs->lock, RANK_CAPTABLE);
	current->lx = t;
	act_init(&a, endpoint_control("vfs"));
	err = (int)rpc_call(&a, 49 /* DIR_root */, (uint64_t[RPC_ARGS]){0}).r0;
	if (err || !a.ngive)
		return err ? err : -EIO;
	root = a.give[0];
	t->fs->root = root;
	t->fs->cwd = conn_get(root);
	act_init(&a, endpoint_control("proc"));
	err = (int)rpc_call(&a, 1 /* clone_begin */, (uint64_t[RPC_ARGS]){0, 0}).r0;
	if (err < 0)
		return err;
	g->pub->pid = t->pub->tid = t->pub->tgid = (uint32_t)err;
	act_init(&a, endpoint_control("proc"));
	err = (int)rpc_call(&a, 2 /* clone_commit */,
			    (uint64_t[RPC_ARGS]){0, g->pub->pid, LX_SIGCHLD, 0})
		      .r0;
	if (err < 0)
		return err;
	g->pub->pgid = g->pub->sid = g->pub->pid;
	g->pub->nthreads = g->ntasks = 1;
	list_add_tail(&g->tasks, &t->node);
	return 0;
}

static const char *init_path;

static void init_begin(void *arg)
{
	static const char *const envp[] = {
		"HOME=/", "TERM=linux",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	static const char *const tries[] = {"/sbin/init", "/init", "/etc/init", "/bin/init",
					    "/bin/sh"};
	const char *argv[2] = {init_path, NULL};
	struct conn *console;
	int err = first_task();

	if (err)
		panic("linux: no first process: error %d", -err);
	if (!lx_open_kernel("/dev/console", 2, 0, &console)) {
		for (unsigned i = 0; i < 3; i++) {
			int fd = fd_reserve(0);

			if (fd >= 0)
				fd_install(fd, i ? conn_get(console) : console, 0);
		}
	}
	if (init_path) {
		err = lx_exec_first(init_path, argv, envp);
		if (err)
			panic("linux: cannot run init=%s: error %d", init_path, -err);
		arch_thread_enter_user();
	}
	for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
		argv[0] = tries[i];
		err = lx_exec_first(tries[i], argv, envp);
		if (!err)
			arch_thread_enter_user();
	}
	panic("linux: no program to start: tried /sbin/init /init /etc/init /bin/init /bin/sh; last error %d",
	      -err);
}

int linux_start(const char *init)
{
	const void *code;
	struct thread *th;
	size_t n;

	linux_hooks = (struct trap_hooks){.linux_call = linux_call,
					  .user_work = lx_signal_work,
					  .user_fault = linux_fault,
					  .user_exception = linux_exception};
	ipc_upcalls = (struct ipc_upcalls){.client_cred = up_cred,
					   .client_thread = up_thread,
					   .client_proc = up_proc,
					   .signal_pgrp = lx_up_signal_pgrp,
					   .signal_pid = lx_up_signal_pid,
					   .archive = up_archive,
					   .realtime_offset_ns = lx_realtime_offset,
					   .random = lx_random};
	code = lx_arch_trampoline_code(&n);
	if (n) {
		trampoline = pmo_create_anon(1, NULL);
		if (!trampoline || pmo_write(trampoline, 0, code, n) != (ssize_t)n)
			return -ENOMEM;
	}
	cells_init();
	service_locks_init();
	services_start();
	init_path = init && init[0] ? init : NULL;
	th = thread_create_user("init", NULL, init_begin, NULL);
	if (!th)
		return -ENOMEM;
	thread_start(th);
	thread_unref(th);
	return 0;
}
