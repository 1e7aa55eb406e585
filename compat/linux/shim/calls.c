/* SPDX-License-Identifier: BSD-2-Clause */
/* The dispatch table: generated from syscalls.tbl, compiled here. */
#include <generated/lx_syscalls.inc>
