/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address space identifiers with generations. Works with arch_asid_bits() == 0 too (every switch
 * flushes then).
 */
#ifndef TESSERA_MM_ASID_H
#define TESSERA_MM_ASID_H
#include <tessera/lib/types.h>
struct space;

void asid_init(void);
/** Identifier for @s on this CPU, valid until this CPU switches again. Interrupts off. */
unsigned asid_use(struct space *s);
/** No space is loaded on this CPU any more. Interrupts off. */
void asid_unuse(void);
/** Identifier of @s as other CPUs may have it in their TLBs; 0 when it has none. Any context. */
unsigned asid_of(const struct space *s);
#endif
