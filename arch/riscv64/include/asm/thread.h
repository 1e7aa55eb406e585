/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-thread state of the port, at offset 0 of struct thread; in the kernel tp points to it. The
 * trap entry uses frame, scratch, stack_lo and percpu_offset before it has any other register: see
 * kernel/entry.S.
 */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

struct arch_fpu {
	uint64_t f[32];
	uint64_t fcsr;
};

struct arch_thread {
	uint64_t frame;	   /* user register frame: stack top - sizeof(struct arch_regs) */
	uint64_t scratch;  /* entry: holds one register until the frame is reachable */
	uint64_t stack_lo; /* lowest valid kernel sp; 0: not checked (emergency stack) */
	uint64_t stack_hi;
	uint64_t percpu_offset; /* of the CPU it runs on; set at switch-in */
	uint64_t ra, sp, s[12]; /* kernel context while switched out */
	bool user;		/* has a user half (arch_fpu_alloc) */
	bool fpu_used;		/* fpu is part of its state; before, the unit is off (sstatus.FS) */
	struct arch_fpu fpu;	/* valid unless the registers are dirty on a CPU */
};
void riscv_fpu_get(struct arch_fpu *out);
void riscv_fpu_set(const struct arch_fpu *in);
#endif
