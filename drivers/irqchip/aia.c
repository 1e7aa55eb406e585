/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V Advanced Interrupt Architecture 1.0: an APLIC for wired interrupts, in one of two modes.
 *  MSI mode: it sends a message to the IMSIC of a hart (identity line + 1); identity 1 carries
 * IPIs. Direct mode, on harts without IMSIC: it signals the hart by its interrupt delivery control;
 * IPIs come by SBI.
 */
#include <arch/io.h>
#include <arch/irq.h>
#include <asm/csr.h>
#include <asm/dt.h>
#include <asm/hart.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>

enum { /* APLIC, AIA 1.0 table 4.2 */
       APLIC_DOMAINCFG = 0,
       APLIC_SOURCECFG = 0,
       APLIC_SETIPNUM = 0x1cdc,
       APLIC_IN_CLRIP = 0x1d00,
       APLIC_SETIENUM = 0x1edc,
       APLIC_CLRIENUM = 0x1fdc,
       APLIC_CLRIE = 0x1f00,
       APLIC_TARGET = 0x3000,
       APLIC_IDC = 0x4000,
       APLIC_IDC_SIZE = 32,
       DOMAINCFG_IE = 1 << 8,
       DOMAINCFG_DM = 1 << 2,
       APLIC_SOURCES_MAX = 1023,
       SOURCE_EDGE_RISE = 4,
       SOURCE_EDGE_FALL = 5,
       SOURCE_LEVEL_HIGH = 6,
       SOURCE_LEVEL_LOW = 7,
       SOURCE_INACTIVE = 0,
       IDC_DELIVERY = 0,
       IDC_FORCE = 4,
       IDC_THRESHOLD = 8,
       IDC_CLAIMI = 0x1c,
       AIA_IRQ_S_EXT = 9,
};
enum { /* IMSIC, by siselect and sireg; memory: one page per interrupt file */
       IMSIC_EIDELIVERY = 0x70,
       IMSIC_EITHRESHOLD = 0x72,
       IMSIC_EIE0 = 0xc0,
       IMSIC_IDS_MAX = 2047,
       IMSIC_PAGE = 4096,
       IMSIC_REGIONS_MAX = 8,
       IMSIC_ID_IPI = 1,
};

struct imsic_file {
	char *page;	     /* NULL: the hart has none */
	uint32_t hart_index; /* as the APLIC addresses it: group and hart bits */
};

static char *aplic;
static unsigned nr_sources;
static uint8_t cpu_of[APLIC_SOURCES_MAX + 1]; /* target of the line; by the line's lock */
static bool level[APLIC_SOURCES_MAX + 1];     /* set by set_type, before the line is unmasked */
static struct imsic_file imsic[CPUS_MAX];
static unsigned imsic_ids; /* 0: direct mode */
static int32_t idc_of[CPUS_MAX];

static void imsic_write(unsigned long select, unsigned long v)
{
	csr_write(CSR_SISELECT, select);
	csr_write(CSR_SIREG, v);
}

static void aplic_mask(unsigned line)
{
	io_write32(aplic + APLIC_CLRIENUM, line);
}

static void aplic_unmask(unsigned line)
{
	io_write32(aplic + APLIC_SETIENUM, line);
}

/* The target register of an inactive source reads as zero (AIA 1.0, 4.5.16): written again when it
 * gets a type. */
static void write_target(unsigned line)
{
	unsigned cpu = cpu_of[line];

	if (imsic_ids)
		io_write32(aplic + APLIC_TARGET + line * 4,
			   imsic[cpu].hart_index << 18 | (line + 1));
	else
		io_write32(aplic + APLIC_TARGET + line * 4,
			   (uint32_t)idc_of[cpu] << 18 | 1); /* priority 1 */
}

static int aplic_set_type(unsigned line, unsigned flags)
{
	uint32_t mode;

	if (flags & IRQ_EDGE)
		mode = flags & IRQ_ACTIVE_LOW ? SOURCE_EDGE_FALL : SOURCE_EDGE_RISE;
	else
		mode = flags & IRQ_ACTIVE_LOW ? SOURCE_LEVEL_LOW : SOURCE_LEVEL_HIGH;
	level[line] = !(flags & IRQ_EDGE);
	io_write32(aplic + APLIC_SOURCECFG + line * 4, mode);
	/* WARL: 0 means that no such wire exists, or that it is not ours */
	if (io_read32(aplic + APLIC_SOURCECFG + line * 4) != mode)
		return -EINVAL;
	write_target(line);
	return 0;
}

static int aplic_set_affinity(unsigned line, unsigned cpu)
{
	if (cpu >= cpus_online || (imsic_ids ? !imsic[cpu].page : idc_of[cpu] < 0))
		return -EINVAL;
	cpu_of[line] = (uint8_t)cpu;
	write_target(line);
	return 0;
}

/*
 * A level that is still active sends no new message by itself (AIA 1.0, 4.9.2). setipnum has an
 * effect for active inputs only, but QEMU before 9.0 sends in any case: so look at the input first.
 */
