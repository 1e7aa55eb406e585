/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: power. Both fall back to halting if the firmware does not answer. */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H
#include <tessera/lib/types.h>
__noreturn void arch_poweroff(void);	/* QEMU ends with status 0 */
__noreturn void arch_reboot(void);
#endif
