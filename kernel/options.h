/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of command line options. */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H
#include <tessera/lib/types.h>

struct option {
	const char *name;
	void (*handler)(const char *value);	/* called when met, before memory is set up; may be NULL */
	const char *arg;			/* for the documentation; "": none */
	const char *help;
};
extern const struct option options[];
extern const size_t options_count;
/** What follows "--". */
const char *options_root_args(void);
#endif
