/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory at boot: from the firmware's ranges to the final kernel page tables (image W^X by linker
 * symbols, direct map of all RAM read-write and never executable, page array) and to a filled
 * buddy allocator.
 */
#include <arch/boot.h>
#include <tessera/mm/kasan.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include "internal.h"

enum { MM_RAM_MIN_PAGES = 16 * 1024 * 1024 / PAGE_SIZE };
#define MM_PHYS_MAX ((uint64_t)mm_min(ARCH_DIRECT_SIZE, 1ull << 40))
enum { SECTIONS_MAX = 1 << (40 - PAGE_SECTION_SHIFT), RESERVED_MAP_MAX = 16 << 20 };

struct pfn_ranges mm_free_ranges, mm_ram_ranges;
bool mm_buddy_up;
pfn_t page_pfn_end;
static uint64_t sections[SECTIONS_MAX / 64];
static pfn_t boot_limit; /* frames below it can be reached now */
static uint64_t boot_pages;

bool page_valid(pfn_t pfn)
{
	uint64_t s = pfn >> (PAGE_SECTION_SHIFT - PAGE_SHIFT);

	return s < SECTIONS_MAX && (sections[s / 64] >> (s % 64) & 1);
}

bool page_is_ram(pfn_t pfn)
{
	for (unsigned i = 0; i < mm_ram_ranges.n; i++)
		if (pfn >= mm_ram_ranges.r[i].start && pfn < mm_ram_ranges.r[i].end)
			return true;
	return false;
}

paddr_t image_to_phys(const void *p)
{
	return (uintptr_t)p - (uintptr_t)kernel_image_start + arch_image_phys;
}

paddr_t boot_alloc_pages(size_t n)
{
	pfn_t pfn =
		ranges_take_top(&mm_free_ranges, n, boot_limit, n >= PT_ENTRIES ? PT_ENTRIES : 1);

	if (pfn == ~(pfn_t)0)
		boot_fail("mm: no memory for %zu pages of kernel tables", n);
	boot_pages += n;
	memset(phys_to_virt(pfn << PAGE_SHIFT), 0, n << PAGE_SHIFT);
	return pfn << PAGE_SHIFT;
}

/*
 * A firmware range clipped to what can be mapped: inwards for RAM, outwards for what must not be
 * touched.
 */
static struct pfn_range clip(const struct boot_range *b, bool inward)
{
	uint64_t base = b->base, end;

	if (base >= MM_PHYS_MAX || !b->size)
		return (struct pfn_range){0, 0};
	end = b->size > MM_PHYS_MAX - base ? MM_PHYS_MAX : base + b->size;
	if (inward)
		return (struct pfn_range){mm_align_up(base, PAGE_SIZE) >> PAGE_SHIFT,
					  end >> PAGE_SHIFT};
	return (struct pfn_range){base >> PAGE_SHIFT, mm_align_up(end, PAGE_SIZE) >> PAGE_SHIFT};
}

static unsigned count_max(unsigned n)
{
	return n < BOOT_RANGES_MAX ? n : BOOT_RANGES_MAX;
}

static void collect_ranges(void)
{
	struct boot_range image = {arch_image_phys,
				   (uint64_t)(kernel_image_end - kernel_image_start)};
	struct pfn_range r;

	for (unsigned i = 0; i < count_max(boot_info.nr_ram); i++) {
		r = clip(&boot_info.ram[i], true);
		if (!ranges_add(&mm_ram_ranges, r.start, r.end))
			log_warn("mm: too many memory ranges, %#llx is not used",
				 (unsigned long long)boot_info.ram[i].base);
	}
	mm_free_ranges = mm_ram_ranges;
	for (unsigned i = 0; i < count_max(boot_info.nr_reserved); i++) {
		r = clip(&boot_info.reserved[i], false);
		ranges_remove(&mm_free_ranges, r.start, r.end);
	}
	r = clip(&image, false);
	ranges_remove(&mm_free_ranges, r.start, r.end);
	r = clip(&boot_info.archive, false);
	ranges_remove(&mm_free_ranges, r.start, r.end);
	r = clip(&boot_info.fdt, false);
	ranges_remove(&mm_free_ranges, r.start, r.end);
	ranges_remove(&mm_free_ranges, 0, 1);
	if (ranges_total(&mm_free_ranges) < MM_RAM_MIN_PAGES)
		boot_fail("mm: too little memory: %llu KiB usable, %u KiB needed",
			  (unsigned long long)ranges_total(&mm_free_ranges) * 4,
			  MM_RAM_MIN_PAGES * 4);
	page_pfn_end = mm_ram_ranges.r[mm_ram_ranges.n - 1].end;
}

static void map_kernel(vaddr_t va, paddr_t pa, uint64_t size, unsigned prot)
{
	int err = size ? pt_map(&kernel_pgtable, va, pa, size, prot | VM_GLOBAL, MEM_NORMAL) : 0;

	if (err)
		panic("mm: cannot map %#llx bytes at %#llx: error %d", (unsigned long long)size,
		      (unsigned long long)va, err);
}

