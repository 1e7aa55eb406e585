/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection and memory-type bits, shared by page tables, ranges and objects. */
#ifndef TESSERA_MM_PROT_H
#define TESSERA_MM_PROT_H
enum { VM_READ = 1, VM_WRITE = 2, VM_EXEC = 4, VM_USER = 8, VM_GLOBAL = 16 };
enum mem_type { MEM_NORMAL, MEM_DEVICE, MEM_UNCACHED, MEM_WC };
enum { PAGE_SHIFT = 12, PAGE_SIZE = 4096 };
#endif
