/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux personality's entry: called once by the core's start when the boot archive holds a Linux root. */
#ifndef TESSERA_LINUX_START_H
#define TESSERA_LINUX_START_H
/** Start the services and process 1 running init (NULL: the usual places). 0 or -errno. Context: thread, may sleep. */
int linux_start(const char *init);
#endif
