/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The register frame of a trap; from r15 on it is Linux's struct pt_regs. Convention of system calls (Linux): number in rax,
 * arguments in rdi rsi rdx r10 r8 r9, result in rax; rcx and r11 are lost.
 */
#ifndef ASM_REGS_H
#define ASM_REGS_H
#include <asm/cpureg.h>

struct arch_regs {
	uint64_t link_fp, link_pc; /* traps from the kernel: frame record for the backtrace */
	uint32_t vector, error;	   /* VEC_SYSCALL for a system call */
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t orig_rax; /* number of the system call; -1 for other traps */
	uint64_t rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(struct arch_regs) % 16 == 0, "the stack stays aligned");

static inline bool arch_regs_user(const struct arch_regs *r)
{
	return r->cs & 3;
}
static inline uint64_t arch_regs_pc(const struct arch_regs *r)
{
	return r->rip;
}
static inline uint64_t arch_regs_sp(const struct arch_regs *r)
{
	return r->rsp;
}
static inline void arch_regs_set_pc(struct arch_regs *r, uint64_t pc)
{
	r->rip = pc;
}
static inline void arch_regs_set_sp(struct arch_regs *r, uint64_t sp)
{
	r->rsp = sp;
}
static inline uint64_t arch_regs_sysno(const struct arch_regs *r)
{
	return r->orig_rax;
}
static inline uint64_t *x86_regs_arg(struct arch_regs *r, unsigned i)
{
	switch (i) {
	case 0:
		return &r->rdi;
	case 1:
		return &r->rsi;
	case 2:
		return &r->rdx;
	case 3:
		return &r->r10;
	case 4:
		return &r->r8;
	default:
		return &r->r9;
	}
}
static inline uint64_t arch_regs_arg(const struct arch_regs *r, unsigned i)
{
	return *x86_regs_arg((struct arch_regs *)(uintptr_t)r, i);
}
static inline void arch_regs_set_arg(struct arch_regs *r, unsigned i, uint64_t v)
{
	*x86_regs_arg(r, i) = v;
}
static inline void arch_regs_set_ret(struct arch_regs *r, uint64_t v)
{
	r->rax = v;
}
static inline uint64_t arch_regs_ret(const struct arch_regs *r)
{
	return r->rax;
}
#endif
