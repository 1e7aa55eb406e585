/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve, conducted here: look the file up at vfs, build the whole new space before anything is destroyed, then switch. Scripts are
 * followed up to five levels; the interpreter of a dynamic program is mapped beside it.
 */
#include "lx.h"
#include <srv/dir.rpc.h>
#include <srv/proc.rpc.h>
#include <tessera/ipc/upcalls.h>
#include <tessera/lib/elf.h>

int lx_open_exec(const char *path, int dirfd, uint32_t flags, struct conn **out,
		 struct exec_info *info);
struct pmo *lx_trampoline_pmo(void);

enum {
	HEAD = 4096,
	ARGS_MAX = 1024 * 1024,
	STRING_MAX = 131072,
	STACK_MIN = 132 * 1024,
	INTERP_DEPTH = 5,
	AT_FDCWD = -100,
	PATH_BYTES = 4096
};

struct strings {
	char *mem;
	size_t used, size;
	unsigned argc, envc;
}; /* argv then envp, NUL-terminated */

static int strings_add(struct strings *s, const char *text, size_t len)
{
	if (s->used + len + 1 > s->size)
		return -E2BIG;
	memcpy(s->mem + s->used, text, len);
	s->used += len;
	s->mem[s->used++] = 0;
	return 0;
}

static int strings_user(struct strings *s, uintptr_t uvec, unsigned *count)
{
	for (*count = 0; uvec; (*count)++) {
		uint64_t p;
		ssize_t n;

		if (user_load64(uvec + *count * 8ull, &p))
			return -EFAULT;
		if (!p)
			break;
		n = strncpy_from_user(s->mem + s->used, p,
				      MIN((size_t)STRING_MAX, s->size - s->used));
		if (n < 0)
			return n == -ENAMETOOLONG ? -E2BIG : (int)n;
		s->used += (size_t)n + 1;
	}
	return 0;
}

struct image {
	struct conn *file;
	struct elf_image elf;
	uint64_t bias;
	char *head;
	char interp[256];
};

static void image_drop(struct image *im)
{
	conn_put(im->file);
	kfree(im->head);
}

/* Open and parse; 0, -errno, or 1: a script (head holds its first line). */
static int image_open(struct image *im, const char *path, int dirfd, uint32_t flags, bool is_interp)
{
	struct elf_rules rules = {.machine = ELF_MACHINE,
				  .va_min = ARCH_USER_MIN,
				  .va_max = ARCH_USER_END - (1ull << 32),
				  .page_size = PAGE_SIZE,
				  .allow_dyn = true,
				  .allow_interp = !is_interp,
				  .allow_page_share = true,
				  .allow_wx = true,
				  .allow_exec_stack = true};
	struct exec_info info;
	const char *why;
	int64_t n;
	int err;

	memset(im, 0, sizeof(*im));
	err = lx_open_exec(path, dirfd, flags, &im->file, &info);
	if (err)
		return err;
	im->head = kzalloc(HEAD + 1);
	n = im->head ? lx_read_kernel(im->file, im->head, HEAD, 0) : -ENOMEM;
	if (n < 0)
		return (int)n;
	if (!is_interp && n >= 2 && im->head[0] == '#' && im->head[1] == '!')
		return 1;
	err = elf_parse(im->head, (size_t)n, info.size, &rules, &im->elf, &why);
	if (err)
		return is_interp ? -ELIBBAD : -ENOEXEC;
	if (im->elf.interp_size) {
		if (im->elf.interp_size > sizeof(im->interp))
			return -ENOEXEC;
		n = lx_read_kernel(im->file, im->interp, (size_t)im->elf.interp_size,
				   im->elf.interp_offset);
		if (n != (int64_t)im->elf.interp_size || im->interp[n - 1])
			return -ENOEXEC;
	}
	return 0;
}

static unsigned seg_prot(uint32_t f)
{
	return (f & PF_R ? VM_READ : 0) | (f & PF_W ? VM_WRITE | VM_READ : 0) |
	       (f & PF_X ? VM_EXEC : 0);
}

static int zero_tail(struct space *s, uint64_t va, uint64_t n)
{
	static const char zero[256];

	while (n) {
		size_t part = (size_t)MIN(n, (uint64_t)sizeof(zero));
		ssize_t done = space_copy(s, va, (void *)(uintptr_t)zero, part, true, true);

		if (done <= 0)
			return done ? (int)done : -EFAULT;
		va += (uint64_t)done;
		n -= (uint64_t)done;
	}
	return 0;
}

