/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF validator: a good file is taken whole, each single fault is refused with the error it should have. */
#include <string.h>
#include <tessera/lib/elf.h>
#include <tessera/lib/errno.h>
#include "tap.h"

enum { FILE_SIZE = 0x3000, NPH = 6 };
static struct {
	struct elf64_ehdr eh;
	struct elf64_phdr ph[NPH];
	unsigned char rest[FILE_SIZE - 64 - NPH * 56];
} file;
static const struct elf_rules strict = {
	.machine = EM_RISCV, .va_min = 0x10000, .va_max = 1ULL << 38, .page_size = 4096};
static struct elf_rules rules;
static struct elf_image img;
static const char *reason;

static void make(void)
{
	memset(&file, 0, sizeof(file));
	rules = strict;
	memcpy(file.eh.e_ident, "\177ELF\2\1\1", 7);
	file.eh = (struct elf64_ehdr){
		.e_type = ET_EXEC,
		.e_machine = EM_RISCV,
		.e_version = 1,
		.e_entry = 0x400100,
		.e_phoff = 64,
		.e_ehsize = 64,
		.e_phentsize = 56,
		.e_phnum = NPH,
	};
	memcpy(file.eh.e_ident, "\177ELF\2\1\1", 7);
	file.ph[0] = (struct elf64_phdr){PT_PHDR, PF_R, 64, 0x400040, 0, NPH * 56, NPH * 56, 8};
	file.ph[1] =
		(struct elf64_phdr){PT_LOAD, PF_R | PF_X, 0, 0x400000, 0, 0x1800, 0x1800, 0x1000};
	file.ph[2] = (struct elf64_phdr){PT_LOAD, PF_R | PF_W, 0x2010, 0x402010,
					 0,	  0x20,	       0x3000, 0x1000};
	file.ph[3] = (struct elf64_phdr){PT_TLS, PF_R, 0x2010, 0x402010, 0, 0x10, 0x18, 16};
	file.ph[4] = (struct elf64_phdr){PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16};
	file.ph[5] = (struct elf64_phdr){PT_NOTE, PF_R, 0x200, 0x400200, 0, 24, 24, 4};
}

static int parse(void)
{
	/* only the headers are in memory */
	size_t head = 64 + NPH * 56;
	void *copy = malloc(head);
	int err;

	memcpy(copy, &file, head);
	reason = NULL;
	memset(&img, 0x5a, sizeof(img));
	err = elf_parse(copy, head, FILE_SIZE, &rules, &img, &reason);
	free(copy);
	return err;
}

static void test_good(void)
{
	make();
	REQUIRE(parse() == 0);
	CHECK(img.nr_segments == 2 && img.entry == 0x400100 && img.type == ET_EXEC &&
	      img.phnum == NPH && img.phdr_va == 0x400040);
	CHECK(img.segments[0].va == 0x400000 && img.segments[0].mem_size == 0x1800 &&
	      img.segments[0].flags == (PF_R | PF_X));
	CHECK(img.segments[1].va == 0x402010 && img.segments[1].file_size == 0x20 &&
	      img.segments[1].mem_size == 0x3000);
	CHECK(img.va_start == 0x400000 && img.va_end == 0x406000 && img.align == 0x1000);
	CHECK(img.tls_va == 0x402010 && img.tls_file_size == 0x10 && img.tls_mem_size == 0x18 &&
	      img.tls_align == 16);
	CHECK(img.note_offset == 0x200 && img.note_size == 24 && !img.interp_size &&
	      !img.exec_stack);
}

