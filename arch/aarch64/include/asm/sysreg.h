/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers: access, and the fields that the port uses (Arm ARM D17). Shared with
 * assembly.
 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

#ifdef __ASSEMBLY__
#define SYSREG_BIT(n) (1 << (n))
#else
#define SYSREG_BIT(n) (1UL << (n))
#endif

/*
 * SCTLR_EL1. RES1 bits of Armv8.0 that later versions gave a meaning stand with the meaning
 * chosen here.
 */
#define SCTLR_M	   (1 << 0) /* MMU */
#define SCTLR_C	   (1 << 2) /* data cache */
#define SCTLR_SA   (1 << 3) /* sp alignment check, EL1 */
#define SCTLR_SA0  (1 << 4) /* sp alignment check, EL0 */
#define SCTLR_RES1 ((1 << 8) | (1 << 7) | (1 << 11) | (1 << 20) | (1 << 22) | (1 << 28) | (1 << 29))
#define SCTLR_I	   (1 << 12) /* instruction cache */
#define SCTLR_DZE  (1 << 14) /* EL0: dc zva */
#define SCTLR_UCT  (1 << 15) /* EL0: ctr_el0 */
#define SCTLR_NTWI (1 << 16) /* EL0: wfi does not trap */
#define SCTLR_NTWE (1 << 18) /* EL0: wfe does not trap */
#define SCTLR_SPAN \
	(1 << 23) /* 0: PAN is set on entry to EL1 (RES1 without PAN, where it does nothing) */
#define SCTLR_UCI (1 << 26) /* EL0: cache maintenance by address */
#define SCTLR_VALUE                                                                                \
	(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_SA0 | SCTLR_I | SCTLR_DZE | SCTLR_UCT | \
	 SCTLR_NTWI | SCTLR_NTWE | SCTLR_UCI)
#define SCTLR_OFF (SCTLR_RES1 | SCTLR_SPAN | SCTLR_NTWI | SCTLR_NTWE) /* MMU and caches off */

/* TCR_EL1 for 48-bit halves of 4 KiB pages; IPS and AS are added from the ID registers */
#define TCR_T0SZ 16
#define TCR_T1SZ (16 << 16)
#define TCR_WALKS                                                   \
	((1 << 8) | (1 << 10) | (3 << 12) | (1 << 24) | (1 << 26) | \
	 (3 << 28)) /* write-back, inner shareable */
#define TCR_TG1_4K    (2 << 30)
#define TCR_IPS_SHIFT 32
#define TCR_AS_SHIFT  36
#define TCR_TBI0      SYSREG_BIT(37) /* the top byte of user addresses is a tag, as Linux has it */
#define TCR_E0PD1     SYSREG_BIT(56) /* EL0 cannot even probe the kernel half */

/* MAIR_EL1, indexed by enum mem_type: write-back, Device-nGnRE, and twice Normal non-cacheable */
#define MAIR_VALUE 0x444404ff

#define CPACR_FPEN_EL1 (1 << 20) /* FP/SIMD at EL1 only: EL0 traps */
#define CPACR_FPEN     (3 << 20) /* also at EL0 */

#define SPSR_EL0T 0
#define SPSR_EL1H 5
#define SPSR_DAIF (0xf << 6)
#define SPSR_SS	  (1 << 21)

/* RNDR, PAN and the GIC's registers have no name in every assembler */
#define SYS_RNDR S3_3_C2_C4_0
#define SYS_PAN	 S3_0_C4_C2_3

#ifndef __ASSEMBLY__
#define SYSREG_NAME_(r) #r
#define SYSREG_NAME(r)	SYSREG_NAME_(r)
#define sysreg_read(r)                                                  \
	({                                                              \
		uint64_t v_;                                            \
		__asm__ volatile("mrs %0, " SYSREG_NAME(r) : "=r"(v_)); \
		v_;                                                     \
	})
#define sysreg_write(r, v) \
	__asm__ volatile("msr " SYSREG_NAME(r) ", %x0" : : "rZ"((uint64_t)(v)) : "memory")

/** Unsigned 4-bit field of an ID register. */
static inline unsigned sysreg_field(uint64_t reg, unsigned shift)
{
	return reg >> shift & 0xf;
}
#endif
#endif
