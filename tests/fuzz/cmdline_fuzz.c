/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the kernel command line; the tokenizer and the look-up must agree. */
#include <stdlib.h>
#include <string.h>
#include <tessera/lib/cmdline.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The value that the tokenizer gives for @key last */
static bool last_value(const char *line, size_t size, const char *key, char *value)
{
	char *copy = malloc(size + 1);
	struct cmdline c;
	struct cmdline_opt opt;
	bool found = false;
	int got;

	if (!copy)
		abort();
	memcpy(copy, line, size);
	copy[size] = '\0';
	cmdline_open(&c, copy, size);
	while ((got = cmdline_next(&c, &opt)) != 0) {
		if (got < 0)
			continue;
		if (!*opt.key)
			abort();
		if (strcmp(opt.key, key) == 0) {
			strcpy(value, opt.value ? opt.value : "");
			found = true;
		}
	}
	if (strlen(cmdline_rest(&c)) > size)
		abort();
	free(copy);
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *value = malloc(size + 1), *got = malloc(size + 1), small[4];
	ssize_t n;
	uint64_t v;
	bool b;

	if (!line || !value || !got)
		abort();
	memcpy(line, data, size);
	line[size] = '\0';
	n = cmdline_get(line, "key", got, size + 1);
	if (last_value(line, strlen(line), "key", value)) {
		if (n < 0 || strcmp(got, value) != 0)
			abort();
		(void)!cmdline_bool(value, &b);
		(void)!str_to_size(value, &v);
		n = cmdline_get(line, "key", small, sizeof(small));
		if (strlen(value) < sizeof(small) ? n < 0 || strcmp(small, value) != 0
						  : n != -E2BIG || strncmp(small, value, 3) != 0)
			abort();
	} else if (n != -ENOENT) {
		abort();
	}
	free(line);
	free(value);
	free(got);
	return 0;
}