static int image_map(struct space *s, struct image *im, uint64_t *end)
{
	for (unsigned i = 0; i < im->elf.nr_segments; i++) {
		const struct elf_segment *g = &im->elf.segments[i];
		uint64_t va = im->bias + g->va, in = va % PAGE_SIZE, fend = va + g->file_size,
			 mend = va + g->mem_size;
		vaddr_t at = va - in, top = ALIGN_UP(fend, PAGE_SIZE);
		int err = 0;

		if (g->file_size)
			err = space_map_obj(s, &at, top - at, seg_prot(g->flags), AS_FIXED, 0,
					    im->file->pmo, g->file_offset - in,
					    im->file->ofd.cookie[0]);
		else
			top = at;
		if (!err && mend > fend && fend < top && (g->flags & PF_W))
			err = zero_tail(s, fend, MIN(top, mend) - fend);
		if (!err && ALIGN_UP(mend, PAGE_SIZE) > top) {
			at = top;
			err = space_map_anon(s, &at, ALIGN_UP(mend, PAGE_SIZE) - top,
					     seg_prot(g->flags), AS_FIXED, 0);
		}
		if (err)
			return err;
		*end = MAX(*end, mend);
	}
	return 0;
}

static uint64_t random_pages(unsigned bits)
{
	uint64_t v;

	if (lx_task()->pub->personality & 0x0040000) /* ADDR_NO_RANDOMIZE */
		return 0;
	ipc_upcalls.random(&v, sizeof(v));
	return (v & ((1ull << bits) - 1)) * PAGE_SIZE;
}

enum {
	AT_PHDR = 3,
	AT_PHENT,
	AT_PHNUM,
	AT_PAGESZ,
	AT_BASE,
	AT_FLAGS,
	AT_ENTRY,
	AT_UID = 11,
	AT_EUID,
	AT_GID,
	AT_EGID,
	AT_PLATFORM,
	AT_HWCAP,
	AT_CLKTCK,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_HWCAP2,
	AT_EXECFN = 31,
	AT_MINSIGSTKSZ = 51
};

struct built {
	struct space *space;
	uint64_t entry, sp;
};

static int put(struct space *s, uint64_t va, const void *p, size_t n)
{
	return space_copy(s, va, (void *)(uintptr_t)p, n, true, false) == (ssize_t)n ? 0 : -EFAULT;
}

/* Strings, auxv, envp, argv, argc at the top of the new stack. */
static int stack_fill(struct built *b, const struct strings *st, const char *execfn,
		      const struct image *im, uint64_t base, uint64_t top)
{
	const struct lx_cred *cr = lx_task()->cred;
	struct lx_group *g = lx_task()->group;
	uint64_t fn, rnd, plat, strs, sp, n = 0, aux, p, *words;
	size_t fnlen = strlen(execfn) + 1, platlen = strlen(lx_arch_machine) + 1, count;
	uint8_t random[16];
	int err;

	ipc_upcalls.random(random, sizeof(random));
	fn = top - 8 - fnlen;
	strs = fn - st->used;
	plat = strs - platlen;
	rnd = ALIGN_DOWN(plat - 16, 16);
	count = 1 + st->argc + 1 + st->envc + 1 + 2 * 20;
	sp = ALIGN_DOWN(rnd - count * 8, 16);
	words = kzalloc(count * 8);
	if (!words)
		return -ENOMEM;
	words[n++] = st->argc;
	p = strs;
	for (unsigned i = 0; i < st->argc + st->envc; i++) {
		if (i == st->argc)
			words[n++] = 0;
		words[n++] = p;
		p += strlen(st->mem + (p - strs)) + 1;
		if (i + 1 == st->argc)
			g->arg_end = p;
	}
	if (!st->envc)
		words[n++] = 0;
	words[n++] = 0;
	aux = n;
#define AUX(k, v) (words[n++] = (k), words[n++] = (v))
	AUX(AT_HWCAP, lx_arch_hwcap());
	AUX(AT_PAGESZ, PAGE_SIZE);
	AUX(AT_CLKTCK, 100);
	AUX(AT_PHDR, im->elf.phdr_va ? im->bias + im->elf.phdr_va : 0);
	AUX(AT_PHENT, 56);
	AUX(AT_PHNUM, im->elf.phnum);
	AUX(AT_BASE, base);
	AUX(AT_FLAGS, 0);
	AUX(AT_ENTRY, im->bias + im->elf.entry);
	AUX(AT_UID, cr->uid);
	AUX(AT_EUID, cr->euid);
	AUX(AT_GID, cr->gid);
	AUX(AT_EGID, cr->egid);
	AUX(AT_SECURE, 0);
	AUX(AT_RANDOM, rnd);
	AUX(AT_EXECFN, fn);
	AUX(AT_PLATFORM, plat);
	AUX(0, 0);
#undef AUX
	memcpy(g->pub->auxv, words + aux, MIN(sizeof(g->pub->auxv), (size_t)(n - aux) * 8));
	g->arg_start = strs;
	g->env_start = g->arg_end;
	g->env_end = strs + st->used;
	err = put(b->space, sp, words, count * 8);
	if (!err)
		err = put(b->space, strs, st->mem, st->used);
	if (!err)
		err = put(b->space, fn, execfn, fnlen);
	if (!err)
		err = put(b->space, plat, lx_arch_machine, platlen);
	if (!err)
		err = put(b->space, rnd, random, sizeof(random));
	kfree(words);
	b->sp = sp;
	return err;
}

