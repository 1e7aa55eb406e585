/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware says: the device tree's memory, archive, command line and entropy, checked,
 * into boot_info. The console comes first, so that complaints are seen. RAM joins the direct map
 * of the boot tables as far as they reach.
 */
#include <arch/boot.h>
#include <arch/debug.h>
#include <arch/mmu.h>
#include <asm/boot.h>
#include <tessera/console/pl011.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/page.h>

struct fdt arm_fdt;
static paddr_t fdt_phys;
static uintptr_t early_uart; /* 0: none known */

void arm_boot_start(paddr_t fdt)
{
	fdt_phys = fdt;
	kernel_main();
}

void arch_early_putc(char c)
{
	if (early_uart && IS_ENABLED(CONFIG_PL011))
		pl011_putc(early_uart, c);
}

static void early_console(paddr_t base)
{
	if (boot_map(ARM_FIXMAP_BASE, ALIGN_DOWN(base, PAGE_SIZE), PAGE_SIZE,
		     VM_READ | VM_WRITE | VM_GLOBAL, MEM_DEVICE))
		early_uart = ARM_FIXMAP_BASE + base % PAGE_SIZE;
}

int arm_console_node(uintptr_t *base)
{
	int node = fdt_stdout(&arm_fdt, NULL);

	*base = early_uart;
	if (node < 0 || !fdt_is_compatible(&arm_fdt, node, "arm,pl011"))
		node = fdt_next_enabled(&arm_fdt, -1, "arm,pl011");
	return node;
}

/* Without a readable tree the configured port, if any, gets the message. */
static __noreturn void no_tree(const char *why)
{
	if (CONFIG_ARM_EARLY_PL011)
		early_console(CONFIG_ARM_EARLY_PL011);
	boot_fail("device tree at %#llx: %s", (unsigned long long)fdt_phys, why);
}

static void open_tree(void)
{
	struct fdt_range r;
	uintptr_t unused;
	int node;

	if (!fdt_in_reach(fdt_phys))
		no_tree("no usable address from the boot loader");
	/* early_map() mapped two blocks of 2 MiB from the one it begins in */
	if (fdt_open(&arm_fdt, phys_to_virt(fdt_phys), FDT_SIZE_MAX))
		no_tree(arm_fdt.reason);
	boot_info.fdt = (struct boot_range){fdt_phys, arm_fdt.size};
	node = arm_console_node(&unused);
	if (node >= 0 && fdt_reg(&arm_fdt, node, 0, &r) == 0 && r.size >= PL011_SIZE &&
	    r.base < 1ull << 48)
		early_console(r.base);
}

static void reserve(uint64_t base, uint64_t size)
{
	if (boot_info.nr_reserved == BOOT_RANGES_MAX)
		boot_fail("device tree: more than %u reserved ranges", BOOT_RANGES_MAX);
	boot_info.reserved[boot_info.nr_reserved++] = (struct boot_range){base, size};
}

/* Does one range of RAM hold all of it? Then the direct map reaches it now and later. */
static bool in_ram(const struct boot_range *r)
{
	for (unsigned i = 0; i < boot_info.nr_ram; i++) {
		const struct boot_range *m = &boot_info.ram[i];

		if (r->base >= m->base && r->base - m->base <= m->size &&
		    r->size <= m->size - (r->base - m->base))
			return true;
	}
	return false;
}

/* The boot tables reach all RAM below the limit; what cannot be mapped now lowers it. */
static void map_ram(const struct boot_range *r)
{
	uint64_t start = ALIGN_UP(r->base, (uint64_t)PAGE_SIZE), end = r->base + r->size;

	if (r->base >= ARCH_DIRECT_SIZE || r->size <= PAGE_SIZE)
		return;
	if (end < r->base || end > ARCH_DIRECT_SIZE)
		end = ARCH_DIRECT_SIZE;
	if (!boot_map(ARCH_DIRECT_BASE + start, start, ALIGN_DOWN(end - start, (uint64_t)PAGE_SIZE),
		      VM_READ | VM_WRITE | VM_GLOBAL, MEM_NORMAL) &&
	    start < boot_info.early_limit)
		boot_info.early_limit = start;
}

static void read_memory(void)
{
	struct boot_range image = {arch_image_phys,
				   (uint64_t)(kernel_image_end - kernel_image_start)};
	struct fdt_range r;
	unsigned i;
	int err;

	boot_info.early_limit = ARCH_DIRECT_SIZE;
	for (i = 0; (err = fdt_memory(&arm_fdt, i, &r)) == 0; i++) {
		if (boot_info.nr_ram == BOOT_RANGES_MAX) {
			log_warn("device tree: more than %u memory ranges, the rest is not used",
				 BOOT_RANGES_MAX);
			break;
		}
		boot_info.ram[boot_info.nr_ram++] = (struct boot_range){r.base, r.size};
	}
	if (err && err != -ENOENT)
		boot_fail("device tree: malformed memory node");
	for (i = 0; (err = fdt_reserved(&arm_fdt, i, &r)) == 0; i++)
		reserve(r.base, r.size);
	if (err != -ENOENT)
		boot_fail("device tree: malformed reserved memory");
	if (!in_ram(&image) || !in_ram(&boot_info.fdt))
		boot_fail(
			"device tree: memory nodes do not hold the kernel image or the device tree itself");
	reserve(image.base, image.size);
	reserve(boot_info.fdt.base, boot_info.fdt.size);
	for (i = 0; i < boot_info.nr_ram; i++)
		map_ram(&boot_info.ram[i]);
}

static void read_chosen(void)
{
	const char *args = fdt_bootargs(&arm_fdt);
	size_t len = strlen(args);
	struct fdt_range r;
	const void *seed;
	uint64_t word;
	int err;

	boot_info.cmdline_truncated = len >= BOOT_CMDLINE_MAX;
	if (boot_info.cmdline_truncated)
		len = BOOT_CMDLINE_MAX - 1;
	memcpy(boot_info.cmdline, args, len);
	boot_info.cmdline[len] = 0;

	err = fdt_initrd(&arm_fdt, &r);
	if (!err && r.size) {
		boot_info.archive = (struct boot_range){r.base, r.size};
		if (!in_ram(&boot_info.archive))
			boot_fail("device tree: the boot archive at %#llx is not in memory",
				  (unsigned long long)r.base);
		reserve(r.base, r.size);
	} else if (err && err != -ENOENT) {
		boot_fail("device tree: malformed linux,initrd-start or linux,initrd-end");
	}

	if (!fdt_rng_seed(&arm_fdt, &seed, &len)) {
		boot_info.seed_len = MIN(len, (size_t)BOOT_SEED_MAX);
		memcpy(boot_info.seed, seed, boot_info.seed_len);
	}
	if (!fdt_kaslr_seed(&arm_fdt, &word) &&
	    boot_info.seed_len + sizeof(word) <= BOOT_SEED_MAX) {
		memcpy(boot_info.seed + boot_info.seed_len, &word, sizeof(word));
		boot_info.seed_len += sizeof(word);
	}
}

void arch_boot_early(void)
{
	open_tree();
	read_memory();
	read_chosen();
}
