/* SPDX-License-Identifier: BSD-2-Clause */
/* Up-calls of the ports' vectors: system calls, page faults, exceptions, interrupts, and the way back to user mode. */
#include <arch/irq.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <tessera/lib/errno.h>
#include <tessera/mm/space.h>
#include <tessera/mm/vmap.h>
#include <tessera/trap/trap.h>
#include "kernel.h"
#include "process.h"

struct trap_hooks linux_hooks;

static inline struct trap_hooks *hooks_of(const struct thread *t)
{
	return t->lx ? &linux_hooks : &native_hooks;
}

void trap_syscall(struct arch_regs *regs)
{
	const struct trap_hooks *h = hooks_of(current);
	void (*call)(struct arch_regs *) = (int64_t)arch_regs_sysno(regs) < 0 ? h->native_call : h->linux_call;

	arch_irq_enable();
	if (likely(call))
		call(regs);
	else
		arch_regs_set_ret(regs, (uint64_t)-ENOSYS);
	arch_irq_disable();
}

static const char *access_name(unsigned access)
{
	return access & VM_WRITE ? "write to" : access & VM_EXEC ? "execution of" : "read of";
}

void trap_kill_user(struct arch_regs *regs, const char *why, vaddr_t addr)
{
	log_warn("process: thread %u %s killed: %s, address 0x%llx, pc 0x%llx, sp 0x%llx", current->id, current->name, why,
		 (unsigned long long)addr, (unsigned long long)arch_regs_pc(regs), (unsigned long long)arch_regs_sp(regs));
	arch_irq_enable();
	process_fault_exit();
}

/** Whether the core's instruction in @regs is one that may touch user memory (has an entry in the exception table). */
static bool trap_may_fix(struct arch_regs *regs)
{
	uint64_t pc = arch_regs_pc(regs);
	bool found = arch_extable_fixup(regs);

	arch_regs_set_pc(regs, pc);
	return found;
}

/* A fault of user mode, or of the core while it touches user memory for a system call. Interrupts were on there. */
static void user_fault(struct arch_regs *regs, vaddr_t addr, unsigned access, bool user)
{
	struct trap_hooks *h = hooks_of(current);
	int err;

	arch_irq_enable();
	err = space_fault(current->space, addr, access);
	if (unlikely(err) && user) {
		if (!h->user_fault || !h->user_fault(regs, addr, access, err))
			trap_kill_user(regs, err == -EACCES ? "access not allowed" : err == -ENOMEM ? "out of memory" :
				       err == -EIO ? "beyond the end of an object" : "no such memory", addr);
	}
	arch_irq_disable();
	if (unlikely(err) && !user && !arch_extable_fixup(regs))
		panic_regs(regs, "%s user memory 0x%llx by the core", access_name(access), (unsigned long long)addr);
}

void trap_page_fault(struct arch_regs *regs, vaddr_t addr, unsigned access, bool present)
{
	bool user = arch_regs_user(regs);

	if (likely(arch_user_va(addr) && current->space)) {
		/* the core may sleep here only in a user copy: not under a spinlock, not in an interrupt */
		if (likely(user || (thread_core()->preempt_count == 0 && trap_may_fix(regs)))) {
			user_fault(regs, addr, access, user);
			return;
		}
	} else if (user) {
		struct trap_hooks *h = hooks_of(current);

		arch_irq_enable();
		if (!h->user_fault || !h->user_fault(regs, addr, access, -EFAULT))
			trap_kill_user(regs, "not a user address", addr);
		arch_irq_disable();
		return;
	}
	if (arch_extable_fixup(regs))
		return;
	if (vmap_is_guard(addr))
		panic_regs(regs, "kernel stack overflow of thread %u %s, address 0x%llx", current->id, current->name,
			   (unsigned long long)addr);
	panic_regs(regs, "%s 0x%llx by the core (%s)", access_name(access), (unsigned long long)addr,
		   present ? "not allowed" : "not mapped");
}

void trap_exception(struct arch_regs *regs, const struct trap_info *info)
{
	if (arch_regs_user(regs)) {
		struct trap_hooks *h = hooks_of(current);

		arch_irq_enable();
		if (!h->user_exception || !h->user_exception(regs, info))
			trap_kill_user(regs, info->name, info->addr);
		arch_irq_disable();
		return;
	}
	if (arch_extable_fixup(regs))
		return;
	panic_regs(regs, "%s, code 0x%llx, address 0x%llx", info->name, (unsigned long long)info->code,
		   (unsigned long long)info->addr);
}

void trap_irq(struct arch_regs *regs)
{
	struct thread *t = current;
	uint16_t base = t->core.held_base;

	if (t->flags & THREAD_IDLE)
		epoch_idle_exit();
	t->core.preempt_count += PREEMPT_IRQ;
	t->core.held_base = t->core.nheld;
	barrier();
	arch_irq_dispatch();
	barrier();
	t->core.held_base = base;
	t->core.preempt_count -= PREEMPT_IRQ;
	/* back to user mode goes through trap_user_exit() */
	if (t->core.need_resched && t->core.preempt_count == 0 && !arch_regs_user(regs))
		sched_preempt();
}

void trap_user_exit(struct arch_regs *regs)
{
	struct thread *t = current;

	for (;;) {
		uint32_t work = __atomic_load_n(&t->work, __ATOMIC_ACQUIRE) & WORK_EXIT_MASK;
		struct trap_hooks *h;

		if (likely(!(work | t->core.need_resched)))
			return;
		if (t->core.need_resched) {
			sched_preempt();
			continue;
		}
		h = hooks_of(t);
		arch_irq_enable();
		if (h->user_work)
			h->user_work(regs, work);
		else
			thread_work_clear(t, work);
		arch_irq_disable();
	}
}
