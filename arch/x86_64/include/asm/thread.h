/* SPDX-License-Identifier: BSD-2-Clause */
/* Per-thread state of the port, at offset 0 of struct thread. */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H
#include <tessera/lib/types.h>

struct arch_thread {
	uint64_t sp; /* kernel stack pointer while switched out; callee-saved registers lie there */
	uint64_t stack_lo, stack_hi; /* the user frame ends at stack_hi */
	uint64_t fs_base, gs_base;   /* of user mode */
	void *fpu; /* x86_fpu_size bytes, 64-byte aligned; NULL: not a user thread */
};

struct thread;
/** User GS base of @t (arch_prctl ARCH_SET_GS); arch_tls_set() is for FS. A value that is not a user address becomes 0. */
void x86_gs_base_set(struct thread *t, uint64_t v);
uint64_t x86_gs_base_get(struct thread *t);
/** Layout of a saved state: standard XSAVE format (or FXSAVE's 512 bytes), size in bytes, and enabled components (XCR0). */
extern unsigned x86_fpu_size;
extern uint64_t x86_fpu_mask;
/** Store the current thread's live registers in its area, for those who read it. Any context of the thread. */
void x86_fpu_sync(void);
/** Load the current thread's area, which somebody changed, back into the registers. The caller has validated the content. */
void x86_fpu_reload(void);
#endif
