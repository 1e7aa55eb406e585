/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of the boot archive: loading static images into a space of their own; the root process, with which the core's start ends. */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <tessera/calls.h>
#include <tessera/lib/cpio.h>
#include <tessera/lib/elf.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/mm/page.h>
#include <tessera/mm/space.h>
#include "kernel.h"
#include "process.h"

enum { USER_STACK_SIZE = 256 * 1024, ARG_MAX = 1024 };

const void *root_archive(size_t *size)
{
	*size = (size_t)boot_info.archive.size;
	return *size ? phys_to_virt(boot_info.archive.base) : NULL;
}

static unsigned segment_prot(uint32_t flags)
{
	return (flags & PF_R ? VM_READ : 0) | (flags & PF_W ? VM_WRITE : 0) | (flags & PF_X ? VM_EXEC : 0);
}

/** Map one segment and copy its bytes in. Writable while it is filled; @s is not loaded anywhere yet. */
static int load_segment(struct space *s, const struct elf_segment *seg, const char *file)
{
	vaddr_t start = ALIGN_DOWN(seg->va, PAGE_SIZE), end = ALIGN_UP(seg->va + seg->mem_size, PAGE_SIZE), at = start;
	unsigned prot = segment_prot(seg->flags);
	ssize_t n;
	int ret;

	ret = space_map_anon(s, &at, end - start, VM_READ | VM_WRITE, AS_FIXED | AS_NOREPLACE, 0);
	if (ret)
		return ret;
	if (seg->file_size) {
		n = space_copy(s, seg->va, (void *)(uintptr_t)(file + seg->file_offset), seg->file_size, true, false);
		if (n != (ssize_t)seg->file_size)
			return n < 0 ? (int)n : -EFAULT;
	}
	return prot == (VM_READ | VM_WRITE) ? 0 : space_protect(s, start, end - start, prot);
}

/** Stack with the argument text and struct call_start at its top; *@sp is the latter's address. */
static int make_stack(struct space *s, const char *arg, vaddr_t *sp)
{
	vaddr_t base = ALIGN_DOWN(ARCH_USER_END - 16 * USER_STACK_SIZE, PAGE_SIZE), top;
	struct call_start start = { .arg_len = strnlen(arg, ARG_MAX) };
	char text[ARG_MAX + 1];
	int ret = space_map_anon(s, &base, USER_STACK_SIZE, VM_READ | VM_WRITE, AS_FIXED | AS_NOREPLACE, 0);

	if (ret)
		return ret;
	memcpy(text, arg, start.arg_len);
	text[start.arg_len] = '\0';
	top = base + USER_STACK_SIZE;
	start.arg = top - ALIGN_UP(start.arg_len + 1, 16);
	*sp = start.arg - ALIGN_UP(sizeof(start), 16);
	if (space_copy(s, start.arg, text, start.arg_len + 1, true, false) < 0 ||
	    space_copy(s, *sp, &start, sizeof(start), true, false) < 0)
		return -ENOMEM;
	return 0;
}

static int load_image(struct space *s, const struct cpio_entry *e, uint64_t *entry, const char **why)
{
	const struct elf_rules rules = {
		.machine = ELF_MACHINE, .va_min = ARCH_USER_MIN, .va_max = ARCH_USER_END - 32 * USER_STACK_SIZE,
		.page_size = PAGE_SIZE,
	};
	struct elf_image img;
	int ret = elf_parse(e->data, e->size, e->size, &rules, &img, why);

	if (ret)
		return -ENOEXEC;
	*why = "no memory for it";
	for (uint32_t i = 0; i < img.nr_segments; i++) {
		ret = load_segment(s, &img.segments[i], e->data);
		if (ret)
			return ret == -ENOMEM ? ret : -ENOEXEC;
	}
	*entry = img.entry;
	return 0;
}

int process_spawn(const char *name, const char *arg, bool root, struct process **out, const char **why)
{
	struct cpio_entry e;
	struct process *p;
	struct thread *t;
	uint64_t entry;
	const void *archive;
	size_t size;
	vaddr_t sp;
	int ret;

	*why = "no boot archive";
	archive = root_archive(&size);
	if (!archive)
		return -ENOENT;
	*why = "not in the boot archive";
	ret = cpio_find(archive, size, name, &e, why);
	if (ret)
		return ret == -EINVAL ? -ENOEXEC : ret;
	*why = "no memory for it";
	p = process_new(root);
	if (!p)
		return -ENOMEM;
	ret = load_image(p->space, &e, &entry, why);
	if (ret)
		goto out_put;
	ret = make_stack(p->space, arg, &sp);
	if (ret)
		goto out_put;
	t = process_add_thread(p, name + (strrchr(name, '/') ? strrchr(name, '/') - name + 1 : 0), entry, sp, sp);
	if (!t) {
		ret = -ENOMEM;
		goto out_put;
	}
	process_list(p);
	thread_start(t);
	thread_unref(t);
	*out = p;
	return 0;
out_put:
	process_put(p);
	return ret;
}

int root_run(const char *arg)
{
	const char *name = option_get("root"), *why;
	struct process *p;
	int ret;

	if (!name || !*name)
		name = "tessera/root";
	if (option_get("crash"))
		arg = "crash";
	ret = process_spawn(name, arg, true, &p, &why);
	if (ret)
		boot_fail("root process %s: %s (error %d)", name, why, ret);
	wait_for_completion(&p->exited);
	if (p->fault)
		panic("root process was killed by a fault");
	ret = p->code;
	(void)process_forget(p);
	process_put(p);
	return ret;
}
