/* SPDX-License-Identifier: BSD-2-Clause */
/* Control registers, flags, MSRs, segment selectors (Intel SDM vol. 3, chapters 2 to 5; vol. 4). For C and assembly. */
#ifndef ASM_CPUREG_H
#define ASM_CPUREG_H

/* The order of the first two pairs is what syscall and sysret want; the user selectors are those of Linux. */
#define KERNEL_CS	0x10
#define KERNEL_DS	0x18
#define USER32_CS	0x23	/* base of sysret; the descriptor is not there */
#define USER_DS		0x2b
#define USER_CS		0x33
#define TSS_SEL		0x40
#define GDT_SIZE	0x50

#define RFLAGS_FIXED	0x00000002
#define RFLAGS_TF	0x00000100
#define RFLAGS_IF	0x00000200
#define RFLAGS_RF	0x00010000
#define RFLAGS_AC	0x00040000
/* what a user frame may hold: CF PF AF ZF SF TF DF OF NT RF AC ID; not IOPL, VM, VIF, VIP */
#define RFLAGS_USER	0x00254dd5	/* NT is left out: iretq would fault with it */
#define RFLAGS_SYSCALL_CLEAR 0x00257fd5

#define CR0_PE		0x00000001
#define CR0_MP		0x00000002
#define CR0_ET		0x00000010
#define CR0_NE		0x00000020
#define CR0_WP		0x00010000
#define CR0_AM		0x00040000
#define CR0_PG		0x80000000
#define CR4_DE		0x00000008
#define CR4_PAE		0x00000020
#define CR4_MCE		0x00000040
#define CR4_PGE		0x00000080
#define CR4_OSFXSR	0x00000200
#define CR4_OSXMMEXCPT	0x00000400
#define CR4_UMIP	0x00000800
#define CR4_PCIDE	0x00020000
#define CR4_OSXSAVE	0x00040000
#define CR4_SMEP	0x00100000
#define CR4_SMAP	0x00200000
#define CR3_NOFLUSH	0x8000000000000000

#define MSR_APIC_BASE	0x0000001b
#define MSR_PAT		0x00000277
#define MSR_TSC_DEADLINE 0x000006e0
#define MSR_X2APIC	0x00000800
#define MSR_EFER	0xc0000080
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_CSTAR	0xc0000083
#define MSR_SFMASK	0xc0000084
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define EFER_SCE	0x001
#define EFER_LME	0x100
#define EFER_NXE	0x800

#define VEC_DB		1
#define VEC_NMI		2
#define VEC_BP		3
#define VEC_OF		4
#define VEC_DF		8
#define VEC_GP		13
#define VEC_PF		14
#define VEC_MC		18
#define VEC_EXCEPTIONS	32
#define VEC_SYSCALL	256	/* not a vector: marks the frame of a system call */
#define IST_DF		1
#define IST_NMI		2
#define IST_MC		3
#define IST_DB		4

#ifndef __ASSEMBLY__
#include <tessera/lib/types.h>

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (uint64_t)hi << 32 | lo;
}
static inline void msr_write(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

struct cpuid { uint32_t eax, ebx, ecx, edx; };
static inline struct cpuid cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(sub));
	return r;
}

#define CR_ACCESSORS(n) \
static inline uint64_t cr##n##_read(void) \
{ \
	uint64_t v; \
	__asm__ volatile("movq %%cr" #n ", %0" : "=r"(v) : : "memory"); \
	return v; \
} \
static inline void cr##n##_write(uint64_t v) \
{ \
	__asm__ volatile("movq %0, %%cr" #n : : "r"(v) : "memory"); \
}
CR_ACCESSORS(0)
CR_ACCESSORS(2)
CR_ACCESSORS(3)
CR_ACCESSORS(4)
#undef CR_ACCESSORS
#endif
#endif
