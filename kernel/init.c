/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of the system: from the port's entry to the root process. The boot thread ends as idle thread of CPU 0. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/cpio.h>
#include <tessera/lib/string.h>
#include <tessera/linux/start.h>
#include <tessera/mm/alloc.h>
#include <tessera/trap/personality.h>
#include "kernel.h"
#include "options.h"
#include "process.h"

struct boot_info boot_info;

/** Does the boot archive hold a Linux root file system? */
static bool linux_root(void)
{
	static const char *const names[] = { "sbin/init", "init", "bin/sh", "etc/inittab" };
	struct cpio_entry e;
	const char *why;
	const void *archive;
	size_t size;

	if (!IS_ENABLED(CONFIG_LINUX_ABI) || option_get("root"))
		return false;
	if (option_get("init"))
		return true;
	archive = root_archive(&size);
	for (size_t i = 0; archive && i < ARRAY_SIZE(names); i++)
		if (!cpio_find(archive, size, names[i], &e, &why))
			return true;
	return false;
}

/** Second half of the start, in a thread on CPU 0. */
static void init_main(void *unused)
{
	const char *what;
	int status;

	smp_init();
	(void)sched_set_affinity(current, UINT64_MAX);
	personality_start();
	what = option_get("crash");
	if (what && strcmp(what, "user"))
		crash_run(what);
	what = option_get("ktest");
	if (what && IS_ENABLED(CONFIG_KTEST))
		ktest_main(*what ? what : NULL);
	if (what)
		boot_fail("option ktest: this kernel was built without CONFIG_KTEST");
	if (linux_root()) {
		status = linux_start(option_get("init"));
		if (status)
			boot_fail("linux: error %d", status);
		return;
	}
	what = option_get("init");
	status = root_run(what ? "quick" : options_root_args());
	if (status)
		panic("root process exited with %d", status);
	if (what) {
		status = personality_run(what, options_root_args());
		log_info("init: process 1 exited with %d, powering off", status);
		arch_poweroff();
	}
	log_info("init: root process is done, powering off");
	arch_poweroff();
}

void kernel_main(void)
{
	struct thread *init;

	time_start();
	arch_boot_early();
	log_info("tessera: start");
	if (boot_info.cmdline_truncated)
		log_warn("options: command line cut to %u bytes", BOOT_CMDLINE_MAX - 1);
	log_info("init: command line '%s'", boot_info.cmdline);
	options_parse(boot_info.cmdline);
	arch_cpu_init();
	mm_boot_init();
	percpu_init();
	time_init();
	log_start_clock();
	timer_init_cpu(0);
	sched_init();
	mm_init();
	thread_init();
	calls_init();
	log_info("cpu: %s", arch_cpu_describe());
	arch_boot_late();
	reaper_init();
	epoch_init();
	init = thread_run_on(0, "init", init_main, NULL);
	if (!init)
		boot_fail("no memory for the first thread");
	thread_unref(init);
	arch_irq_enable();
	sched_idle_loop();
}