static bool refused(int err)
{
	return CHECK(parse() == err && reason && *(unsigned char *)&img == 0x5a);
}
#define FAULT(err, ...)                                                                     \
	do {                                                                                \
		make();                                                                     \
		__VA_ARGS__;                                                                \
		if (!refused(err))                                                          \
			printf("# with %s: %s\n", #__VA_ARGS__, reason ? reason : "taken"); \
	} while (0)

static void test_headers(void)
{
	FAULT(-ENOEXEC, file.eh.e_ident[0] = 0);
	FAULT(-ENOEXEC, file.eh.e_ident[4] = 1);
	FAULT(-ENOEXEC, file.eh.e_ident[5] = 2);
	FAULT(-ENOEXEC, file.eh.e_ident[6] = 0);
	FAULT(-ENOEXEC, file.eh.e_version = 2);
	FAULT(-ENOEXEC, file.eh.e_machine = EM_X86_64);
	FAULT(-ENOEXEC, file.eh.e_type = ET_REL);
	FAULT(-ENOEXEC, file.eh.e_type = ET_DYN);
	FAULT(-ENOEXEC, file.eh.e_phentsize = 32);
	FAULT(-ENOEXEC, file.eh.e_phnum = 0);
	FAULT(-ENOEXEC, file.eh.e_phnum = 0xffff);
	FAULT(-ENOEXEC, file.eh.e_phoff = FILE_SIZE - 10);
	FAULT(-ENOEXEC, file.eh.e_phoff = UINT64_MAX - 100);
	FAULT(-E2BIG, file.eh.e_phoff = 0x1000);
	FAULT(-ENOEXEC, file.ph[0].p_vaddr += 8);
	FAULT(-ENOEXEC, file.ph[0].p_offset += 8);
	for (size_t n = 0; n < 64; n++) {
		void *copy = malloc(n ? n : 1);

		memcpy(copy, &file, n);
		CHECK(elf_parse(copy, n, n, &rules, &img, &reason) == -ENOEXEC);
		free(copy);
	}
}

static void test_segments(void)
{
	FAULT(-ENOEXEC, file.ph[2].p_offset = 0x2ff0,
	      file.ph[2].p_vaddr = 0x402ff0); /* beyond the file */
	FAULT(-ENOEXEC, file.ph[2].p_offset = UINT64_MAX - 0xf);
	FAULT(-ENOEXEC, file.ph[2].p_filesz = 0x3001, file.ph[2].p_offset = 0x10);
	FAULT(-ENOEXEC, file.ph[2].p_memsz = 0x1f);
	FAULT(-EINVAL,
	      file.ph[2].p_memsz = UINT64_MAX - 0x402010); /* wraps when rounded to pages */
	FAULT(-EINVAL, file.ph[2].p_memsz = UINT64_MAX);
	FAULT(-ENOEXEC, file.ph[2].p_align = 0x3000);
	FAULT(-ENOEXEC, file.ph[2].p_align = 0x800000);
	FAULT(-ENOEXEC, file.ph[2].p_vaddr += 8);
	FAULT(-ENOEXEC, file.ph[2].p_vaddr += 8, file.ph[2].p_align = 8);
	FAULT(-EINVAL, file.ph[2].p_vaddr =
			       (1ULL << 38) - 0x1ff0 - 0x1000 + 0x1000); /* ends above the window */
	FAULT(-EINVAL, file.ph[1].p_vaddr = 0xf000, file.eh.e_entry = 0xf100);
	FAULT(-EINVAL, file.ph[2].p_vaddr = 0xffffffff80000010);
	FAULT(-EINVAL, file.ph[2].p_vaddr = 0x401010); /* shares the page of the first */
	FAULT(-EINVAL, file.ph[2].p_vaddr = 0x400010); /* overlaps it */
	FAULT(-EINVAL, file.ph[2].p_vaddr = 0x3f0010); /* order */
	FAULT(-EACCES, file.ph[2].p_flags |= PF_X);
	FAULT(-EACCES, file.ph[4].p_flags |= PF_X);
	FAULT(-EINVAL, file.eh.e_entry = 0x402010); /* not executable */
	FAULT(-EINVAL, file.eh.e_entry = 0x401800); /* one past the end */
	FAULT(-EINVAL, file.eh.e_entry = 0x3fffff);
	FAULT(-ENOEXEC, file.ph[1].p_type = PT_NULL, file.ph[2].p_type = PT_NULL,
	      file.ph[0].p_type = PT_NULL);
	FAULT(-ENOEXEC, file.ph[5].p_offset = FILE_SIZE);
	FAULT(-ENOEXEC, file.ph[3].p_align = 3);
	FAULT(-ENOEXEC, file.ph[3].p_memsz = 1);
	FAULT(-ENOEXEC, file.ph[5].p_type = PT_INTERP);
}

static void test_rules(void)
{
	make();
	rules.allow_dyn = rules.allow_interp = true;
	file.eh.e_type = ET_DYN;
	file.eh.e_entry = 0x100;
	for (unsigned i = 0; i < NPH; i++)
		if (file.ph[i].p_vaddr)
			file.ph[i].p_vaddr -= 0x400000;
	file.ph[5].p_type = PT_INTERP;
	REQUIRE(parse() == 0);
	CHECK(img.type == ET_DYN && img.va_start == 0 && img.interp_offset == 0x200 &&
	      img.interp_size == 24 && img.phdr_va == 0x40);
	rules.va_max = rules.va_min + 0x5000; /* its extent is 0x6000 */
	CHECK(parse() == -EINVAL);
	rules.va_max = rules.va_min + 0x6000;
	CHECK(parse() == 0);
	make();
	file.ph[2].p_vaddr = 0x401810;
	file.ph[2].p_offset = 0x1810;
	CHECK(parse() == -EINVAL);
	rules.allow_page_share = true;
	CHECK(parse() == 0);
	file.ph[2].p_vaddr = 0x4017f8; /* but never a byte */
	file.ph[2].p_offset = 0x17f8;
	CHECK(parse() == -EINVAL);
	make();
	file.ph[1].p_flags |= PF_W;
	file.ph[4].p_flags |= PF_X;
	rules.allow_wx = rules.allow_exec_stack = true;
	CHECK(parse() == 0 && img.exec_stack);
}

static void test_many_segments(void)
{
	static struct {
		struct elf64_ehdr eh;
		struct elf64_phdr ph[20];
	} many;

	for (unsigned n = 1; n <= 20; n++) {
		make();
		many.eh = file.eh;
		many.eh.e_phnum = (uint16_t)n;
		many.eh.e_entry = 0x400000;
		for (unsigned i = 0; i < n; i++)
			many.ph[i] = (struct elf64_phdr){PT_LOAD, PF_X, 0,  0x400000 + i * 0x1000u,
							 0,	  16,	16, 0x1000};
		CHECK(elf_parse(&many, sizeof(many), sizeof(many), &rules, &img, &reason) ==
		      (n <= ELF_SEGMENTS_MAX ? 0 : -E2BIG));
	}
}

static void test_notes(void)
{
	struct {
		struct elf64_nhdr a;
		char an[8];
		char ad[4];
		struct elf64_nhdr b;
		char bn[8];
		char bd[8];
	} notes = {
		{4, 3, 1}, "GNU", "abc", {8, 8, 7}, "Tessera", "payload",
	};
	const void *desc;
	size_t n;

	/* the first name is padded to 4, so the layout of a is tight */
	memmove(notes.an + 4, notes.ad, sizeof(notes) - offsetof(__typeof__(notes), ad));
	CHECK(elf_note_find(&notes, sizeof(notes) - 4, "Tessera", 7, &desc, &n) == 0 && n == 8 &&
	      !memcmp(desc, "payload", 8));
	CHECK(elf_note_find(&notes, sizeof(notes) - 4, "GNU", 1, &desc, &n) == 0 && n == 3 &&
	      !memcmp(desc, "abc", 3));
	CHECK(elf_note_find(&notes, sizeof(notes) - 4, "Tessera", 8, &desc, &n) == -ENOENT);
	CHECK(elf_note_find(&notes, sizeof(notes) - 5, "Tessera", 7, &desc, &n) == -EINVAL);
	notes.a.n_namesz = UINT32_MAX;
	CHECK(elf_note_find(&notes, sizeof(notes) - 4, "GNU", 1, &desc, &n) == -EINVAL);
}

static const struct tap_test tests[] = {
	{"a good file", test_good},
	{"headers", test_headers},
	{"segments", test_segments},
	{"rules", test_rules},
	{"number of segments", test_many_segments},
	{"notes", test_notes},
};
TAP_MAIN(tests)
