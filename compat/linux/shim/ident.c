/* SPDX-License-Identifier: BSD-2-Clause */
/* Who one is and what the machine is: identity, credentials, limits, names, scheduling and process groups. */
#include "lx.h"
#include <arch/boot.h>
#include <arch/power.h>
#include <arch/time.h>
#include <srv/proc.rpc.h>
#include <tessera/lib/random.h>
#include <tessera/mm/alloc.h>
#include <tessera/percpu/percpu.h>

int64_t lx_getpid(void)
{
	return lx_task()->group->pub->pid;
}
int64_t lx_gettid(void)
{
	return lx_task()->pub->tid;
}
int64_t lx_getuid(void)
{
	return lx_task()->cred->uid;
}
int64_t lx_geteuid(void)
{
	return lx_task()->cred->euid;
}
int64_t lx_getgid(void)
{
	return lx_task()->cred->gid;
}
int64_t lx_getegid(void)
{
	return lx_task()->cred->egid;
}

int64_t lx_getppid(void)
{
	struct lx_group *p = lx_group_get(lx_task()->group->pub->ppid);
	uint32_t pid = p && !p->exiting ? p->pub->pid : lx_task()->group->pub->ppid ? 1 : 0;

	lx_group_put(p);
	return pid;
}

int64_t lx_set_tid_address(uintptr_t addr)
{
	lx_task()->pub->clear_tid = addr;
	return lx_task()->pub->tid;
}

int64_t lx_set_robust_list(uintptr_t head, uint64_t len)
{
	if (len != 24)
		return -EINVAL;
	lx_task()->pub->robust_head = head;
	lx_task()->pub->robust_len = len;
	return 0;
}

static int64_t proc3(uint16_t op, uint64_t a1, uint64_t a2, uint64_t *r1)
{
	struct rpc_ret r;
	struct act a;

	act_init(&a, endpoint_control("proc"));
	r = rpc_call(&a, op, (uint64_t[RPC_ARGS]){lx_task()->group->pub->pid, a1, a2});
	if (r1)
		*r1 = r.r1;
	return r.r0;
}

int64_t lx_getpgid(int pid)
{
	if (!pid)
		return lx_task()->group->pub->pgid;
	return pid < 0 ? -ESRCH : proc3(PROC_getpgid, (uint32_t)pid, 0, NULL);
}

int64_t lx_getsid(int pid)
{
	if (!pid)
		return lx_task()->group->pub->sid;
	return pid < 0 ? -ESRCH : proc3(PROC_getpgid, (uint32_t)pid, 1, NULL);
}

int64_t lx_setpgid(int pid, int pgid)
{
	struct lx_group *g;
	uint64_t who;
	int64_t r;

	if (pid < 0)
		return -ESRCH;
	r = proc3(PROC_setpgid, (uint32_t)pid, (uint32_t)pgid, &who);
	if (r < 0)
		return r;
	g = lx_group_get((uint32_t)who);
	if (g)
		g->pub->pgid = (uint32_t)r;
	lx_group_put(g);
	return 0;
}

int64_t lx_setsid(void)
{
	struct lx_proc *p = lx_task()->group->pub;
	int64_t r = proc3(PROC_setsid, 0, 0, NULL);

	if (r > 0)
		p->pgid = p->sid = (uint32_t)r;
	return r;
}

static int64_t put3(uint32_t a, uintptr_t ua, uint32_t b, uintptr_t ub, uint32_t c, uintptr_t uc)
{
	return user_store32(ua, a) || user_store32(ub, b) || user_store32(uc, c) ? -EFAULT : 0;
}

int64_t lx_getresuid(uintptr_t r, uintptr_t e, uintptr_t s)
{
	const struct lx_cred *c = lx_task()->cred;

	return put3(c->uid, r, c->euid, e, c->suid, s);
}

int64_t lx_getresgid(uintptr_t r, uintptr_t e, uintptr_t s)
{
	const struct lx_cred *c = lx_task()->cred;

	return put3(c->gid, r, c->egid, e, c->sgid, s);
}

