/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware says: the device tree's memory, archive, command line, entropy and harts,
 * checked, into boot_info. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/debug.h>
#include <arch/mmu.h>
#include <asm/dt.h>
#include <asm/hart.h>
#include <asm/sbi.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include "../kernel/riscv.h"

uint64_t riscv_boot_hart, riscv_boot_fdt;
struct fdt riscv_fdt;

void arch_early_putc(char c)
{
	sbi_console_putc(c);
}

static void open_tree(void)
{
	paddr_t pa = riscv_boot_fdt;

	if (!pa || pa % 8 || pa >= ARCH_DIRECT_SIZE - FDT_SIZE_MAX)
		boot_fail("device tree: no usable address from the firmware: %#lx", pa);
	if (fdt_open(&riscv_fdt, (const void *)(ARCH_DIRECT_BASE + pa), FDT_SIZE_MAX))
		boot_fail("device tree at %#lx: %s", pa, riscv_fdt.reason);
	boot_info.fdt = (struct boot_range){pa, riscv_fdt.size};
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
	unsigned i;

	for (i = 0; i < boot_info.nr_ram; i++) {
		const struct boot_range *m = &boot_info.ram[i];

		if (r->base >= m->base && r->base - m->base <= m->size &&
		    r->size <= m->size - (r->base - m->base))
			return true;
	}
	return false;
}

static void read_memory(void)
{
	struct boot_range image = {arch_image_phys,
				   (uint64_t)(kernel_image_end - kernel_image_start)};
	struct fdt_range r;
	unsigned i;
	int err;

	for (i = 0; (err = fdt_memory(&riscv_fdt, i, &r)) == 0; i++) {
		if (boot_info.nr_ram == BOOT_RANGES_MAX) {
			log_warn("device tree: more than %u memory ranges, the rest is not used",
				 BOOT_RANGES_MAX);
			break;
		}
		boot_info.ram[boot_info.nr_ram++] = (struct boot_range){r.base, r.size};
	}
	if (err && err != -ENOENT)
		boot_fail("device tree: malformed memory node");
	for (i = 0; (err = fdt_reserved(&riscv_fdt, i, &r)) == 0; i++)
		reserve(r.base, r.size);
	if (err != -ENOENT)
		boot_fail("device tree: malformed reserved memory");
	if (!in_ram(&image) || !in_ram(&boot_info.fdt))
		boot_fail("device tree: memory nodes do not hold kernel image and device tree");
	reserve(image.base, image.size);
	reserve(boot_info.fdt.base, boot_info.fdt.size);
	boot_info.early_limit = ARCH_DIRECT_SIZE;
}

static void read_chosen(void)
{
	const char *args = fdt_bootargs(&riscv_fdt);
	struct fdt_range r;
	const void *seed;
	uint64_t word;
	size_t len;
	int err;

	len = strlen(args);
	boot_info.cmdline_truncated = len >= BOOT_CMDLINE_MAX;
	if (boot_info.cmdline_truncated)
		len = BOOT_CMDLINE_MAX - 1;
	memcpy(boot_info.cmdline, args, len);
	boot_info.cmdline[len] = 0;

	err = fdt_initrd(&riscv_fdt, &r);
	if (!err && r.size) {
		boot_info.archive = (struct boot_range){r.base, r.size};
		if (!in_ram(&boot_info.archive))
			boot_fail("device tree: the boot archive at %#lx is not in memory", r.base);
		reserve(r.base, r.size);
	} else if (err && err != -ENOENT) {
		boot_fail("device tree: malformed linux,initrd-start or linux,initrd-end");
	}

	if (!fdt_rng_seed(&riscv_fdt, &seed, &len)) {
		boot_info.seed_len = len < BOOT_SEED_MAX ? len : BOOT_SEED_MAX;
		memcpy(boot_info.seed, seed, boot_info.seed_len);
	}
	if (!fdt_kaslr_seed(&riscv_fdt, &word) &&
	    boot_info.seed_len + sizeof(word) <= BOOT_SEED_MAX) {
		memcpy(boot_info.seed + boot_info.seed_len, &word, sizeof(word));
		boot_info.seed_len += sizeof(word);
	}
}

static bool has_ext(const struct fdt_cpu *cpu, const char *ext)
{
	if (fdt_cpu_has_ext(&riscv_fdt, cpu, ext))
		return true;
	/* g stands for i, m, a, f, d */
	return ext[1] == 0 && ext[0] != 'c' && fdt_cpu_has_ext(&riscv_fdt, cpu, "g");
}

/* What the kernel and rv64gc programs need; the name of what is missing, or NULL. */
static const char *missing_ext(const struct fdt_cpu *cpu)
{
	static const char *const need[] = {"m", "a", "f", "d", "c"};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(need); i++)
		if (!has_ext(cpu, need[i]))
			return need[i];
	return NULL;
}

static unsigned features_of(const struct fdt_cpu *cpu)
{
	return (has_ext(cpu, "sstc") ? RISCV_SSTC : 0) | (has_ext(cpu, "ssaia") ? RISCV_SSAIA : 0) |
	       (has_ext(cpu, "svpbmt") ? RISCV_SVPBMT : 0) |
	       (has_ext(cpu, "svadu") ? RISCV_SVADU : 0);
}

/* The boot hart is CPU 0, the others follow in the tree's order. Features: what all have. */
static void read_harts(void)
{
	unsigned i, n = 1, features = ~0u;
	struct fdt_cpu cpu;
	bool boot_seen = false;
	const char *ext;
	int err;

	for (i = 0; (err = fdt_cpu(&riscv_fdt, i, &cpu)) == 0; i++) {
		bool boot = cpu.hwid == riscv_boot_hart;
		struct hart *h;

		if (!boot && (!cpu.enabled || !cpu.mmu_type || !strcmp(cpu.mmu_type, "riscv,none")))
			continue;
		ext = missing_ext(&cpu);
		if (ext && boot)
			boot_fail("hart %lu has no extension '%s'; this kernel needs rv64gc",
				  cpu.hwid, ext);
		if (ext) {
			log_warn("hart %lu has no extension '%s' and is not used", cpu.hwid, ext);
			continue;
		}
		if (boot ? boot_seen : n == CPUS_MAX)
			continue;
		h = &riscv_harts[boot ? 0 : n++];
		boot_seen |= boot;
		h->id = cpu.hwid;
		if (cpu.intc >= 0)
			dt_cell(cpu.intc, "phandle", 0, &h->intc);
		features &= features_of(&cpu);
	}
	if (err != -ENOENT)
		boot_fail("device tree: malformed cpu node");
	if (!boot_seen)
		boot_fail("device tree: no node for the boot hart %lu", riscv_boot_hart);
	riscv_nr_harts = n;
	riscv_features = features;
}

void arch_boot_early(void)
{
	uint64_t hz = 0;

	sbi_probe();
	open_tree();
	read_memory();
	read_chosen();
	read_harts();
	fdt_timebase(&riscv_fdt, &hz);
	riscv_time_init(hz);
	if (riscv_features & RISCV_SVPBMT) {
		riscv_pte_memtype[MEM_DEVICE] = PTE_PBMT_IO;
		riscv_pte_memtype[MEM_UNCACHED] = PTE_PBMT_NC;
		riscv_pte_memtype[MEM_WC] = PTE_PBMT_NC;
	}
}
