/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the validator of executables; what it lets through must have the properties that loaders rely on. */
#include <stdlib.h>
#include <string.h>
#include <tessera/lib/elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct elf_image *img, const struct elf_rules *rules, uint64_t file_size)
{
	uint64_t last = 0;
	bool entry = false;

	if (img->nr_segments == 0 || img->nr_segments > ELF_SEGMENTS_MAX ||
	    img->va_start >= img->va_end)
		abort();
	for (unsigned i = 0; i < img->nr_segments; i++) {
		const struct elf_segment *s = &img->segments[i];

		if (s->mem_size == 0 || s->file_size > s->mem_size || s->file_offset > file_size ||
		    s->file_size > file_size - s->file_offset || s->va + s->mem_size < s->va ||
		    (i && s->va < last))
			abort();
		if ((s->va - s->file_offset) % rules->page_size || s->va < img->va_start ||
		    s->va + s->mem_size > img->va_end)
			abort();
		if (!rules->allow_wx && (s->flags & 3) == 3)
			abort();
		if (img->type == ET_EXEC &&
		    (s->va < rules->va_min || s->va + s->mem_size > rules->va_max))
			abort();
		if (s->flags & PF_X && img->entry >= s->va && img->entry - s->va < s->mem_size)
			entry = true;
		last = s->va + s->mem_size;
		if (!rules->allow_page_share)
			last = ALIGN_UP(last, rules->page_size);
	}
	if (!entry || img->va_end - img->va_start >
			      rules->va_max - (img->type == ET_EXEC ? rules->va_min : 0))
		abort();
	if (img->interp_size &&
	    (img->interp_offset > file_size || img->interp_size > file_size - img->interp_offset))
		abort();
	if (img->note_size &&
	    (img->note_offset > file_size || img->note_size > file_size - img->note_offset))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_rules rules = {
		.machine = EM_X86_64, .va_min = 0x10000, .va_max = 1ULL << 47, .page_size = 4096};
	unsigned char *copy = malloc(size ? size : 1);
	struct elf_image img;
	const char *reason;
	const void *desc;
	size_t desc_size, head;

	if (!copy || size < 2)
		goto out;
	memcpy(copy, data, size);
	for (unsigned variant = 0; variant < 4; variant++) {
		rules.allow_dyn = rules.allow_interp = rules.allow_exec_stack = variant & 1;
		rules.allow_page_share = rules.allow_wx = variant & 2;
		head = variant & 2 ? size / 2 : size;
		reason = NULL;
		if (elf_parse(copy, head, size, &rules, &img, &reason) == 0) {
			check(&img, &rules, size);
			if (img.note_size &&
			    elf_note_find(copy + img.note_offset, img.note_size, "GNU", 3, &desc,
					  &desc_size) == 0 &&
			    ((const unsigned char *)desc < copy ||
			     desc_size > (size_t)(copy + size - (const unsigned char *)desc)))
				abort();
		} else if (!reason) {
			abort();
		}
	}
	(void)elf_note_find(copy, size, "GNU", 3, &desc, &desc_size);
out:
	free(copy);
	return 0;
}