/* Losing uid 0 loses the capabilities; a thread's credentials are its own, libc changes all threads itself. */
static void ids_changed(struct lx_cred *c, uint32_t old_euid, bool had_root)
{
	c->fsuid = c->euid;
	c->fsgid = c->egid;
	if (had_root && c->uid && c->euid && c->suid)
		c->cap_permitted = c->cap_effective = c->cap_ambient = 0;
	else if (!old_euid && c->euid)
		c->cap_effective = 0;
	else if (old_euid && !c->euid)
		c->cap_effective = c->cap_permitted;
}

int64_t lx_setresuid(uint32_t r, uint32_t e, uint32_t s)
{
	struct lx_cred *c = lx_task()->cred;
	uint32_t v[3] = {r, e, s}, old = c->euid;
	bool had = !c->uid || !c->euid || !c->suid;

	for (unsigned i = 0; i < 3; i++)
		if (v[i] != ~0u && v[i] != c->uid && v[i] != c->euid && v[i] != c->suid &&
		    !lx_capable(7))
			return -EPERM;
	c->uid = r != ~0u ? r : c->uid;
	c->euid = e != ~0u ? e : c->euid;
	c->suid = s != ~0u ? s : c->suid;
	ids_changed(c, old, had);
	return 0;
}

int64_t lx_setresgid(uint32_t r, uint32_t e, uint32_t s)
{
	struct lx_cred *c = lx_task()->cred;
	uint32_t v[3] = {r, e, s};

	for (unsigned i = 0; i < 3; i++)
		if (v[i] != ~0u && v[i] != c->gid && v[i] != c->egid && v[i] != c->sgid &&
		    !lx_capable(6))
			return -EPERM;
	c->gid = r != ~0u ? r : c->gid;
	c->egid = e != ~0u ? e : c->egid;
	c->sgid = s != ~0u ? s : c->sgid;
	c->fsgid = c->egid;
	return 0;
}

int64_t lx_setuid(uint32_t id)
{
	return id == ~0u       ? -EINVAL
	       : lx_capable(7) ? lx_setresuid(id, id, id)
			       : lx_setresuid(~0u, id, ~0u);
}

int64_t lx_setgid(uint32_t id)
{
	return id == ~0u       ? -EINVAL
	       : lx_capable(6) ? lx_setresgid(id, id, id)
			       : lx_setresgid(~0u, id, ~0u);
}

int64_t lx_setreuid(uint32_t r, uint32_t e)
{
	struct lx_cred *c = lx_task()->cred;

	return lx_setresuid(r, e,
			    r != ~0u || (e != ~0u && e != c->uid) ? (e != ~0u ? e : c->euid) : ~0u);
}

int64_t lx_setregid(uint32_t r, uint32_t e)
{
	struct lx_cred *c = lx_task()->cred;

	return lx_setresgid(r, e,
			    r != ~0u || (e != ~0u && e != c->gid) ? (e != ~0u ? e : c->egid) : ~0u);
}

int64_t lx_getgroups(int n, uintptr_t list)
{
	const struct lx_cred *c = lx_task()->cred;

	if (n < 0 || (n && (uint32_t)n < c->ngroups))
		return -EINVAL;
	if (n && copy_to_user(list, c->groups, c->ngroups * 4))
		return -EFAULT;
	return c->ngroups;
}

int64_t lx_setgroups(int n, uintptr_t list)
{
	struct lx_cred *c = lx_task()->cred;
	uint32_t g[32];

	if (!lx_capable(6))
		return -EPERM;
	if (n < 0 || n > 32)
		return -EINVAL;
	if (copy_from_user(g, list, (size_t)n * 4))
		return -EFAULT;
	memcpy(c->groups, g, (size_t)n * 4);
	c->ngroups = (uint32_t)n;
	return 0;
}

static struct {
	char f[6][65];
} names = {{"Linux", "tessera", "6.12.0-tessera", "#1 SMP Tessera", "", "(none)"}};

