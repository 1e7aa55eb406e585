/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Validator of ELF64 executables. Each check names what it refuses; the sums of file values are all checked for wrap. The
 * loader relies on elf_image only and never reads the file's headers again.
 */
#include <tessera/lib/elf.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/string.h>

/* What is worked on */
struct parser {
	const unsigned char *head;
	size_t head_len;
	uint64_t file_size;
	const struct elf_rules *rules;
	struct elf_image *img;
	const char *reason;
	struct elf64_phdr phdr_seg; /* PT_PHDR */
	bool has_phdr;
};

static int refuse(struct parser *p, int err, const char *reason)
{
	p->reason = reason;
	return err;
}

static int check_header(struct parser *p, struct elf64_ehdr *eh)
{
	uint64_t end;

	if (p->head_len < sizeof(*eh) || p->file_size < sizeof(*eh))
		return refuse(p, -ENOEXEC, "shorter than an ELF header");
	memcpy(eh, p->head, sizeof(*eh));
	if (memcmp(eh->e_ident, "\177ELF", 4) != 0)
		return refuse(p, -ENOEXEC, "not an ELF file");
	if (eh->e_ident[4] != ELF_CLASS_64)
		return refuse(p, -ENOEXEC, "not a 64-bit ELF file");
	if (eh->e_ident[5] != ELF_DATA_LSB)
		return refuse(p, -ENOEXEC, "not a little-endian ELF file");
	if (eh->e_ident[6] != ELF_VERSION_CURRENT || eh->e_version != ELF_VERSION_CURRENT)
		return refuse(p, -ENOEXEC, "unknown ELF version");
	if (eh->e_machine != p->rules->machine)
		return refuse(p, -ENOEXEC, "made for another machine");
	if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
		return refuse(p, -ENOEXEC, "not an executable");
	if (eh->e_type == ET_DYN && !p->rules->allow_dyn)
		return refuse(p, -ENOEXEC, "position independent, but must be static");
	if (eh->e_phentsize != sizeof(struct elf64_phdr))
		return refuse(p, -ENOEXEC, "program headers have another size");
	if (eh->e_phnum == 0 || eh->e_phnum == 0xffff)
		return refuse(p, -ENOEXEC, "no program headers");
	if (check_add_overflow(eh->e_phoff, (uint64_t)eh->e_phnum * sizeof(struct elf64_phdr),
			       &end) ||
	    end > p->file_size)
		return refuse(p, -ENOEXEC, "program headers beyond the end of the file");
	if (end > p->head_len)
		return refuse(p, -E2BIG, "program headers too far from the begin of the file");
	return 0;
}

/* Things that every kind of header must obey when its bytes are used */
static int check_file_range(struct parser *p, const struct elf64_phdr *ph)
{
	uint64_t end;

	if (check_add_overflow(ph->p_offset, ph->p_filesz, &end) || end > p->file_size)
		return refuse(p, -ENOEXEC, "segment beyond the end of the file");
	return 0;
}

