/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IS_ENABLED(CONFIG_X): a configuration symbol as a C constant, so that generic code asks with
 * `if` and both branches are compiled.  Force-included by the build before every source file.
 */
#ifndef TESSERA_LIB_KCONFIG_H
#define TESSERA_LIB_KCONFIG_H

/*
 * autoconf.h defines CONFIG_X as 1 for an enabled bool and not at all for a disabled one.
 * Pasting the value after KCONFIG_ARG_ gives "0," only for 1; the second argument is then 1,
 * in all other cases it is 0.
 */
#define KCONFIG_ARG_1 0,
#define KCONFIG_SECOND(ignored, value, ...) value
#define KCONFIG_TEST2(arg) KCONFIG_SECOND(arg 1, 0, 0)
#define KCONFIG_TEST1(value) KCONFIG_TEST2(KCONFIG_ARG_##value)
#define KCONFIG_TEST(option) KCONFIG_TEST1(option)

/** 1 if the bool symbol @option is enabled in this configuration, else 0. */
#define IS_ENABLED(option) KCONFIG_TEST(option)

#endif /* TESSERA_LIB_KCONFIG_H */
