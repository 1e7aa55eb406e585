/* SPDX-License-Identifier: BSD-2-Clause */
/* x86_64: system-call details, struct stat, signal frames (pretcode, ucontext, siginfo; the XSAVE image above, 64-byte aligned). */
#include "compat/linux/shim/lx.h"
#include <srv/statx.h>

const char lx_arch_machine[] = "x86_64";
const bool lx_arch_has_restorer = true;

uint64_t lx_arch_hwcap(void)
{
	uint32_t a = 1, b, c, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return d;
}

void lx_arch_clone_args(struct lx_clone_args *c, uint64_t flags, uint64_t stack, uint64_t ptid,
			uint64_t a3, uint64_t a4)
{
	*c = (struct lx_clone_args){
		.flags = flags, .stack = stack, .ptid = ptid, .ctid = a3, .tls = a4};
}

uint32_t lx_arch_open_flags(uint32_t user)
{
	return user;
}
uint32_t lx_arch_open_flags_back(uint32_t generic)
{
	return generic;
}
uint64_t lx_arch_sp_base(const struct arch_regs *r)
{
	return r->rsp - 128;
} /* red zone */
uint64_t lx_arch_trampoline(void)
{
	return 0;
}

const void *lx_arch_trampoline_code(size_t *n)
{
	*n = 0;
	return NULL;
}

void lx_arch_restart(struct arch_regs *r, uint64_t arg0)
{
	r->rax = r->orig_rax;
	r->rip -= 2;
}

struct lx_stat64 {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, pad;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	int64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns, unused[3];
};
static_assert(sizeof(struct lx_stat64) == 144, "struct stat");

static uint64_t dev_of(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | (uint64_t)major << 8 | (uint64_t)(minor & ~0xffu) << 12;
}

int lx_arch_put_stat(uintptr_t ubuf, const struct lx_statx *x)
{
	struct lx_stat64 s = {.dev = dev_of(x->dev_major, x->dev_minor),
			      .ino = x->ino,
			      .nlink = x->nlink,
			      .mode = x->mode,
			      .uid = x->uid,
			      .gid = x->gid,
			      .rdev = dev_of(x->rdev_major, x->rdev_minor),
			      .size = (int64_t)x->size,
			      .blksize = (int64_t)x->blksize,
			      .blocks = (int64_t)x->blocks,
			      .atime = x->atime.sec,
			      .atime_ns = x->atime.nsec,
			      .mtime = x->mtime.sec,
			      .mtime_ns = x->mtime.nsec,
			      .ctime = x->ctime.sec,
			      .ctime_ns = x->ctime.nsec};

	return copy_to_user(ubuf, &s, sizeof(s));
}

struct frame {
	uint64_t pretcode;
	uint64_t uc_flags, uc_link, ss_sp;
	int32_t ss_flags, pad;
	uint64_t ss_size;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip,
		eflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
	uint64_t mask;
	struct lx_siginfo info;
};
static_assert(__builtin_offsetof(struct frame, r8) - 8 == 40, "ucontext.mcontext");
static_assert(__builtin_offsetof(struct frame, mask) - 8 == 296, "ucontext.mask");

enum {
	FP_XSTATE_MAGIC1 = 0x46505853,
	FP_XSTATE_MAGIC2 = 0x46505845,
	SW_OFFSET = 464,
	XSAVE_HEADER_OFFSET = 512,
	MXCSR_OFFSET = 24,
	EFLAGS_USER = 0x50dd5,
	EFLAGS_FIXED = 0x202,
	UC_FP_XSTATE = 1,
	UC_SIGCONTEXT_SS = 2,
	UC_STRICT_RESTORE_SS = 4
};
struct fp_sw {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size, pad[7];
};

static int put_fpu(uint64_t at)
{
	struct fp_sw sw = {FP_XSTATE_MAGIC1, x86_fpu_size + 4, x86_fpu_mask, x86_fpu_size, {0}};
	uint32_t magic2 = FP_XSTATE_MAGIC2;

	x86_fpu_sync();
	return copy_to_user(at, current->arch.fpu, x86_fpu_size) ||
			       copy_to_user(at + SW_OFFSET, &sw, sizeof(sw)) ||
			       copy_to_user(at + x86_fpu_size, &magic2, 4)
		       ? -EFAULT
		       : 0;
}

