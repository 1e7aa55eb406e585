/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel command line: tokens separated by blanks, each "key" or "key=value". Double quotes keep blanks together, around the
 * value or the whole token; there are no escapes. "--" ends the kernel's part; the rest is for the first process.
 */
#ifndef TESSERA_LIB_CMDLINE_H
#define TESSERA_LIB_CMDLINE_H
#include <tessera/lib/types.h>

struct cmdline {
	char *pos, *end;		/* not yet read */
	bool done;			/* "--" was seen */
};
struct cmdline_opt {
	char *key;			/* terminated, not empty */
	char *value;			/* terminated; NULL without "=" */
};

/** Read @line of @len bytes in place: it is cut up by cmdline_next(). line[len] is writable and is set to NUL. */
void cmdline_open(struct cmdline *c, char *line, size_t len);
/** Next token: 1 and *@opt; 0 at the end; -EINVAL (quotes not closed or an empty key; the token is skipped, going on is possible). */
int __must_check cmdline_next(struct cmdline *c, struct cmdline_opt *opt);
/** What stands behind "--" ("" if nothing), once cmdline_next() has returned 0. */
const char *cmdline_rest(const struct cmdline *c);
/**
 * Value of the last "@key=value" in @line, copied into @buf of @size bytes (an option without value gives ""). Length; -ENOENT;
 * -E2BIG @buf is too small (then it holds what fits). @line is only read.
 */
ssize_t cmdline_get(const char *line, const char *key, char *buf, size_t size);
/** "1 y yes on true" or no value: true; "0 n no off false": false; else -EINVAL. */
int __must_check cmdline_bool(const char *value, bool *result);
#endif
