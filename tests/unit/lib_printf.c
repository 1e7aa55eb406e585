/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/printf.c beside the host's libc. */
#define vsnprintf lib_vsnprintf
#define snprintf  lib_snprintf
#include "../../lib/printf.c"
