/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Supervisor control and status registers (RISC-V Privileged Architecture 1.12, chapter 4; Sstc;
 * AIA 1.0 chapters 2 and 3). Usable from assembly; C gets one function-like macro per instruction.
 */
#ifndef ASM_CSR_H
#define ASM_CSR_H

#define SSTATUS_SIE	 0x00000002
#define SSTATUS_SPIE	 0x00000020
#define SSTATUS_SPP	 0x00000100
#define SSTATUS_FS	 0x00006000 /* off, initial, clean, dirty */
#define SSTATUS_FS_INIT	 0x00002000
#define SSTATUS_FS_CLEAN 0x00004000
#define SSTATUS_FS_DIRTY 0x00006000
#define SSTATUS_SUM	 0x00040000
#define SSTATUS_MXR	 0x00080000
#define SSTATUS_UXL_64	 0x200000000

#define SIE_SSIE 0x002
#define SIE_STIE 0x020
#define SIE_SEIE 0x200

#define SCAUSE_IRQ  (1UL << 63)
#define IRQ_S_SOFT  1
#define IRQ_S_TIMER 5
#define IRQ_S_EXT   9

#define EXC_FETCH_MISALIGNED 0
#define EXC_FETCH_ACCESS     1
#define EXC_ILLEGAL	     2
#define EXC_BREAKPOINT	     3
#define EXC_LOAD_MISALIGNED  4
#define EXC_LOAD_ACCESS	     5
#define EXC_STORE_MISALIGNED 6
#define EXC_STORE_ACCESS     7
#define EXC_ECALL_U	     8
#define EXC_FETCH_PAGE	     12
#define EXC_LOAD_PAGE	     13
#define EXC_STORE_PAGE	     15

#define SATP_SV39	(8UL << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK	0xffffUL

/* registers that older assemblers do not know by name */
#define CSR_STIMECMP 0x14d
#define CSR_SISELECT 0x150
#define CSR_SIREG    0x151
#define CSR_STOPEI   0x15c
#define CSR_SENVCFG  0x10a

#ifndef __ASSEMBLY__
#define CSR_STR_(x) #x
#define CSR_STR(x)  CSR_STR_(x)
#define csr_read(csr)                                                               \
	({                                                                          \
		unsigned long v_;                                                   \
		__asm__ volatile("csrr %0, " CSR_STR(csr) : "=r"(v_) : : "memory"); \
		v_;                                                                 \
	})
#define csr_write(csr, val)                                                            \
	({                                                                             \
		unsigned long v_ = (unsigned long)(val);                               \
		__asm__ volatile("csrw " CSR_STR(csr) ", %0" : : "rK"(v_) : "memory"); \
	})
#define csr_set(csr, val)                                                              \
	({                                                                             \
		unsigned long v_ = (unsigned long)(val);                               \
		__asm__ volatile("csrs " CSR_STR(csr) ", %0" : : "rK"(v_) : "memory"); \
	})
#define csr_clear(csr, val)                                                            \
	({                                                                             \
		unsigned long v_ = (unsigned long)(val);                               \
		__asm__ volatile("csrc " CSR_STR(csr) ", %0" : : "rK"(v_) : "memory"); \
	})
#define csr_swap(csr, val)                                        \
	({                                                        \
		unsigned long v_ = (unsigned long)(val);          \
		__asm__ volatile("csrrw %0, " CSR_STR(csr) ", %1" \
				 : "=r"(v_)                       \
				 : "rK"(v_)                       \
				 : "memory");                     \
		v_;                                               \
	})
#define csr_read_clear(csr, val)                                  \
	({                                                        \
		unsigned long v_ = (unsigned long)(val);          \
		__asm__ volatile("csrrc %0, " CSR_STR(csr) ", %1" \
				 : "=r"(v_)                       \
				 : "rK"(v_)                       \
				 : "memory");                     \
		v_;                                               \
	})
#endif
#endif
