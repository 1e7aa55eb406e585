/* SPDX-License-Identifier: BSD-2-Clause */
/* The composition of a kernel without services. A configuration that links services defines the table for good. */
#include <srv/rpc.h>
#include <tessera/lib/types.h>

struct service;
extern const struct service *const composition[];
extern const unsigned composition_count;

__weak const struct service *const composition[1] = { NULL };
__weak const unsigned composition_count = 0;
