/* SPDX-License-Identifier: BSD-2-Clause */
/* Register frames: clean user frame, dump, exception table. */
#include <arch/mmu.h>
#include <arch/trap.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>

struct extable_entry {
	int32_t insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

void arch_regs_init_user(struct arch_regs *r, uint64_t pc, uint64_t sp)
{
	memset(r, 0, sizeof(*r));
	r->pc = pc;
	r->sp = sp;
	r->status = SSTATUS_SPIE | SSTATUS_UXL_64; /* SPP 0: user; FS off until first use */
}

void arch_regs_dump(const struct arch_regs *r)
{
	log_err("regs: pc  %016lx ra  %016lx sp  %016lx", r->pc, r->ra, r->sp);
	log_err("regs: gp  %016lx tp  %016lx t0  %016lx", r->gp, r->tp, r->t0);
	log_err("regs: t1  %016lx t2  %016lx s0  %016lx", r->t1, r->t2, r->s0);
	log_err("regs: s1  %016lx a0  %016lx a1  %016lx", r->s1, r->a[0], r->a[1]);
	log_err("regs: a2  %016lx a3  %016lx a4  %016lx", r->a[2], r->a[3], r->a[4]);
	log_err("regs: a5  %016lx a6  %016lx a7  %016lx", r->a[5], r->a[6], r->a[7]);
	log_err("regs: s2  %016lx s3  %016lx s4  %016lx", r->s2, r->s3, r->s4);
	log_err("regs: s5  %016lx s6  %016lx s7  %016lx", r->s5, r->s6, r->s7);
	log_err("regs: s8  %016lx s9  %016lx s10 %016lx", r->s8, r->s9, r->s10);
	log_err("regs: s11 %016lx t3  %016lx t4  %016lx", r->s11, r->t3, r->t4);
	log_err("regs: t5  %016lx t6  %016lx", r->t5, r->t6);
	log_err("regs: sstatus %016lx scause %016lx stval %016lx", r->status, r->cause, r->badaddr);
}

bool arch_extable_fixup(struct arch_regs *r)
{
	const struct extable_entry *e;

	/* a dozen entries, on the error path only: no need for a sorted table */
	for (e = extable_start; e < extable_end; e++) {
		if ((uintptr_t)&e->insn + (intptr_t)e->insn == r->pc) {
			r->pc = (uintptr_t)&e->fixup + (intptr_t)e->fixup;
			return true;
		}
	}
	return false;
}
