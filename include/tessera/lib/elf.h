/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 layouts (System V gABI, chapter 4 and 5) and a validator of executables: nothing of the file is believed; what
 * elf_parse() hands out has been checked.
 */
#ifndef TESSERA_LIB_ELF_H
#define TESSERA_LIB_ELF_H
#include <tessera/lib/types.h>

enum { ELF_CLASS_64 = 2, ELF_DATA_LSB = 1, ELF_VERSION_CURRENT = 1 };
enum { ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4 };
enum { EM_386 = 3, EM_ARM = 40, EM_X86_64 = 62, EM_AARCH64 = 183, EM_RISCV = 243 };
enum { PF_X = 1, PF_W = 2, PF_R = 4 };
enum {
	PT_NULL, PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_SHLIB, PT_PHDR, PT_TLS,
	PT_GNU_EH_FRAME = 0x6474e550, PT_GNU_STACK = 0x6474e551, PT_GNU_RELRO = 0x6474e552, PT_GNU_PROPERTY = 0x6474e553,
};

struct elf64_ehdr {
	unsigned char e_ident[16];	/* 0x7f 'E' 'L' 'F', class, data, version, OS ABI, ABI version, padding */
	uint16_t e_type, e_machine;
	uint32_t e_version;
	uint64_t e_entry, e_phoff, e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};
struct elf64_phdr {
	uint32_t p_type, p_flags;
	uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
};
struct elf64_shdr {
	uint32_t sh_name, sh_type;
	uint64_t sh_flags, sh_addr, sh_offset, sh_size;
	uint32_t sh_link, sh_info;
	uint64_t sh_addralign, sh_entsize;
};
struct elf64_sym {
	uint32_t st_name;
	unsigned char st_info, st_other;
	uint16_t st_shndx;
	uint64_t st_value, st_size;
};
struct elf64_nhdr { uint32_t n_namesz, n_descsz, n_type; };
static_assert(sizeof(struct elf64_ehdr) == 64, "elf64_ehdr layout");
static_assert(sizeof(struct elf64_phdr) == 56, "elf64_phdr layout");
static_assert(sizeof(struct elf64_sym) == 24, "elf64_sym layout");

/* What the running architecture executes */
#if defined(__x86_64__)
#define ELF_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define ELF_MACHINE EM_AARCH64
#elif defined(__riscv)
#define ELF_MACHINE EM_RISCV
#endif

enum { ELF_SEGMENTS_MAX = 16 };

/** What the caller accepts. */
struct elf_rules {
	uint16_t machine;		/* EM_* */
	uint64_t va_min, va_max;	/* segments of ET_EXEC lie in [va_min, va_max); of ET_DYN, extent is at most va_max - va_min */
	uint64_t page_size;		/* power of two */
	bool allow_dyn;			/* ET_DYN (position independent) besides ET_EXEC */
	bool allow_interp;		/* PT_INTERP */
	bool allow_page_share;		/* two segments may have bytes in one page (old linkers) */
	bool allow_wx;			/* a segment may be writable and executable */
	bool allow_exec_stack;		/* PT_GNU_STACK may ask for PF_X */
};

/** A checked PT_LOAD: non-empty, in bounds of file and window, offset congruent to address modulo the page size. */
struct elf_segment {
	uint64_t va, mem_size;		/* bytes */
	uint64_t file_offset, file_size;
	uint32_t flags;			/* PF_* */
};

/** The result. Addresses of an ET_DYN image are relative to where it is loaded. */
struct elf_image {
	uint16_t type;			/* ET_EXEC or ET_DYN */
	uint16_t phnum;
	uint32_t nr_segments;
	struct elf_segment segments[ELF_SEGMENTS_MAX];	/* ascending, disjoint */
	uint64_t entry;			/* inside an executable segment's file bytes or memory */
	uint64_t va_start, va_end;	/* page-rounded extent */
	uint64_t align;			/* largest p_align of a segment, at least the page size */
	uint64_t phoff;			/* file offset of the program headers (phnum of them) */
	uint64_t phdr_va;		/* address of the program headers in memory, 0: not loaded */
	uint64_t interp_offset, interp_size;	/* PT_INTERP path in the file, size with the final NUL; 0: none */
	uint64_t note_offset, note_size;	/* first PT_NOTE; 0: none */
	uint64_t tls_va, tls_file_size, tls_mem_size, tls_align;	/* PT_TLS; mem size 0: none */
	bool exec_stack;
};

/**
 * Check the executable whose first @head_len bytes are at @head (aligned or not) and whose size is @file_size bytes. The headers
 * must lie in the first @head_len bytes. 0 and *@img; or -ENOEXEC (not an ELF for this machine, or malformed), -EINVAL (an
 * address outside of the window, overlap, wrap), -E2BIG (more segments than ELF_SEGMENTS_MAX; headers beyond @head_len), -EACCES (W and X,
 * executable stack); then *@reason, if @reason is not NULL, is a line for people. Any context, touches nothing else.
 */
int __must_check elf_parse(const void *head, size_t head_len, uint64_t file_size, const struct elf_rules *rules,
			   struct elf_image *img, const char **reason);

/**
 * Find the note @name/@type in the note bytes [@notes, @notes + @size). *@desc and *@desc_size are its descriptor. 0, -ENOENT,
 * -EINVAL (malformed before it was found).
 */
int __must_check elf_note_find(const void *notes, size_t size, const char *name, uint32_t type, const void **desc, size_t *desc_size);
#endif
