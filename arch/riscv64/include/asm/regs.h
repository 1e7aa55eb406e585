/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The register frame of a trap. pc and x1..x31 have the order of Linux's user_regs_struct.
 * Convention of system calls (Linux): number in a7, arguments and result in a0..a5.
 */
#ifndef ASM_REGS_H
#define ASM_REGS_H
#include <asm/csr.h>

struct arch_regs {
	uint64_t pc, ra, sp, gp, tp;
	uint64_t t0, t1, t2, s0, s1;
	uint64_t a[8];
	uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	uint64_t t3, t4, t5, t6;
	uint64_t status, cause, badaddr; /* sstatus, scause, stval */
	uint64_t orig_arg0;		 /* a0 of a system call, kept for its restart */
	uint64_t link_fp, link_pc;	 /* traps from the kernel: frame record for the backtrace */
};
static_assert(sizeof(struct arch_regs) % 16 == 0, "the stack stays aligned");

static inline bool arch_regs_user(const struct arch_regs *r)
{
	return !(r->status & SSTATUS_SPP);
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
	return r->a[7];
}
static inline uint64_t arch_regs_arg(const struct arch_regs *r, unsigned i)
{
	return r->a[i];
}
static inline void arch_regs_set_arg(struct arch_regs *r, unsigned i, uint64_t v)
{
	r->a[i] = v;
}
static inline void arch_regs_set_ret(struct arch_regs *r, uint64_t v)
{
	r->a[0] = v;
}
static inline uint64_t arch_regs_ret(const struct arch_regs *r)
{
	return r->a[0];
}
#endif
