/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line. Words are NAME or NAME=VALUE; what follows "--" belongs to the root process. Every option the core knows is in
 * this table, from which scripts/gen/reference.py makes the documentation page; any other word is reported.
 */
#include <arch/boot.h>
#include <tessera/lib/cmdline.h>
#include <tessera/lib/string.h>
#include "kernel.h"
#include "options.h"

enum { OPTIONS_MAX = 64 };

const struct option options[] = {
	{ "loglevel", log_set_level, "N",
	  "write messages of level N and more urgent to the console: 0 emergencies ... 7 debug (default 6)" },
	{ "panic", panic_set_action, "halt|poweroff|reboot", "what to do after a panic (default halt)" },
	{ "maxcpus", NULL, "N", "start at most N CPUs" },
	{ "ktest", NULL, "PATTERN,...",
	  "run the tests inside the kernel instead of the root process, then power off; a pattern is suite, suite.name or prefix*" },
	{ "crash", NULL, "stack|null|ubsan|rank|kasan-uaf|kasan-oob|panic|user", "commit that error, to see its report" },
	{ "root", NULL, "PATH", "program of the root process in the boot archive (default tessera/root)" },
	{ "init", NULL, "PATH", "first Linux program (default /sbin/init, /init, /etc/init, /bin/init, /bin/sh)" },
	{ "init", NULL, "PATH",
	  "program of the root file system to run as Linux process 1 after the root process; what follows -- are its arguments" },
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

static void option_take(const struct cmdline_opt *opt)
{
	const struct option *o = option_find(opt->key);

	if (!o) {
		log_warn("options: unknown option '%s%s%s' ignored", opt->key, opt->value ? "=" : "",
			 opt->value ? opt->value : "");
		return;
	}
	if (nr_given == OPTIONS_MAX) {
		log_warn("options: more than %u, '%s' ignored", OPTIONS_MAX, opt->key);
		return;
	}
	given[nr_given].name = o->name;
	given[nr_given++].value = opt->value ? opt->value : "";
	if (o->handler)
		o->handler(opt->value ? opt->value : "");
}

void options_parse(char *line)
{
	struct cmdline_opt opt;
	struct cmdline c;
	int ret;

	cmdline_open(&c, line, strnlen(line, BOOT_CMDLINE_MAX - 1));
	while ((ret = cmdline_next(&c, &opt)) != 0) {
		if (ret < 0)
			log_warn("options: quotes that are not closed, or an option without a name");
		else
			option_take(&opt);
	}
	root_args = cmdline_rest(&c);
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
	const char *end;
	uint64_t v;

	return str_to_u64(s, 0, &v, &end) || *end ? fallback : v;
}
