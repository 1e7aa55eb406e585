/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of the system: from the port's entry to the root process. The boot thread ends as idle thread of CPU 0. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/string.h>
#include <tessera/mm/alloc.h>
#include "kernel.h"

struct boot_info boot_info;

/** Second half of the start, in a thread on CPU 0. */
static void init_main(void *unused)
{
	const char *what;
	int status;

	smp_init();
	(void)sched_set_affinity(current, UINT64_MAX);
	what = option_get("crash");
	if (what && strcmp(what, "user"))
		crash_run(what);
	what = option_get("ktest");
	if (what && IS_ENABLED(CONFIG_KTEST))
		ktest_main(*what ? what : NULL);
	if (what)
		boot_fail("option ktest: this kernel was built without CONFIG_KTEST");
	status = root_run();
	if (status)
		panic("root process exited with %d", status);
	log_info("init: root process is done, powering off");
	arch_poweroff();
}

void kernel_main(void)
{
	struct thread *init;

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
