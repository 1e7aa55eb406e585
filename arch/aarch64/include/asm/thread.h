/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-thread state of the port, at offset 0 of struct thread; tpidr_el1 points to it while the
 * thread runs.
 */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

struct arm_fpu {
	uint64_t v[64]; /* q0..q31 */
	uint64_t fpcr, fpsr;
};

struct arch_thread {
	uint64_t percpu_offset; /* of the CPU it runs on; set at switch-in */
	uint64_t stack_min;	/* smallest sp with room for a trap frame: EL1's vectors check it */
	uint64_t stack_lo, stack_hi; /* bounds, for backtraces */
	uint64_t x19_x30[12];	     /* kernel context while switched out */
	uint64_t sp;
	uint64_t tls;	    /* tpidr_el0 while switched out */
	bool user;	    /* has a user half (arch_fpu_alloc) */
	bool fpu_used;	    /* fpu is part of its state; before, EL0 traps on first use */
	uint32_t fpu_cpu;   /* 1 + CPU whose registers may still hold the state, 0: none */
	struct arm_fpu fpu; /* valid while switched out */
};
void arm_fpu_get(struct arm_fpu *out);
void arm_fpu_set(const struct arm_fpu *in);
#endif
