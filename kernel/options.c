/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line. Words are NAME or NAME=VALUE; what follows "--" belongs to the root process. Every option the core knows is in this table,
 * from which Documentation/reference/cmdline.rst is checked; any other word is reported.
 */
#include <tessera/lib/string.h>
#include "kernel.h"
#include "options.h"

enum { OPTIONS_MAX = 64 };

const struct option options[] = {
	{ "loglevel", log_set_level, "N", "write messages of level N and more urgent to the console: 0 emergencies ... 7 debug (default 6)" },
	{ "panic", panic_set_action, "halt|poweroff|reboot", "what to do after a panic (default halt)" },
	{ "maxcpus", NULL, "N", "start at most N CPUs" },
	{ "ktest", NULL, "PATTERN", "run the tests inside the kernel instead of the root process, then power off; PATTERN: suite, suite.name, * at the end" },
	{ "crash", NULL, "stack|null|ubsan|rank|kasan-uaf|kasan-oob|panic|user", "commit that error, to see its report" },
	{ "root", NULL, "PATH", "program of the root process in the boot archive (default tessera/root)" },
	{ "console", NULL, "NAME", "accepted for boot loaders that always pass it; the console is the one the firmware describes" },
	{ "quiet", NULL, "", "the same as loglevel=4" },
};
const size_t options_count = sizeof(options) / sizeof(options[0]);

static struct { const char *name, *value; } given[OPTIONS_MAX];
static unsigned nr_given;
static const char *root_args = "";

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < options_count; i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

static void option_word(char *word)
{
	char *eq = strchr(word, '=');
	const struct option *o;

	if (eq)
		*eq++ = '\0';
	o = option_find(word);
	if (!o) {
		log_warn("options: unknown option '%s%s%s' ignored", word, eq ? "=" : "", eq ? eq : "");
		return;
	}
	if (nr_given == OPTIONS_MAX) {
		log_warn("options: more than %u, '%s' ignored", OPTIONS_MAX, word);
		return;
	}
	given[nr_given].name = o->name;
	given[nr_given++].value = eq ? eq : "";
	if (o->handler)
		o->handler(eq ? eq : "");
}

void options_parse(char *s)
{
	while (*s) {
		char *word;

		while (*s == ' ' || *s == '\t' || *s == '\n')
			s++;
		word = s;
		while (*s && *s != ' ' && *s != '\t' && *s != '\n')
			s++;
		if (*s)
			*s++ = '\0';
		if (!strcmp(word, "--")) {
			root_args = s;
			return;
		}
		if (*word)
			option_word(word);
	}
	if (option_get("quiet"))
		log_set_level("4");
}

const char *option_get(const char *name)
{
	for (unsigned i = nr_given; i > 0; i--)
		if (!strcmp(given[i - 1].name, name))
			return given[i - 1].value;
	return NULL;
}

const char *options_root_args(void)
{
	return root_args;
}

uint64_t option_number(const char *s, uint64_t fallback)
{
	unsigned base = 10, digit;
	uint64_t v = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (!*s)
		return fallback;
	for (; *s; s++) {
		if (*s >= '0' && *s <= '9')
			digit = (unsigned)(*s - '0');
		else if (base == 16 && (*s | 32) >= 'a' && (*s | 32) <= 'f')
			digit = (unsigned)((*s | 32) - 'a' + 10);
		else
			return fallback;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)digit, &v))
			return fallback;
	}
	return v;
}
