/* SPDX-License-Identifier: BSD-2-Clause */
/* riscv64: system-call details, signal frames (rt_sigframe of the Linux ABI: siginfo, ucontext with pc, x1..x31 and the D state). */
#include "compat/linux/shim/lx.h"

const char lx_arch_machine[] = "riscv64";
const bool lx_arch_has_restorer = false;
enum { TRAMPOLINE_VA_BELOW_TOP = PAGE_SIZE };

uint64_t lx_arch_hwcap(void)
{
	return 1u << ('i' - 'a') | 1u << ('m' - 'a') | 1u << ('a' - 'a') | 1u << ('f' - 'a') |
	       1u << ('d' - 'a') | 1u << ('c' - 'a');
}

void lx_arch_clone_args(struct lx_clone_args *c, uint64_t flags, uint64_t stack, uint64_t ptid,
			uint64_t a3, uint64_t a4)
{
	*c = (struct lx_clone_args){
		.flags = flags, .stack = stack, .ptid = ptid, .tls = a3, .ctid = a4};
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
	return r->sp;
}
uint64_t lx_arch_trampoline(void)
{
	return ARCH_USER_END - TRAMPOLINE_VA_BELOW_TOP;
}

const void *lx_arch_trampoline_code(size_t *n)
{
	static const uint32_t code[] = {0x08b00893 /* li a7, 139 */, 0x00000073 /* ecall */};

	*n = sizeof(code);
	return code;
}

void lx_arch_restart(struct arch_regs *r, uint64_t arg0)
{
	r->a[0] = arg0;
	r->pc -= 4;
}

struct frame {
	struct lx_siginfo info;
	uint64_t uc_flags, uc_link, ss_sp;
	int32_t ss_flags, pad;
	uint64_t ss_size, mask;
	uint8_t unused[120];
	uint64_t pad2;
	uint64_t gregs[32];
	uint64_t f[32];
	uint32_t fcsr;
	uint8_t reserved[268];
};
static_assert(__builtin_offsetof(struct frame, mask) - 128 == 40, "ucontext.mask");
static_assert(__builtin_offsetof(struct frame, gregs) - 128 == 176, "ucontext.mcontext");
static_assert(sizeof(struct frame) - 128 - 176 - 256 == 528, "fp state");

int lx_arch_sigframe(struct arch_regs *r, int sig, const struct lx_sigaction *sa,
		     const struct lx_siginfo *info, uint64_t mask, uint64_t sp)
{
	const struct lx_thread *pub = lx_task()->pub;
	struct frame *f = kzalloc(sizeof(*f));
	struct arch_fpu fpu;
	uint64_t at = ALIGN_DOWN(sp - sizeof(*f), 16);
	int err;

	if (!f)
		return -ENOMEM;
	f->info = *info;
	f->ss_sp = pub->altstack.sp;
	f->ss_flags = (int32_t)pub->altstack.flags;
	f->ss_size = pub->altstack.size;
	f->mask = mask;
	memcpy(f->gregs, &r->pc, sizeof(f->gregs));
	riscv_fpu_get(&fpu);
	memcpy(f->f, fpu.f, sizeof(f->f));
	f->fcsr = (uint32_t)fpu.fcsr;
	err = copy_to_user(at, f, sizeof(*f));
	kfree(f);
	if (err)
		return err;
	r->ra = lx_arch_trampoline();
	r->sp = at;
	r->pc = sa->handler;
	r->a[0] = (uint64_t)sig;
	r->a[1] = at;
	r->a[2] = at + 128;
	return 0;
}

int lx_arch_sigreturn(struct arch_regs *r, uint64_t *mask)
{
	struct frame *f = kmalloc(sizeof(*f));
	struct arch_fpu fpu = {0};
	int err = f ? copy_from_user(f, r->sp, sizeof(*f)) : -ENOMEM;

	if (!err) {
		memcpy(&r->pc, f->gregs, sizeof(f->gregs));
		*mask = f->mask;
		memcpy(fpu.f, f->f, sizeof(f->f));
		fpu.fcsr = f->fcsr & 0xff;
		riscv_fpu_set(&fpu);
	}
	kfree(f);
	return err;
}
