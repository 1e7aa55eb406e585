/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Save and load the F and D registers: void riscv_fpu_save(struct arch_fpu *), riscv_fpu_load(const
 * struct arch_fpu *). sstatus.FS is on.
 */
#include <generated/asm_offsets.h>
	.text

.macro each op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,\
		24,25,26,27,28,29,30,31
	\op	f\n, FPU_F0 + 8 * \n(a0)
	.endr
.endm

	.globl	riscv_fpu_save
	.type	riscv_fpu_save, @function
riscv_fpu_save:
	frcsr	t0
	each	fsd
	sd	t0, FPU_FCSR(a0)
	ret
	.size	riscv_fpu_save, . - riscv_fpu_save

	.globl	riscv_fpu_load
	.type	riscv_fpu_load, @function
riscv_fpu_load:
	ld	t0, FPU_FCSR(a0)
	each	fld
	fscsr	t0
	ret
	.size	riscv_fpu_load, . - riscv_fpu_load
	.section .note.GNU-stack, "", %progbits
