/* SPDX-License-Identifier: BSD-2-Clause */
/* aarch64: system-call details, open flags of its own, signal frames (siginfo, ucontext with an FPSIMD record, frame record above). */
#include "compat/linux/shim/lx.h"

const char lx_arch_machine[] = "aarch64";
const bool lx_arch_has_restorer = true;

uint64_t lx_arch_hwcap(void)
{
	return 3; /* FP, ASIMD: what signal frames and switches keep; ID registers are not emulated, so no CPUID */
}

void lx_arch_clone_args(struct lx_clone_args *c, uint64_t flags, uint64_t stack, uint64_t ptid,
			uint64_t a3, uint64_t a4)
{
	*c = (struct lx_clone_args){
		.flags = flags, .stack = stack, .ptid = ptid, .tls = a3, .ctid = a4};
}

/* O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE have their own values here */
static const struct {
	uint32_t arm, generic;
} open_map[] = {{040000, 0200000}, {0100000, 0400000}, {0200000, 040000}, {0400000, 0100000}};
enum { OPEN_MOVED = 040000 | 0100000 | 0200000 | 0400000 };

uint32_t lx_arch_open_flags(uint32_t user)
{
	uint32_t f = user & ~(uint32_t)OPEN_MOVED;

	for (unsigned i = 0; i < ARRAY_SIZE(open_map); i++)
		f |= user & open_map[i].arm ? open_map[i].generic : 0;
	return f;
}

uint32_t lx_arch_open_flags_back(uint32_t generic)
{
	uint32_t f = generic & ~(uint32_t)OPEN_MOVED;

	for (unsigned i = 0; i < ARRAY_SIZE(open_map); i++)
		f |= generic & open_map[i].generic ? open_map[i].arm : 0;
	return f;
}

uint64_t lx_arch_sp_base(const struct arch_regs *r)
{
	return r->sp;
}
uint64_t lx_arch_trampoline(void)
{
	return ARCH_USER_END - PAGE_SIZE;
}

const void *lx_arch_trampoline_code(size_t *n)
{
	static const uint32_t code[] = {0xd2801168 /* mov x8, #139 */, 0xd4000001 /* svc #0 */};

	*n = sizeof(code);
	return code;
}

void lx_arch_restart(struct arch_regs *r, uint64_t arg0)
{
	r->x[0] = arg0;
	r->pc -= 4;
}

struct fpsimd {
	uint32_t magic, size, fpsr, fpcr;
	uint64_t v[64];
};
struct frame {
	struct lx_siginfo info;
	uint64_t uc_flags, uc_link, ss_sp;
	int32_t ss_flags, pad;
	uint64_t ss_size, mask;
	uint8_t unused[120];
	uint64_t pad2;
	uint64_t fault, x[31], sp, pc, pstate, pad3;
	union {
		struct {
			struct fpsimd fp;
			uint64_t end;
		};
		uint8_t reserved[4096];
	};
	uint64_t frame_fp, lr;
};
static_assert(__builtin_offsetof(struct frame, mask) - 128 == 40, "ucontext.mask");
static_assert(__builtin_offsetof(struct frame, fault) - 128 == 176, "ucontext.mcontext");
static_assert(__builtin_offsetof(struct frame, reserved) % 16 == 0, "records are aligned");
enum { FPSIMD_MAGIC = 0x46508001, PSTATE_USER = (int)0xf0000000u };

int lx_arch_sigframe(struct arch_regs *r, int sig, const struct lx_sigaction *sa,
		     const struct lx_siginfo *info, uint64_t mask, uint64_t sp)
{
	const struct lx_thread *pub = lx_task()->pub;
	struct frame *f = kzalloc(sizeof(*f));
	uint64_t at = ALIGN_DOWN(sp - sizeof(*f), 16);
	struct arm_fpu fpu;
	int err;

	if (!f)
		return -ENOMEM;
	f->info = *info;
	f->ss_sp = pub->altstack.sp;
	f->ss_flags = (int32_t)pub->altstack.flags;
	f->ss_size = pub->altstack.size;
	f->mask = mask;
	memcpy(f->x, r->x, sizeof(f->x));
	f->sp = r->sp;
	f->pc = r->pc;
	f->pstate = r->pstate;
	arm_fpu_get(&fpu);
	f->fp.magic = FPSIMD_MAGIC;
	f->fp.size = sizeof(f->fp);
	f->fp.fpsr = (uint32_t)fpu.fpsr;
	f->fp.fpcr = (uint32_t)fpu.fpcr;
	memcpy(f->fp.v, fpu.v, sizeof(fpu.v));
	f->frame_fp = r->x[29];
	f->lr = r->x[30];
	err = copy_to_user(at, f, sizeof(*f));
	kfree(f);
	if (err)
		return err;
	r->x[29] = at + __builtin_offsetof(struct frame, frame_fp);
	r->x[30] = sa->flags & SA_RESTORER ? sa->restorer : lx_arch_trampoline();
	r->x[0] = (uint64_t)sig;
	r->x[1] = at;
	r->x[2] = at + 128;
	r->sp = at;
	r->pc = sa->handler;
	return 0;
}

int lx_arch_sigreturn(struct arch_regs *r, uint64_t *mask)
{
	struct frame *f = kmalloc(sizeof(*f));
	struct arm_fpu fpu = {0};
	int err = f ? copy_from_user(f, r->sp, sizeof(*f)) : -ENOMEM;

	if (!err && ((r->sp & 15) || f->fp.magic != FPSIMD_MAGIC || f->fp.size != sizeof(f->fp)))
		err = -EFAULT;
	if (!err) {
		memcpy(r->x, f->x, sizeof(f->x));
		r->sp = f->sp;
		r->pc = f->pc;
		r->pstate = (r->pstate & ~(uint64_t)(uint32_t)PSTATE_USER) |
			    (f->pstate & (uint32_t)PSTATE_USER);
		*mask = f->mask;
		fpu.fpsr = f->fp.fpsr;
		fpu.fpcr = f->fp.fpcr;
		memcpy(fpu.v, f->fp.v, sizeof(fpu.v));
		arm_fpu_set(&fpu);
	}
	kfree(f);
	return err;
}