static int build(struct built *b, struct image *im, struct image *interp, const struct strings *st,
		 const char *execfn)
{
	uint64_t top = ALIGN_DOWN(ARCH_USER_END - PAGE_SIZE - random_pages(14), PAGE_SIZE), end = 0,
		 iend = 0, base = 0;
	uint64_t stack =
		MIN(MAX(lx_task()->group->pub->rlimit[3].cur, (uint64_t)STACK_MIN), 64ull << 20);
	struct as_op op = {.op = AS_MAP,
			   .prot = VM_READ | VM_WRITE,
			   .kind = RANGE_ANON,
			   .flags = AS_FIXED,
			   .rflags = RANGE_GROWSDOWN};
	struct space_policy pol;
	vaddr_t at;
	int err;

	b->space = space_create(NULL);
	if (!b->space)
		return -ENOMEM;
	space_policy_get(b->space, &pol);
	pol.mmap_top = ALIGN_DOWN(top - stack - (1 << 20) - random_pages(16), PAGE_SIZE);
	pol.stack_max = stack;
	space_policy_set(b->space, &pol);
	op.size = ALIGN_UP(st->used + STACK_MIN, PAGE_SIZE);
	op.addr = top - op.size;
	op.limit = ALIGN_DOWN(top - MAX(stack, op.size), PAGE_SIZE);
	err = space_update(b->space, &op, 1, NULL);
	if (!err && im->elf.type == ET_DYN)
		im->bias =
			ALIGN_UP(ARCH_USER_END / 3 * (im->interp[0] ? 2 : 1) / 2 + random_pages(16),
				 MAX(im->elf.align, (uint64_t)PAGE_SIZE)) -
			im->elf.va_start;
	if (!err)
		err = image_map(b->space, im, &end);
	b->entry = im->bias + im->elf.entry;
	if (!err && interp->file) {
		at = 0;
		err = space_map_anon(b->space, &at, interp->elf.va_end - interp->elf.va_start,
				     VM_READ, 0, 0);
		interp->bias = base = at - interp->elf.va_start;
		if (!err)
			err = image_map(b->space, interp, &iend);
		b->entry = interp->bias + interp->elf.entry;
	}
	if (!err && lx_arch_trampoline()) {
		at = lx_arch_trampoline();
		err = space_map_obj(b->space, &at, PAGE_SIZE, VM_READ | VM_EXEC, AS_FIXED,
				    RANGE_SHARED, lx_trampoline_pmo(), 0, 0);
	}
	if (!err)
		space_brk_init(b->space, ALIGN_UP(end, PAGE_SIZE) + random_pages(10));
	if (!err)
		err = stack_fill(b, st, execfn, im, base, top);
	if (err)
		space_put(b->space);
	return err;
}

/* The point of no return: nothing fails any more. */
static void commit(struct built *b, const char *path)
{
	struct lx_task *t = lx_task();
	struct lx_group *g = t->group;
	struct space *old = current->space;
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	uint64_t args[RPC_ARGS] = {g->pub->pid};
	struct arch_regs *r = arch_thread_regs(current);
	struct act a;

	thread_set_space(b->space);
	if (t->vfork) {
		complete(t->vfork);
		t->vfork = NULL;
	}
	if (old)
		space_put(old);
	fdtab_close_exec(t->fdtab);
	lx_actions_exec(t->actions);
	memset(&t->pub->altstack, 0, sizeof(t->pub->altstack));
	t->pub->altstack.flags = SS_DISABLE;
	t->pub->clear_tid = t->pub->robust_head = t->pub->rseq_ptr = 0;
	memset(t->pub->comm, 0, sizeof(t->pub->comm));
	memcpy(t->pub->comm, base, MIN(strlen(base), (size_t)15));
	memcpy(current->name, t->pub->comm, sizeof(t->pub->comm));
	memset(g->exe, 0, sizeof(g->exe));
	memcpy(g->exe, path, MIN(strlen(path), sizeof(g->exe) - 1));
	act_init(&a, endpoint_control("proc"));
	(void)rpc_call(&a, PROC_execed, args);
	arch_regs_init_user(r, b->entry, b->sp);
	arch_fpu_clear(current);
	arch_tls_set(current, 0);
	t->in_syscall = false;
}

/* De-thread: the others die first. Only the leader may exec while there are several threads. */
static int alone(void)
{
	struct lx_group *g = lx_task()->group;

	return READ_ONCE(g->ntasks) > 1 ? -EAGAIN : 0;
}