int64_t lx_uname(uintptr_t buf)
{
	memcpy(names.f[4], lx_arch_machine, strlen(lx_arch_machine) + 1);
	return copy_to_user(buf, &names, sizeof(names));
}

int64_t lx_sethostname(uintptr_t name, int len)
{
	char n[65] = {0};

	if (!lx_capable(21))
		return -EPERM;
	if (len < 0 || len > 64)
		return -EINVAL;
	if (copy_from_user(n, name, (size_t)len))
		return -EFAULT;
	memcpy(names.f[1], n, sizeof(n));
	return 0;
}

int64_t lx_sysinfo(uintptr_t info)
{
	struct {
		int64_t uptime;
		uint64_t loads[3], total, free, shared, buffer, swap, freeswap;
		uint16_t procs, pad;
		uint32_t pad2;
		uint64_t high, freehigh;
		uint32_t unit;
		char f[4];
	} s = {.unit = 1};
	struct mm_stats st;

	mm_stats_get(&st);
	s.uptime = (int64_t)(time_now_ns() / 1000000000);
	s.total = st.ram_pages * PAGE_SIZE;
	s.free = st.free_pages * PAGE_SIZE;
	s.procs = (uint16_t)sched_nr_running();
	return copy_to_user(info, &s, 112);
}

enum {
	PR_SET_PDEATHSIG = 1,
	PR_GET_PDEATHSIG,
	PR_GET_DUMPABLE,
	PR_SET_DUMPABLE,
	PR_SET_NAME = 15,
	PR_GET_NAME,
	PR_CAPBSET_READ = 23,
	PR_SET_TIMERSLACK = 29,
	PR_GET_TIMERSLACK,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS
};

int64_t lx_prctl(int op, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct lx_task *t = lx_task();
	char name[16] = {0};
	ssize_t n;

	switch (op) {
	case PR_SET_NAME:
		n = strncpy_from_user(name, a2, 16);
		if (n == -EFAULT)
			return -EFAULT;
		name[15] = 0;
		memcpy(t->pub->comm, name, 16);
		return 0;
	case PR_GET_NAME:
		return copy_to_user(a2, t->pub->comm, 16);
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
		return a2 > 1 ? -EINVAL : 0;
	case PR_CAPBSET_READ:
		return a2 > 40 ? -EINVAL : (int64_t)(t->cred->cap_bounding >> a2 & 1);
	case PR_GET_TIMERSLACK:
		return (int64_t)t->pub->timerslack;
	case PR_SET_TIMERSLACK:
		t->pub->timerslack = a2 ? a2 : 50000;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return t->pub->flags & 1;
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		t->pub->flags |= 1;
		return 0;
	}
	lx_count_refused();
	return -EINVAL;
}

int64_t lx_arch_prctl(int op, uint64_t addr)
{
	switch (op) {
	case 0x1002: /* ARCH_SET_FS */
		if (addr >= ARCH_USER_END)
			return -EPERM;
		arch_tls_set(current, addr);
		return 0;
	case 0x1003: { /* ARCH_GET_FS */
		uint64_t fs = arch_tls_get(current);

		return copy_to_user(addr, &fs, sizeof(fs));
	}
	}
	return -EINVAL;
}

int64_t lx_prlimit64(int pid, uint32_t res, uintptr_t new, uintptr_t old)
{
	struct lx_rlimit n, *r;

	if (res >= 16)
		return -EINVAL;
	if (pid && (uint32_t)pid != lx_task()->group->pub->pid) {
		lx_count_refused();
		return -ESRCH;
	}
	r = &lx_task()->group->pub->rlimit[res];
	if (new &&copy_from_user(&n, new, sizeof(n)))
		return -EFAULT;
	if (old && copy_to_user(old, r, sizeof(*r)))
		return -EFAULT;
	if (new) {
		if (n.cur > n.max)
			return -EINVAL;
		if (res == 7 && n.max > LX_FD_HARD_MAX && n.max != r->max)
			return -EPERM;
		if (n.max > r->max && !lx_capable(24))
			return -EPERM;
		*r = n;
	}
	return 0;
}

