/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The register frame of a trap; x[], sp, pc and pstate have the order of Linux's user_pt_regs.
 * Convention of system calls (Linux): number in x8, arguments in x0..x5, result in x0.
 */
#ifndef ASM_REGS_H
#define ASM_REGS_H

struct arch_regs {
	uint64_t x[31];
	uint64_t sp, pc, pstate;
	uint64_t orig_arg0; /* x0 of a system call, kept for its restart */
	uint64_t esr;	    /* syndrome, if a synchronous exception made this frame */
	/* frame record: the backtrace walks through it; 0 for a trap from user mode */
	uint64_t link_fp, link_pc;
};
static_assert(sizeof(struct arch_regs) % 16 == 0, "the stack stays aligned");

static inline bool arch_regs_user(const struct arch_regs *r)
{
	return (r->pstate & 0xf) == 0;
}
static inline uint64_t arch_regs_pc(const struct arch_regs *r)
{
	return r->pc;
}
static inline uint64_t arch_regs_sp(const struct arch_regs *r)
{
	return r->sp;
}
static inline void arch_regs_set_pc(struct arch_regs *r, uint64_t pc)
{
	r->pc = pc;
}
static inline void arch_regs_set_sp(struct arch_regs *r, uint64_t sp)
{
	r->sp = sp;
}
static inline uint64_t arch_regs_sysno(const struct arch_regs *r)
{
	return r->x[8];
}
static inline uint64_t arch_regs_arg(const struct arch_regs *r, unsigned i)
{
	return r->x[i];
}
static inline void arch_regs_set_arg(struct arch_regs *r, unsigned i, uint64_t v)
{
	r->x[i] = v;
}
static inline void arch_regs_set_ret(struct arch_regs *r, uint64_t v)
{
	r->x[0] = v;
}
static inline uint64_t arch_regs_ret(const struct arch_regs *r)
{
	return r->x[0];
}
#endif