static void resend_level(unsigned line)
{
	if (level[line] && io_read32(aplic + APLIC_IN_CLRIP + line / 32 * 4) >> line % 32 & 1)
		io_write32(aplic + APLIC_SETIPNUM, line);
}

static void imsic_external(void)
{
	unsigned long top;

	while ((top = csr_swap(CSR_STOPEI, 0)) != 0) {
		unsigned id = (unsigned)(top >> 16) & 0x7ff;

		if (id == IMSIC_ID_IPI) {
			riscv_ipi_poll();
			continue;
		}
		if (id - 1 > nr_sources)
			continue;
		irq_dispatch(id - 1);
		resend_level(id - 1);
	}
}

static void imsic_ipi(unsigned cpu)
{
	io_write32(imsic[cpu].page, IMSIC_ID_IPI);
}

static void imsic_cpu_init(void)
{
	unsigned i;

	imsic_write(IMSIC_EITHRESHOLD, 0);
	for (i = 0; i <= imsic_ids / 64; i++)
		imsic_write(IMSIC_EIE0 + 2 * i,
			    ~0ul); /* masking is the APLIC's; lines may move between harts */
	imsic_write(IMSIC_EIDELIVERY, 1);
}

static void idc_external(void)
{
	char *idc = aplic + APLIC_IDC + (size_t)idc_of[cpu_id()] * APLIC_IDC_SIZE;
	uint32_t top;

	while ((top = io_read32(idc + IDC_CLAIMI)) != 0)
		irq_dispatch(top >> 16);
}

static void idc_cpu_init(void)
{
	char *idc;

	if (idc_of[cpu_id()] < 0)
		return;
	idc = aplic + APLIC_IDC + (size_t)idc_of[cpu_id()] * APLIC_IDC_SIZE;
	io_write32(idc + IDC_FORCE, 0);
	io_write32(idc + IDC_THRESHOLD, 0);
	io_write32(idc + IDC_DELIVERY, 1);
}

static struct irqchip aplic_ops = {
	.name = "aplic",
	.mask = aplic_mask,
	.unmask = aplic_unmask,
	.set_type = aplic_set_type,
	.set_affinity = aplic_set_affinity,
};
static const struct riscv_intc imsic_intc = {
	.name = "aia (imsic, aplic)",
	.external = imsic_external,
	.ipi = imsic_ipi,
	.cpu_init = imsic_cpu_init,
};
static const struct riscv_intc idc_intc = {
	.name = "aplic (direct)",
	.external = idc_external,
	.cpu_init = idc_cpu_init,
};

static unsigned bits_for(unsigned n)
{
	unsigned b = 0;

	while (b < 16 && 1u << b < n)
		b++;
	return b;
}

/* Entry i of interrupts-extended: the CPU, if the entry is its supervisor external interrupt, else
 * -1. */
static int parent_hart(int node, unsigned i)
{
	uint32_t intc, irq;

	if (!dt_cell(node, "interrupts-extended", 2 * i, &intc) ||
	    !dt_cell(node, "interrupts-extended", 2 * i + 1, &irq) || irq != AIA_IRQ_S_EXT)
		return -1;
	return riscv_hart_by_intc(intc);
}

static bool has_s_parent(int node)
{
	unsigned i, n = dt_cells(node, "interrupts-extended") / 2;

	for (i = 0; i < n; i++)
		if (parent_hart(node, i) >= 0)
			return true;
	return false;
}

/* Where the interrupt file at byte offset off of the (concatenated) regions lies. */
static char *imsic_page(int node, uint64_t off, paddr_t *pa)
{
	static struct {
		paddr_t base;
		char *map;
	} region[IMSIC_REGIONS_MAX];
	uint64_t size;
	paddr_t base;
	unsigned i;

	for (i = 0; i < IMSIC_REGIONS_MAX && dt_reg(node, i, &base, &size); i++) {
		if (off + IMSIC_PAGE > size) {
			if (off < size)
				return NULL;
			off -= size;
			continue;
		}
		if (!region[i].map || region[i].base != base) {
			region[i].map = vmap_io(base, size);
			region[i].base = base;
		}
		*pa = base + off;
		return region[i].map ? region[i].map + off : NULL;
	}
	return NULL;
}

