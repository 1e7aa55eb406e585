/* SPDX-License-Identifier: BSD-2-Clause */
/* Register frames: clean user frame, dump, exception table. */
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include "x86.h"

struct extable_entry {
	int32_t insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

void arch_regs_init_user(struct arch_regs *r, uint64_t pc, uint64_t sp)
{
	memset(r, 0, sizeof(*r));
	r->orig_rax = UINT64_MAX;
	r->rip = pc;
	r->rsp = sp;
	r->cs = USER_CS;
	r->ss = USER_DS;
	r->rflags = RFLAGS_FIXED | RFLAGS_IF;
}

void arch_regs_dump(const struct arch_regs *r)
{
	log_err("regs: rip %016lx rsp %016lx rfl %016lx", r->rip, r->rsp, r->rflags);
	log_err("regs: rax %016lx rbx %016lx rcx %016lx", r->rax, r->rbx, r->rcx);
	log_err("regs: rdx %016lx rsi %016lx rdi %016lx", r->rdx, r->rsi, r->rdi);
	log_err("regs: rbp %016lx r8  %016lx r9  %016lx", r->rbp, r->r8, r->r9);
	log_err("regs: r10 %016lx r11 %016lx r12 %016lx", r->r10, r->r11, r->r12);
	log_err("regs: r13 %016lx r14 %016lx r15 %016lx", r->r13, r->r14, r->r15);
	log_err("regs: cs %04lx ss %04lx orig_rax %016lx vector %u error %#x", r->cs, r->ss,
		r->orig_rax, r->vector, r->error);
	log_err("regs: cr2 %016lx cr3 %016lx cr4 %016lx", cr2_read(), cr3_read(), cr4_read());
}

bool arch_extable_fixup(struct arch_regs *r)
{
	const struct extable_entry *e;

	/* a dozen entries, on the error path only: no need for a sorted table */
	for (e = extable_start; e < extable_end; e++) {
		if ((uintptr_t)&e->insn + (intptr_t)e->insn == r->rip) {
			r->rip = (uintptr_t)&e->fixup + (intptr_t)e->fixup;
			return true;
		}
	}
	return false;
}