/* Put "interpreter [argument] path" before the arguments in place of argv[0]. */
static int script_args(struct strings *s, const char *line, const char *path, char *interp)
{
	size_t skip = s->argc ? strlen(s->mem) + 1 : 0, len, ilen, alen;
	const char *p = line + 2, *end, *iend, *arg, *aend;
	char *rest;
	int err;

	for (end = p; *end && *end != '\n'; end++)
		;
	if (!*end)
		return -ENOEXEC;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	for (iend = p; iend < end && *iend != ' ' && *iend != '\t'; iend++)
		;
	for (arg = iend; arg < end && (*arg == ' ' || *arg == '\t'); arg++)
		;
	for (aend = end; aend > arg && (aend[-1] == ' ' || aend[-1] == '\t'); aend--)
		;
	ilen = (size_t)(iend - p);
	alen = (size_t)(aend - arg);
	if (!ilen || ilen >= 256)
		return -ENOEXEC;
	len = s->used - skip;
	rest = kmalloc(len ? len : 1);
	if (!rest)
		return -ENOMEM;
	memcpy(rest, s->mem + skip, len);
	s->used = 0;
	memcpy(interp, p, ilen);
	interp[ilen] = 0;
	err = strings_add(s, p, ilen);
	if (!err && alen)
		err = strings_add(s, arg, alen);
	if (!err)
		err = strings_add(s, path, strlen(path));
	if (!err && s->used + len > s->size)
		err = -E2BIG;
	if (!err) {
		memcpy(s->mem + s->used, rest, len);
		s->used += len;
		s->argc = (s->argc ? s->argc - 1 : 0) + 2 + (alen != 0);
	}
	kfree(rest);
	return err;
}

static int do_exec(const char *path, int dirfd, uint32_t flags, struct strings *st)
{
	struct image im = {0}, interp = {0};
	char script[256];
	const char *open_as = path;
	struct built b = {0};
	int err = alone(), depth = 0;

	if (err)
		return err;
	for (;;) {
		err = image_open(&im, open_as, dirfd, flags, false);
		if (err != 1)
			break;
		if (++depth > INTERP_DEPTH) {
			err = -ELOOP;
			break;
		}
		err = script_args(st, im.head, open_as, script);
		image_drop(&im);
		memset(&im, 0, sizeof(im));
		if (err)
			break;
		open_as = script;
		dirfd = AT_FDCWD;
		flags = 0;
	}
	if (!err && im.interp[0])
		err = image_open(&interp, im.interp, AT_FDCWD, 0, true);
	if (!err)
		err = build(&b, &im, &interp, st, path);
	image_drop(&im);
	image_drop(&interp);
	if (!err)
		commit(&b, open_as);
	return err;
}

static int strings_init(struct strings *s)
{
	memset(s, 0, sizeof(*s));
	s->size = ARGS_MAX;
	s->mem = srv_alloc(ARGS_MAX);
	return s->mem ? 0 : -ENOMEM;
}

int64_t lx_execveat(int dirfd, uintptr_t upath, uintptr_t argv, uintptr_t envp, uint32_t flags)
{
	struct strings st;
	char *path;
	int err;

	if (flags & ~0x1100u)
		return -EINVAL;
	err = lx_path_get(upath, &path);
	if (err)
		return err;
	if (!path[0] && !(flags & 0x1000)) {
		lx_path_put(path);
		return -ENOENT;
	}
	err = strings_init(&st);
	if (!err)
		err = strings_user(&st, argv, &st.argc);
	if (!err && !st.argc) {
		err = strings_add(&st, "", 0);
		st.argc = 1;
	}
	if (!err)
		err = strings_user(&st, envp, &st.envc);
	if (!err)
		err = do_exec(path, dirfd, flags, &st);
	srv_free(st.mem);
	lx_path_put(path);
	return err;
}

int64_t lx_execve(uintptr_t path, uintptr_t argv, uintptr_t envp)
{
	return lx_execveat(AT_FDCWD, path, argv, envp, 0);
}

/* The first program, from the core: the current thread has a task and no space yet. */
int lx_exec_first(const char *path, const char *const *argv, const char *const *envp);
int lx_exec_first(const char *path, const char *const *argv, const char *const *envp)
{
	struct strings st;
	int err = strings_init(&st);

	for (; !err && argv[st.argc]; st.argc++)
		err = strings_add(&st, argv[st.argc], strlen(argv[st.argc]));
	for (; !err && envp[st.envc]; st.envc++)
		err = strings_add(&st, envp[st.envc], strlen(envp[st.envc]));
	if (!err)
		err = do_exec(path, AT_FDCWD, 0, &st);
	srv_free(st.mem);
	return err;
}