/* The supervisor interrupt files of all harts. */
static int imsic_init(int node)
{
	unsigned i, n = dt_cells(node, "interrupts-extended") / 2;
	uint32_t ids = 0, guest_bits = 0, hart_bits = bits_for(n), group_bits = 0, group_shift = 24;

	dt_cell(node, "riscv,guest-index-bits", 0, &guest_bits);
	dt_cell(node, "riscv,hart-index-bits", 0, &hart_bits);
	dt_cell(node, "riscv,group-index-bits", 0, &group_bits);
	dt_cell(node, "riscv,group-index-shift", 0, &group_shift);
	if (!dt_cell(node, "riscv,num-ids", 0, &ids) || ids < 63 || ids > IMSIC_IDS_MAX ||
	    guest_bits > 6 || hart_bits > 14 || group_bits > 14 || hart_bits + group_bits > 14 ||
	    group_shift < 12 || group_shift > 56) {
		log_err("imsic: bad riscv,num-ids or index bits in the device tree");
		return -EINVAL;
	}
	for (i = 0; i < n; i++) {
		int cpu = parent_hart(node, i);
		uint64_t ppn, hart, group;
		paddr_t pa = 0;

		if (cpu < 0)
			continue;
		imsic[cpu].page = imsic_page(node, (uint64_t)i << guest_bits << 12, &pa);
		if (!imsic[cpu].page)
			continue;
		ppn = pa >> 12;
		hart = ppn >> guest_bits & ((1u << hart_bits) - 1);
		group = ppn >> (group_shift - 12) & ((1u << group_bits) - 1);
		imsic[cpu].hart_index = (uint32_t)(group << hart_bits | hart);
	}
	for (i = 0; i < riscv_nr_harts; i++) {
		if (!imsic[i].page) {
			log_err("imsic: no interrupt file for hart %lu in the device tree",
				riscv_harts[i].id);
			return -EINVAL;
		}
	}
	imsic_ids = ids;
	return 0;
}

/* All lines off and inactive; they go to the boot hart until set_affinity. */
static int aplic_init(int node, uint64_t size)
{
	unsigned i, n = dt_cells(node, "interrupts-extended") / 2;

	for (i = 0; i < CPUS_MAX; i++)
		idc_of[i] = -1;
	for (i = 0; !imsic_ids && i < n && APLIC_IDC + (i + 1) * (uint64_t)APLIC_IDC_SIZE <= size;
	     i++) {
		int cpu = parent_hart(node, i);

		if (cpu >= 0)
			idc_of[cpu] = (int32_t)i;
	}
	if (!imsic_ids && idc_of[0] < 0) {
		log_err("aplic: the boot hart has no interrupt delivery control");
		return -EINVAL;
	}
	io_write32(aplic + APLIC_DOMAINCFG, 0);
	for (i = 0; i <= nr_sources / 32; i++)
		io_write32(aplic + APLIC_CLRIE + i * 4, ~0u);
	for (i = 1; i <= nr_sources; i++)
		io_write32(aplic + APLIC_SOURCECFG + i * 4, SOURCE_INACTIVE);
	io_write32(aplic + APLIC_DOMAINCFG, DOMAINCFG_IE | (imsic_ids ? DOMAINCFG_DM : 0));
	return 0;
}

/* The domain that the firmware left to S-mode: its messages go to that IMSIC, or it signals the
 * supervisor directly. */
static int aplic_find(uint32_t imsic_phandle)
{
	uint32_t parent;
	int node;

	for (node = dt_next(-1, "riscv,aplic"); node >= 0; node = dt_next(node, "riscv,aplic")) {
		if (imsic_phandle) {
			if (dt_cell(node, "msi-parent", 0, &parent) && parent == imsic_phandle)
				return node;
		} else if (has_s_parent(node)) {
			return node;
		}
	}
	return -ENODEV;
}

int aia_probe(void)
{
	uint32_t sources = 0, phandle = 0;
	int files, node, err;
	uint64_t size;
	paddr_t base;

	for (files = dt_next(-1, "riscv,imsics"); files >= 0;
	     files = dt_next(files, "riscv,imsics"))
		if (has_s_parent(files))
			break;
	if (files >= 0 && !(riscv_features & RISCV_SSAIA)) {
		log_err("imsic: in the device tree, but the harts have no ssaia");
		return -EINVAL;
	}
	if (files >= 0)
		dt_cell(files, "phandle", 0, &phandle);
	node = aplic_find(phandle);
	if (node < 0)
		return -ENODEV;
	if (!dt_cell(node, "riscv,num-sources", 0, &sources) || sources == 0 ||
	    sources > APLIC_SOURCES_MAX || !dt_reg(node, 0, &base, &size) || size < APLIC_IDC) {
		log_err("aplic: bad riscv,num-sources or reg in the device tree");
		return -EINVAL;
	}
	if (files >= 0) {
		err = imsic_init(files);
		if (err)
			return err;
	}
	nr_sources = sources;
	if (imsic_ids && nr_sources + 1 > imsic_ids)
		nr_sources = imsic_ids - 1;
	aplic = vmap_io(base, size);
	if (!aplic)
		return -ENOMEM;
	err = aplic_init(node, size);
	if (err)
		return err;
	aplic_ops.nr_lines = nr_sources + 1;
	irq_set_root(&aplic_ops);
	riscv_intc = imsic_ids ? &imsic_intc : &idc_intc;
	log_info("aplic: %u sources at %#lx, %s", nr_sources, base,
		 imsic_ids ? "messages to imsic" : "direct delivery");
	return 0;
}
