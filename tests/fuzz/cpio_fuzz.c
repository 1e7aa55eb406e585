/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the boot archive's reader. */
#include <stdlib.h>
#include <string.h>
#include <tessera/lib/cpio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct cpio_entry *e, const unsigned char *base, size_t size)
{
	const unsigned char *d = e->data, *n = (const unsigned char *)e->name;

	if (n < base || n + e->name_len >= base + size || e->name_len == 0 ||
	    strlen(e->name) != e->name_len)
		abort();
	if (d < base || d > base + size || e->size > (size_t)(base + size - d))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);
	const char *reason = NULL;
	struct cpio_reader r;
	struct cpio_entry e;
	size_t before;
	int got;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	cpio_open(&r, copy, size);
	for (before = 0; (got = cpio_next(&r, &e)) > 0; before = r.pos) {
		check_entry(&e, copy, size);
		if (r.pos <= before)
			abort();
	}
	if (got < 0 ? !r.reason || cpio_next(&r, &e) != got : cpio_next(&r, &e) != 0)
		abort();
	if (cpio_find(copy, size, "init", &e, &reason) == 0)
		check_entry(&e, copy, size);
	free(copy);
	return 0;
}
