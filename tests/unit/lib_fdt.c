/* SPDX-License-Identifier: BSD-2-Clause */
/* The two files of libfdt that the core links, in one: they are not written for all of our warnings. */
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "fdt.c"
#include "fdt_ro.c"
