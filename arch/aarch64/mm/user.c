/* SPDX-License-Identifier: BSD-2-Clause */
/* Compare-exchange on user memory: the one access that needs PAN out of the way. */
#include <arch/cpu.h>
#include <arch/user.h>

int arm_user_cmpxchg32(uint32_t *u, uint32_t expect, uint32_t desired, uint32_t *old);

/* A fault inside sets PAN in its handler (SPAN = 0) and comes back with PAN as it was here. */
int arch_user_cmpxchg32(uint32_t *u, uint32_t expect, uint32_t desired, uint32_t *old)
{
	int ret;

	if (!(arm_features & ARM_PAN))
		return arm_user_cmpxchg32(u, expect, desired, old);
	__asm__ volatile(".inst 0xd500409f" : : : "memory"); /* msr pan, #0 */
	ret = arm_user_cmpxchg32(u, expect, desired, old);
	__asm__ volatile(".inst 0xd500419f" : : : "memory"); /* msr pan, #1 */
	return ret;
}
