/* SPDX-License-Identifier: BSD-2-Clause */
/* Register frames: make, show, fix up by the exception table. */
#include <arch/trap.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include "arm.h"

struct extable_entry {
	int32_t insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

void arch_regs_init_user(struct arch_regs *r, uint64_t pc, uint64_t sp)
{
	memset(r, 0, sizeof(*r));
	r->pc = pc;
	r->sp = sp;
	r->pstate = SPSR_EL0T;
}

void arch_regs_dump(const struct arch_regs *r)
{
	log_write(LOG_EMERG, "pc %016llx sp %016llx pstate %08llx esr %08llx",
		  (unsigned long long)r->pc, (unsigned long long)r->sp,
		  (unsigned long long)r->pstate, (unsigned long long)r->esr);
	for (unsigned i = 0; i < 30; i += 3)
		log_write(LOG_EMERG, "x%-2u %016llx x%-2u %016llx x%-2u %016llx", i,
			  (unsigned long long)r->x[i], i + 1, (unsigned long long)r->x[i + 1],
			  i + 2, (unsigned long long)r->x[i + 2]);
	log_write(LOG_EMERG, "x30 %016llx", (unsigned long long)r->x[30]);
}

bool arch_extable_fixup(struct arch_regs *r)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if ((uintptr_t)&e->insn + (intptr_t)e->insn == r->pc) {
			r->pc = (uintptr_t)&e->fixup + (intptr_t)e->fixup;
			return true;
		}
	}
	return false;
}