static int check_load(struct parser *p, const struct elf64_phdr *ph)
{
	const struct elf_rules *rules = p->rules;
	struct elf_image *img = p->img;
	struct elf_segment *prev;
	uint64_t end, page = rules->page_size, prev_end;
	int err = check_file_range(p, ph);

	if (err)
		return err;
	if (ph->p_filesz > ph->p_memsz)
		return refuse(p, -ENOEXEC, "segment larger in the file than in memory");
	if (check_add_overflow(ph->p_vaddr, ph->p_memsz, &end) ||
	    check_add_overflow(end, page - 1, &end))
		return refuse(p, -EINVAL, "segment wraps around the address space");
	end = ph->p_vaddr + ph->p_memsz;
	if (ph->p_memsz == 0)
		return 0;
	if (ph->p_align > 1 &&
	    (!is_power_of_2(ph->p_align) || (ph->p_vaddr - ph->p_offset) % ph->p_align))
		return refuse(
			p, -ENOEXEC,
			"segment alignment is not a power of two, or address and offset do not agree in it");
	if ((ph->p_vaddr - ph->p_offset) % page)
		return refuse(p, -ENOEXEC,
			      "segment address and file offset do not agree within a page");
	if (img->type == ET_EXEC &&
	    (ph->p_vaddr < rules->va_min || ALIGN_UP(end, page) > rules->va_max ||
	     ALIGN_DOWN(ph->p_vaddr, page) < rules->va_min))
		return refuse(p, -EINVAL, "segment outside of the allowed addresses");
	if (img->type == ET_DYN && ALIGN_UP(end, page) > rules->va_max - rules->va_min)
		return refuse(p, -EINVAL, "segment outside of the allowed addresses");
	if (!rules->allow_wx && (ph->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return refuse(p, -EACCES, "segment is writable and executable");
	if (img->nr_segments == ELF_SEGMENTS_MAX)
		return refuse(p, -E2BIG, "too many segments");
	if (img->nr_segments) {
		prev = &img->segments[img->nr_segments - 1];
		prev_end = prev->va + prev->mem_size;
		if (ph->p_vaddr < prev_end)
			return refuse(p, -EINVAL, "segments overlap or are not in ascending order");
		if (!rules->allow_page_share &&
		    ALIGN_DOWN(ph->p_vaddr, page) < ALIGN_UP(prev_end, page))
			return refuse(p, -EINVAL, "two segments share a page");
	}
	img->segments[img->nr_segments++] = (struct elf_segment){
		.va = ph->p_vaddr,
		.mem_size = ph->p_memsz,
		.file_offset = ph->p_offset,
		.file_size = ph->p_filesz,
		.flags = ph->p_flags & (PF_R | PF_W | PF_X),
	};
	img->align = MAX(img->align, ph->p_align);
	return 0;
}

static int check_interp(struct parser *p, const struct elf64_phdr *ph)
{
	enum { PATH_BYTES_MAX = 4096 };
	int err = check_file_range(p, ph);

	if (err)
		return err;
	if (!p->rules->allow_interp)
		return refuse(p, -ENOEXEC, "wants an interpreter, but must be static");
	if (p->img->interp_size)
		return refuse(p, -ENOEXEC, "two interpreters");
	if (ph->p_filesz < 2 || ph->p_filesz > PATH_BYTES_MAX)
		return refuse(p, -ENOEXEC, "interpreter path empty or too long");
	if (range_within(ph->p_offset, ph->p_filesz, p->head_len) &&
	    p->head[ph->p_offset + ph->p_filesz - 1] != '\0')
		return refuse(p, -ENOEXEC, "interpreter path not terminated");
	p->img->interp_offset = ph->p_offset;
	p->img->interp_size = ph->p_filesz;
	return 0;
}

static int check_tls(struct parser *p, const struct elf64_phdr *ph)
{
	uint64_t end;
	int err = check_file_range(p, ph);

	if (err)
		return err;
	if (ph->p_filesz > ph->p_memsz || check_add_overflow(ph->p_vaddr, ph->p_memsz, &end) ||
	    (ph->p_align > 1 && !is_power_of_2(ph->p_align)))
		return refuse(p, -ENOEXEC, "malformed thread-local segment");
	p->img->tls_va = ph->p_vaddr;
	p->img->tls_file_size = ph->p_filesz;
	p->img->tls_mem_size = ph->p_memsz;
	p->img->tls_align = MAX(ph->p_align, 1UL);
	return 0;
}

static int check_phdr(struct parser *p, const struct elf64_phdr *ph)
{
	struct elf_image *img = p->img;
	int err;

	switch (ph->p_type) {
	case PT_LOAD:
		return check_load(p, ph);
	case PT_INTERP:
		return check_interp(p, ph);
	case PT_TLS:
		return check_tls(p, ph);
	case PT_PHDR:
		p->phdr_seg = *ph;
		p->has_phdr = true;
		return 0;
	case PT_NOTE:
		err = check_file_range(p, ph);
		if (!err && !img->note_size) {
			img->note_offset = ph->p_offset;
			img->note_size = ph->p_filesz;
		}
		return err;
	case PT_GNU_STACK:
		img->exec_stack = ph->p_flags & PF_X;
		if (img->exec_stack && !p->rules->allow_exec_stack)
			return refuse(p, -EACCES, "wants an executable stack");
		return 0;
	}
	return 0;
}

/* Address of the file bytes [@off, @off + @len) in memory; 0: not loaded */
static uint64_t loaded_at(const struct elf_image *img, uint64_t off, uint64_t len)
{
	const struct elf_segment *s;

	for (s = img->segments; s < img->segments + img->nr_segments; s++)
		if (off >= s->file_offset && range_within(off - s->file_offset, len, s->file_size))
			return s->va + (off - s->file_offset);
	return 0;
}

static int check_whole(struct parser *p)
{
	struct elf_image *img = p->img;
	const struct elf_segment *last;
	uint64_t page = p->rules->page_size;
	bool entry_ok = false;

	if (!img->nr_segments)
		return refuse(p, -ENOEXEC, "nothing to load");
	last = &img->segments[img->nr_segments - 1];
	img->va_start = ALIGN_DOWN(img->segments[0].va, page);
	img->va_end = ALIGN_UP(last->va + last->mem_size, page);
	for (unsigned i = 0; i < img->nr_segments; i++) {
		const struct elf_segment *s = &img->segments[i];

		if ((s->flags & PF_X) && img->entry >= s->va && img->entry - s->va < s->mem_size)
			entry_ok = true;
	}
	if (!entry_ok)
		return refuse(p, -EINVAL, "entry point not in an executable segment");
	img->phdr_va = loaded_at(img, img->phoff, (uint64_t)img->phnum * sizeof(struct elf64_phdr));
	if (p->has_phdr &&
	    (p->phdr_seg.p_offset != img->phoff || p->phdr_seg.p_vaddr != img->phdr_va))
		return refuse(p, -ENOEXEC, "the program headers are not where they say");
	return 0;
}

int elf_parse(const void *head, size_t head_len, uint64_t file_size, const struct elf_rules *rules,
	      struct elf_image *img, const char **reason)
{
	struct elf_image result = {.align = rules->page_size};
	struct parser p = {
		.head = head,
		.head_len = head_len,
		.file_size = file_size,
		.rules = rules,
		.img = &result,
	};
	struct elf64_ehdr eh;
	struct elf64_phdr ph;
	int err = check_header(&p, &eh);

	if (!err) {
		result.type = eh.e_type;
		result.phnum = eh.e_phnum;
		result.phoff = eh.e_phoff;
		result.entry = eh.e_entry;
	}
	for (unsigned i = 0; !err && i < result.phnum; i++) {
		memcpy(&ph, p.head + result.phoff + i * sizeof(ph), sizeof(ph));
		err = check_phdr(&p, &ph);
	}
	if (!err)
		err = check_whole(&p);
	if (!err)
		*img = result;
	else if (reason)
		*reason = p.reason;
	return err;
}

int elf_note_find(const void *notes, size_t size, const char *name, uint32_t type,
		  const void **desc, size_t *desc_size)
{
	const unsigned char *p = notes;
	struct elf64_nhdr nh;
	size_t want = strlen(name) + 1, name_end, desc_end;

	while (size >= sizeof(nh)) {
		memcpy(&nh, p, sizeof(nh));
		p += sizeof(nh);
		size -= sizeof(nh);
		name_end = ALIGN_UP((size_t)nh.n_namesz, 4);
		if (nh.n_namesz > size || name_end > size)
			return -EINVAL;
		if (nh.n_descsz > size - name_end)
			return -EINVAL;
		if (nh.n_type == type && nh.n_namesz == want && memcmp(p, name, want) == 0) {
			*desc = p + name_end;
			*desc_size = nh.n_descsz;
			return 0;
		}
		desc_end = MIN(name_end + ALIGN_UP((size_t)nh.n_descsz, 4), size);
		p += desc_end;
		size -= desc_end;
	}
	return -ENOENT;
}
