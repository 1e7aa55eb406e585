/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel without a personality: native programs only. */
#include <tessera/trap/personality.h>
#include "kernel.h"

__weak void personality_start(void)
{
}

__weak int personality_run(const char *path, const char *args)
{
	boot_fail("init=%s: this kernel was built without the Linux personality", path);
}