static void map_image_part(const char *start, const char *end, unsigned prot)
{
	map_kernel((vaddr_t)start, image_to_phys(start), (uint64_t)(end - start), prot);
}

static void map_image(void)
{
	map_image_part(kernel_text_start, kernel_text_end, VM_READ | VM_EXEC);
	map_image_part(kernel_rodata_start, kernel_rodata_end, VM_READ);
	map_image_part(kernel_data_start, kernel_data_end, VM_READ | VM_WRITE);
	map_image_part(kernel_bss_start, kernel_bss_end, VM_READ | VM_WRITE);
}

/* Direct map of RAM [start, end); text and rodata of the image are read-only there too. */
static void map_direct(pfn_t start, pfn_t end)
{
	paddr_t ro = image_to_phys(kernel_text_start), ro_end = image_to_phys(kernel_rodata_end);
	paddr_t at = start << PAGE_SHIFT, stop = end << PAGE_SHIFT;

	while (at < stop) {
		bool in = at >= ro && at < ro_end;
		paddr_t next = in ? mm_min(stop, ro_end) : at < ro ? mm_min(stop, ro) : stop;

		map_kernel(ARCH_DIRECT_BASE + at, at, next - at, in ? VM_READ : VM_READ | VM_WRITE);
		at = next;
	}
}

/* Small reserved ranges outside of RAM (firmware tables) can be read through the direct map. */
static void map_firmware(void)
{
	struct pfn_ranges extra = {.n = 0};

	for (unsigned i = 0; i < count_max(boot_info.nr_reserved); i++) {
		struct pfn_range r = clip(&boot_info.reserved[i], false);

		if (boot_info.reserved[i].size <= RESERVED_MAP_MAX)
			ranges_add(&extra, r.start, r.end);
	}
	for (unsigned i = 0; i < mm_ram_ranges.n; i++)
		ranges_remove(&extra, mm_ram_ranges.r[i].start, mm_ram_ranges.r[i].end);
	for (unsigned i = 0; i < extra.n; i++)
		map_kernel(ARCH_DIRECT_BASE + (extra.r[i].start << PAGE_SHIFT),
			   extra.r[i].start << PAGE_SHIFT,
			   (extra.r[i].end - extra.r[i].start) << PAGE_SHIFT, VM_READ);
}

static void init_section(uint64_t s)
{
	pfn_t first = s * PAGE_SECTION_FRAMES;
	uint64_t bytes = (uint64_t)PAGE_SECTION_FRAMES * sizeof(struct page);

	map_kernel((vaddr_t)pfn_to_page(first), boot_alloc_pages(bytes >> PAGE_SHIFT), bytes,
		   VM_READ | VM_WRITE);
	kasan_map_shadow((vaddr_t)pfn_to_page(first), bytes);
	sections[s / 64] |= 1ull << (s % 64);
	for (unsigned i = 0; i < PAGE_SECTION_FRAMES; i++)
		pfn_to_page(first)[i].state = PAGE_RESERVED;
}

static void init_page_array(void)
{
	for (unsigned i = 0; i < mm_ram_ranges.n; i++) {
		uint64_t s = mm_ram_ranges.r[i].start / PAGE_SECTION_FRAMES;

		for (; s * PAGE_SECTION_FRAMES < mm_ram_ranges.r[i].end; s++)
			if (!page_valid(s * PAGE_SECTION_FRAMES))
				init_section(s);
	}
}

void mm_boot_init(void)
{
	int err;

	collect_ranges();
	boot_limit = mm_min(boot_info.early_limit >> PAGE_SHIFT, page_pfn_end);
	if (!boot_limit)
		boot_limit = page_pfn_end;
	kernel_pgtable.root = boot_alloc_pages(1);
	kernel_pgtable.tables = 1;
	map_image();
	for (unsigned i = 0; i < mm_ram_ranges.n; i++)
		map_direct(mm_ram_ranges.r[i].start, mm_ram_ranges.r[i].end);
	map_firmware();
	/* top-level entries of windows that fill later: user roots copy them once and for all */
	err = pt_prepare(&kernel_pgtable, ARCH_VMAP_BASE, ARCH_VMAP_SIZE);
	if (!err)
		err = pt_prepare(&kernel_pgtable, ARCH_DOMAIN_BASE, 8ull * (256 << 20));
	if (err)
		panic("mm: kernel windows: error %d", err);
	arch_kernel_root_load(kernel_pgtable.root);
	boot_limit = page_pfn_end;
	kasan_init();
	init_page_array();
	log_info("mm: %llu MiB of memory in %u ranges, %llu KiB of tables",
		 (unsigned long long)(ranges_total(&mm_ram_ranges) >> 8), mm_ram_ranges.n,
		 (unsigned long long)boot_pages * 4);
}

void mm_init(void)
{
	account_init();
	buddy_init();
	for (unsigned i = 0; i < mm_free_ranges.n; i++)
		buddy_add_range(mm_free_ranges.r[i].start, mm_free_ranges.r[i].end);
	mm_free_ranges.n = 0;
	mm_buddy_up = true;
	slab_init();
	pmo_init();
	space_init();
}

void mm_init_cpu(void)
{
	arch_kernel_root_load(kernel_pgtable.root);
}