int64_t lx_times(uintptr_t buf)
{
	int64_t t[4] = {(int64_t)(sched_cpu_time_ns(current) / 10000000), 0, 0, 0};

	if (buf && copy_to_user(buf, t, sizeof(t)))
		return -EFAULT;
	return (int64_t)(time_now_ns() / 10000000);
}

void lx_random(void *buf, size_t n);

/* Seeded from the firmware and the CPU; the generator replaces its key at each request, so old output cannot be told from the state. */
void lx_random(void *buf, size_t n)
{
	static struct spinlock lock = SPINLOCK_INIT(RANK_WAITQ);
	static struct chacha_rng rng;
	static bool seeded;
	uintptr_t s = spin_lock_irqsave(&lock);
	uint64_t word = arch_counter();

	if (!seeded) {
		chacha_rng_add(&rng, boot_info.seed, boot_info.seed_len);
		seeded = true;
	}
	chacha_rng_add(&rng, &word, sizeof(word));
	if (arch_random(&word))
		chacha_rng_add(&rng, &word, sizeof(word));
	chacha_rng_fill(&rng, buf, n);
	spin_unlock_irqrestore(&lock, s);
}

int64_t lx_getrandom(uintptr_t buf, uint64_t len, uint32_t flags)
{
	uint8_t block[256];
	uint64_t done = 0;

	if (flags & ~7u)
		return -EINVAL;
	len = MIN(len, 0x1ffffffull);
	while (done < len) {
		size_t n = (size_t)MIN(len - done, (uint64_t)sizeof(block));

		lx_random(block, n);
		if (copy_to_user(buf + done, block, n))
			return done ? (int64_t)done : -EFAULT;
		done += n;
	}
	return (int64_t)done;
}

int64_t lx_reboot(uint32_t magic1, uint32_t magic2, uint32_t cmd, uintptr_t arg)
{
	if (magic1 != 0xfee1deadu || (magic2 != 672274793 && magic2 != 85072278 &&
				      magic2 != 369367448 && magic2 != 537993216))
		return -EINVAL;
	if (!lx_capable(22))
		return -EPERM;
	switch (cmd) {
	case 0:
	case 0x89abcdefu: /* CAD off, on */
		return 0;
	case 0x4321fedcu:
	case 0xcdef0123u:
		arch_poweroff();
	case 0x01234567:
		arch_reboot();
	}
	return -EINVAL;
}

int64_t lx_syslog(int type, uintptr_t buf, int len)
{
	return type == 6 || type == 7 || type == 8 ? 0 : type == 10 ? 65536 : -EINVAL;
}

int64_t lx_personality(uint32_t p)
{
	uint32_t old = lx_task()->pub->personality;

	if (p != ~0u)
		lx_task()->pub->personality = p;
	return old;
}

int64_t lx_sched_yield(void)
{
	sched_yield_now();
	return 0;
}

int64_t lx_sched_getaffinity(int pid, uint64_t len, uintptr_t mask)
{
	uint64_t m = cpus_online_mask;

	if (len < 8 || len & 7)
		return -EINVAL;
	return copy_to_user(mask, &m, 8) ? -EFAULT : 8;
}

int64_t lx_sched_setaffinity(int pid, uint64_t len, uintptr_t mask)
{
	uint64_t m = 0;

	if (copy_from_user(&m, mask, (size_t)MIN(len, 8ull)))
		return -EFAULT;
	if (pid && (uint32_t)pid != lx_task()->pub->tid)
		return -ESRCH;
	return sched_set_affinity(current, m & cpus_online_mask);
}

int64_t lx_getcpu(uintptr_t cpu, uintptr_t node)
{
	if (cpu && user_store32(cpu, current->cpu))
		return -EFAULT;
	return node ? user_store32(node, 0) : 0;
}