int lx_arch_sigframe(struct arch_regs *r, int sig, const struct lx_sigaction *sa,
		     const struct lx_siginfo *info, uint64_t mask, uint64_t sp)
{
	const struct lx_thread *pub = lx_task()->pub;
	uint64_t fp = ALIGN_DOWN(sp - x86_fpu_size - 4, 64),
		 at = ALIGN_DOWN(fp - sizeof(struct frame), 16) - 8;
	struct frame f = {.pretcode = sa->restorer,
			  .uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
			  .ss_sp = pub->altstack.sp,
			  .ss_flags = (int32_t)pub->altstack.flags,
			  .ss_size = pub->altstack.size,
			  .r8 = r->r8,
			  .r9 = r->r9,
			  .r10 = r->r10,
			  .r11 = r->r11,
			  .r12 = r->r12,
			  .r13 = r->r13,
			  .r14 = r->r14,
			  .r15 = r->r15,
			  .rdi = r->rdi,
			  .rsi = r->rsi,
			  .rbp = r->rbp,
			  .rbx = r->rbx,
			  .rdx = r->rdx,
			  .rax = r->rax,
			  .rcx = r->rcx,
			  .rsp = r->rsp,
			  .rip = r->rip,
			  .eflags = r->rflags,
			  .cs = (uint16_t)r->cs,
			  .ss = (uint16_t)r->ss,
			  .fpstate = fp,
			  .mask = mask,
			  .info = *info};

	if (!(sa->flags & SA_RESTORER))
		return -EFAULT;
	if (put_fpu(fp) || copy_to_user(at, &f, sizeof(f)))
		return -EFAULT;
	r->rdi = (uint64_t)sig;
	r->rsi = at + __builtin_offsetof(struct frame, info);
	r->rdx = at + 8;
	r->rax = 0;
	r->rsp = at;
	r->rip = sa->handler;
	r->rflags &= ~(uint64_t)(1 << 10 | 1 << 8 | 1 << 16); /* DF TF RF */
	return 0;
}

/* The image comes from the program: features we do not have and reserved bits of the header and of MXCSR would fault in xrstor. */
static int get_fpu(uint64_t at)
{
	uint8_t *area = current->arch.fpu;
	uint64_t header[8];
	struct fp_sw sw;
	uint32_t mxcsr;

	if (!at) {
		arch_fpu_clear(current);
		return 0;
	}
	if ((at & 63) || copy_from_user(&sw, at + SW_OFFSET, sizeof(sw)))
		return -EFAULT;
	x86_fpu_sync();
	if (sw.magic1 != FP_XSTATE_MAGIC1 || sw.xstate_size != x86_fpu_size) {
		if (copy_from_user(area, at, XSAVE_HEADER_OFFSET))
			return -EFAULT;
	} else if (copy_from_user(area, at, x86_fpu_size)) {
		arch_fpu_clear(current);
		return -EFAULT;
	}
	memcpy(&mxcsr, area + MXCSR_OFFSET, 4);
	mxcsr &= 0xffff;
	memcpy(area + MXCSR_OFFSET, &mxcsr, 4);
	if (x86_fpu_size > XSAVE_HEADER_OFFSET + 64) {
		memset(header, 0, sizeof(header));
		memcpy(header, area + XSAVE_HEADER_OFFSET, 8);
		header[0] &= x86_fpu_mask;
		memcpy(area + XSAVE_HEADER_OFFSET, header, sizeof(header));
	}
	x86_fpu_reload();
	return 0;
}

int lx_arch_sigreturn(struct arch_regs *r, uint64_t *mask)
{
	struct frame f;

	if (copy_from_user(&f, r->rsp - 8, sizeof(f)) || get_fpu(f.fpstate) ||
	    f.rip >= ARCH_USER_END)
		return -EFAULT;
	r->r8 = f.r8;
	r->r9 = f.r9;
	r->r10 = f.r10;
	r->r11 = f.r11;
	r->r12 = f.r12;
	r->r13 = f.r13;
	r->r14 = f.r14;
	r->r15 = f.r15;
	r->rdi = f.rdi;
	r->rsi = f.rsi;
	r->rbp = f.rbp;
	r->rbx = f.rbx;
	r->rdx = f.rdx;
	r->rax = f.rax;
	r->rcx = f.rcx;
	r->rsp = f.rsp;
	r->rip = f.rip;
	r->rflags = (f.eflags & EFLAGS_USER) | EFLAGS_FIXED;
	r->orig_rax = ~0ull;
	*mask = f.mask;
	return 0;
}
