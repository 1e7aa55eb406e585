/* SPDX-License-Identifier: BSD-2-Clause */
/* Device tree reader on blobs made by dtc: what is read from good ones, and that bad ones give an error with a reason. */
#include <string.h>
#include <unistd.h>
#include <tessera/fw/fdt.h>
#include <tessera/lib/errno.h>
#include "tap.h"

struct blob {
	void *bytes;
	size_t size;
};

/* Compiled by dtc into memory of exactly its size */
static struct blob compile(const char *dts)
{
	char in[] = "/tmp/fdt_test_XXXXXX", cmd[128];
	struct blob b = {NULL, 0};
	static unsigned char room[1 << 18];
	int fd = mkstemp(in);
	FILE *p;

	if (fd < 0 || write(fd, dts, strlen(dts)) != (ssize_t)strlen(dts))
		abort();
	close(fd);
	snprintf(cmd, sizeof(cmd), "dtc -q -f -O dtb -o - %s", in);
	p = popen(cmd, "r");
	if (p)
		b.size = fread(room, 1, sizeof(room), p);
	if (!p || pclose(p) != 0 || b.size == 0) {
		printf("Bail out! dtc failed; package device-tree-compiler\n");
		exit(2);
	}
	unlink(in);
	b.bytes = malloc(b.size);
	memcpy(b.bytes, room, b.size);
	return b;
}

static struct fdt f;
static struct blob cur;
static bool open_dts(const char *dts)
{
	free(cur.bytes);
	cur = compile(dts);
	return fdt_open(&f, cur.bytes, cur.size) == 0;
}

static const char machine[] =
	"/dts-v1/; /memreserve/ 0x40000000 0x1000; /memreserve/ 0x50000000 0x2000;"
	"/ { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;"
	" aliases { serial0 = &uart; loop = \"loop\"; rel = \"soc\"; bus = \"/soc\"; };"
	" chosen { bootargs = \"console=x quiet\"; stdout-path = \"serial0:115200n8\"; linux,initrd-start = <0x48000000>;"
	"  linux,initrd-end = <0 0x48100001>; rng-seed = [01 02 03]; kaslr-seed = <1 2>; };"
	" psci { compatible = \"arm,psci-1.0\", \"arm,psci-0.2\", \"arm,psci\"; method = \"smc\"; cpu_on = <0x84000003>; };"
	" memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x10000000>, <0 0 0 0>, <1 0 2 0>; };"
	" memory@0 { device_type = \"memory\"; status = \"disabled\"; reg = <0 0 0 0x1000>; };"
	" memory@f0000000 { device_type = \"memory\"; reg = <0 0xf0000000 0 0x1000>; };"
	" reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
	"  dyn { size = <0 0x1000>; }; r@41000000 { reg = <0 0x41000000 0 0x1000 0 0x42000000 0 0x3000>; }; };"
	" cpus { #address-cells = <2>; #size-cells = <0>; timebase-frequency = <0 10000000>;"
	"  cpu@0 { device_type = \"cpu\"; reg = <0 0>; enable-method = \"psci\"; riscv,isa = \"rv64i2p1mafdch_zicsr_svpbmt_sstc\";"
	"   mmu-type = \"riscv,sv48\"; ic: interrupt-controller { compatible = \"riscv,cpu-intc\"; "
	"interrupt-controller; #interrupt-cells = <1>; }; };"
	"  cpu@100000001 { device_type = \"cpu\"; reg = <1 1>; status = \"disabled\"; riscv,isa-extensions = \"i\", \"sstc\"; };"
	"  cpu-map { }; };"
	" gic: intc@8000000 { compatible = \"arm,gic-v3\"; interrupt-controller; #interrupt-cells = <3>;"
	"  reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>; reg-names = \"gicd\", \"gicr\"; };"
	" timer { compatible = \"arm,armv8-timer\"; interrupts = <1 13 4>, <1 14 8>; };"
	" soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 1 0x9000000 0x100000>, <0x200000 0 0xa000000 0x1000>;"
	"  uart: uart@1000 { compatible = \"arm,pl011\", \"arm,primecell\"; reg = <0x1000 0x1000>; interrupts = <0 1 4>; };"
	"  uart@200000 { compatible = \"arm,pl011\"; status = \"disabled\"; reg = <0x200800 0x800 0x200800 0x801>; };"
	"  bus { #address-cells = <1>; #size-cells = <1>; ranges; inner: dev@2000 { compatible = \"in,ner\"; reg = <0x2000 0x10>;"
	"   interrupts-extended = <&ic 9>, <&gic 0 7 1>; }; };"
	"  opaque { #address-cells = <1>; #size-cells = <1>; dev@1 { compatible = \"op,aque\"; reg = <1 1>; }; }; };"
	"};";

static bool range_is(int err, struct fdt_range r, uint64_t base, uint64_t size)
{
	if (err || r.base != base || r.size != size)
		printf("# err %d, %#llx + %#llx\n", err, (unsigned long long)r.base,
		       (unsigned long long)r.size);
	return !err && r.base == base && r.size == size;
}
#define RANGE(call, b, s)                         \
	do {                                      \
		struct fdt_range r = {0};         \
		int e_ = (call);                  \
		CHECK(range_is(e_, r, (b), (s))); \
	} while (0)

static void test_nodes(void)
{
	int uart, node;
	uint32_t v;

	REQUIRE(open_dts(machine));
	uart = fdt_node(&f, "/soc/uart@1000");
	CHECK(uart > 0 && fdt_node(&f, "/soc/uart") == uart && fdt_node(&f, "serial0") == uart &&
	      fdt_node(&f, "bus/uart@1000") == uart);
	CHECK(fdt_node(&f, "/") == 0 && fdt_node(&f, "//soc//uart@1000/") == uart &&
	      strcmp(fdt_name(&f, uart), "uart@1000") == 0);
	CHECK(fdt_node(&f, "/soc/uart@1") == -ENOENT && fdt_node(&f, "loop") == -ENOENT &&
	      fdt_node(&f, "rel") == -ENOENT && fdt_node(&f, "") == -ENOENT &&
	      fdt_node(&f, "bus/none") == -ENOENT && fdt_node(&f, "/so") == -ENOENT);
	node = fdt_next_compatible(&f, -1, "arm,pl011");
	CHECK(node == uart);
	node = fdt_next_compatible(&f, node, "arm,pl011");
	CHECK(node > uart && !fdt_enabled(&f, node) &&
	      fdt_next_compatible(&f, node, "arm,pl011") == -ENOENT);
	CHECK(fdt_next_enabled(&f, uart, "arm,pl011") == -ENOENT &&
	      fdt_is_compatible(&f, uart, "arm,primecell"));
	CHECK(strcmp(fdt_prop_str_at(&f, uart, "compatible", 1), "arm,primecell") == 0 &&
	      !fdt_prop_str_at(&f, uart, "compatible", 2));
	CHECK(!fdt_prop_str(&f, uart, "compatible") && !fdt_prop_str(&f, uart, "reg"));
	CHECK(fdt_prop_u32_at(&f, uart, "reg", 1, &v) == 0 && v == 0x1000 &&
	      fdt_prop_u32_at(&f, uart, "reg", 2, &v) == -ENOENT);
	CHECK(fdt_prop_u32_at(&f, uart, "reg", UINT32_MAX, &v) == -ENOENT);
}

static void test_addresses(void)
{
	int gic, node;
	struct fdt_range x;

	REQUIRE(open_dts(machine));
	gic = fdt_node(&f, "/intc");
	RANGE(fdt_reg(&f, gic, 1, &r), 0x80a0000, 0xf60000);
	RANGE(fdt_reg_named(&f, gic, "gicr", &r), 0x80a0000, 0xf60000);
	CHECK(fdt_reg(&f, gic, 2, &x) == -ENOENT && fdt_reg_named(&f, gic, "none", &x) == -ENOENT &&
	      fdt_reg(&f, 0, 0, &x) == -ENOENT);
	RANGE(fdt_reg(&f, fdt_node(&f, "/soc/uart@1000"), 0, &r), 0x109001000, 0x1000);
	node = fdt_node(&f, "/soc/uart@200000");
	RANGE(fdt_reg(&f, node, 0, &r), 0xa000800, 0x800);
	CHECK(fdt_reg(&f, node, 1, &x) == -EINVAL && strstr(f.reason, "not in the ranges"));
	RANGE(fdt_reg(&f, fdt_next_compatible(&f, -1, "in,ner"), 0, &r), 0x109002000, 0x10);
	CHECK(fdt_reg(&f, fdt_next_compatible(&f, -1, "op,aque"), 0, &x) == -EINVAL &&
	      strstr(f.reason, "without ranges"));
	RANGE(fdt_memory(&f, 0, &r), 0x40000000, 0x10000000);
	RANGE(fdt_memory(&f, 1, &r), 0x100000000, 0x200000000);
	RANGE(fdt_memory(&f, 2, &r), 0xf0000000, 0x1000);
	CHECK(fdt_memory(&f, 3, &x) == -ENOENT);
	RANGE(fdt_reserved(&f, 0, &r), 0x40000000, 0x1000);
	RANGE(fdt_reserved(&f, 1, &r), 0x50000000, 0x2000);
	RANGE(fdt_reserved(&f, 2, &r), 0x41000000, 0x1000);
	RANGE(fdt_reserved(&f, 3, &r), 0x42000000, 0x3000);
	CHECK(fdt_reserved(&f, 4, &x) == -ENOENT);
}

static void test_chosen(void)
{
	const void *seed;
	const char *options = NULL;
	size_t len;
	uint64_t v;
	uint32_t on = 1;

	REQUIRE(open_dts(machine));
	CHECK(strcmp(fdt_bootargs(&f), "console=x quiet") == 0);
	RANGE(fdt_initrd(&f, &r), 0x48000000, 0x100001);
	CHECK(fdt_rng_seed(&f, &seed, &len) == 0 && len == 3 && !memcmp(seed, "\1\2\3", 3));
	CHECK(fdt_kaslr_seed(&f, &v) == 0 && v == 0x100000002);
	CHECK(fdt_stdout(&f, &options) == fdt_node(&f, "/soc/uart@1000") && options &&
	      !strcmp(options, "115200n8"));
	CHECK(fdt_psci(&f, &on) == FDT_PSCI_SMC && on == 0);
	CHECK(fdt_timebase(&f, &v) == 0 && v == 10000000);
}

static void test_cpus(void)
{
	struct fdt_cpu c;

	REQUIRE(open_dts(machine));
	REQUIRE(fdt_cpu(&f, 0, &c) == 0);
	CHECK(c.hwid == 0 && c.enabled && !strcmp(c.enable_method, "psci") &&
	      !strcmp(c.mmu_type, "riscv,sv48") && c.intc > c.node);
	CHECK(fdt_cpu_has_ext(&f, &c, "sstc") && fdt_cpu_has_ext(&f, &c, "svpbmt") &&
	      fdt_cpu_has_ext(&f, &c, "zicsr"));
	CHECK(fdt_cpu_has_ext(&f, &c, "d") && fdt_cpu_has_ext(&f, &c, "h") &&
	      !fdt_cpu_has_ext(&f, &c, "v") && !fdt_cpu_has_ext(&f, &c, "p"));
	CHECK(!fdt_cpu_has_ext(&f, &c, "sst") && !fdt_cpu_has_ext(&f, &c, "") &&
	      !fdt_cpu_has_ext(&f, &c, "z"));
	REQUIRE(fdt_cpu(&f, 1, &c) == 0);
	CHECK(c.hwid == 0x100000001 && !c.enabled && !c.enable_method && c.intc == -ENOENT);
	CHECK(fdt_cpu_has_ext(&f, &c, "sstc") && !fdt_cpu_has_ext(&f, &c, "m"));
	CHECK(fdt_cpu(&f, 2, &c) == -ENOENT);
}

static void test_interrupts(void)
{
	struct fdt_irq q;
	int gic, node;

	REQUIRE(open_dts(machine));
	gic = fdt_node(&f, "/intc");
	node = fdt_node(&f, "/timer");
	CHECK(fdt_irq(&f, node, 1, &q) == 0 && q.controller == gic && q.nr_cells == 3 &&
	      q.cells[1] == 14 && q.cells[2] == 8);
	CHECK(fdt_irq(&f, node, 2, &q) == -ENOENT && fdt_irq(&f, node, UINT32_MAX, &q) == -ENOENT &&
	      fdt_irq(&f, gic, 0, &q) == -ENOENT);
	CHECK(fdt_irq(&f, fdt_node(&f, "serial0"), 0, &q) == 0 && q.controller == gic &&
	      q.cells[1] == 1);
	node = fdt_next_compatible(&f, -1, "in,ner");
	CHECK(fdt_irq(&f, node, 0, &q) == 0 && q.nr_cells == 1 && q.cells[0] == 9 &&
	      fdt_is_compatible(&f, q.controller, "riscv,cpu-intc"));
	CHECK(fdt_irq(&f, node, 1, &q) == 0 && q.controller == gic && q.cells[1] == 7 &&
	      fdt_irq(&f, node, 2, &q) == -ENOENT);
}

static void test_hostile_content(void)
{
	struct fdt_range r;
	struct fdt_irq q;
	struct fdt_cpu c;
	uint64_t v;
	int n;

	REQUIRE(open_dts(
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;"
		" memory@0 { device_type = \"memory\"; reg = <0xffffffff 0xfffff000 0 0x2000>; };"
		" chosen { bootargs = [41 42]; linux,initrd-start = <8>; linux,initrd-end = <4>; stdout-path = \"nowhere\"; };"
		" cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = \"cpu\"; reg = [00]; }; };"
		" a: a { interrupt-parent = <&b>; interrupts = <1>; }; b: b { interrupt-parent = <&a>; };"
		" c { interrupts-extended = <&a 1>; }; d { interrupts-extended = <77 1>; };"
		" e: e { interrupt-controller; #interrupt-cells = <9>; }; g { interrupts-extended = <&e 1 2 3 4 5 6 7 8 9 10>; };"
		" h: h { interrupt-controller; #interrupt-cells = <2>; }; i { interrupts-extended = <&h 1>; };"
		" j { #address-cells = <9>; k { reg = <1 2 3>; }; }; l { reg = <1 2 3>; };"
		" psci { compatible = \"arm,psci\"; method = \"jump\"; }; };"));
	CHECK(fdt_memory(&f, 0, &r) == -EINVAL && strstr(f.reason, "wraps"));
	CHECK(strcmp(fdt_bootargs(&f), "") == 0 && fdt_initrd(&f, &r) == -EINVAL &&
	      fdt_stdout(&f, NULL) == -ENOENT);
	CHECK(fdt_cpu(&f, 0, &c) == -EINVAL && fdt_timebase(&f, &v) == -ENOENT &&
	      fdt_psci(&f, NULL) == FDT_PSCI_NONE);
	f.reason = NULL;
	CHECK(fdt_irq(&f, fdt_node(&f, "/a"), 0, &q) == -EINVAL && strstr(f.reason, "loop"));
	CHECK(fdt_irq(&f, fdt_node(&f, "/c"), 0, &q) == -EINVAL &&
	      fdt_irq(&f, fdt_node(&f, "/d"), 0, &q) == -EINVAL);
	CHECK(fdt_irq(&f, fdt_node(&f, "/g"), 0, &q) == -EINVAL &&
	      fdt_irq(&f, fdt_node(&f, "/i"), 0, &q) == -EINVAL);
	CHECK(fdt_reg(&f, fdt_node(&f, "/j/k"), 0, &r) == -EINVAL &&
	      fdt_reg(&f, fdt_node(&f, "/l"), 0, &r) == -EINVAL);
	n = fdt_node(&f, "/l");
	CHECK(fdt_reg(&f, n + 4, 0, &r) == -EINVAL && fdt_reg(&f, 1 << 30, 0, &r) == -EINVAL &&
	      fdt_child(&f, -5) < 0);
	CHECK(fdt_by_phandle(&f, 0) == -EINVAL && fdt_by_phandle(&f, 12345) == -ENOENT);
	REQUIRE(open_dts("/dts-v1/; / { };"));
	CHECK(fdt_memory(&f, 0, &r) == -ENOENT && fdt_reserved(&f, 0, &r) == -ENOENT &&
	      fdt_cpu(&f, 0, &c) == -ENOENT);
	CHECK(fdt_initrd(&f, &r) == -ENOENT && !*fdt_bootargs(&f) &&
	      fdt_stdout(&f, NULL) == -ENOENT);
}

static void test_depth(void)
{
	char dts[4096];

	for (int depth = FDT_DEPTH_MAX - 2; depth < FDT_DEPTH_MAX + 3; depth++) {
		size_t n = (size_t)sprintf(dts, "/dts-v1/; / { ");

		for (int i = 1; i < depth; i++)
			n += (size_t)sprintf(dts + n, "n%d { ", i);
		for (int i = 0; i < depth; i++)
			n += (size_t)sprintf(dts + n, "}; ");
		CHECK(open_dts(dts) == (depth <= FDT_DEPTH_MAX));
		CHECK(depth <= FDT_DEPTH_MAX || strstr(f.reason, "too deep"));
	}
}

/* Every cut of the blob, every word of the header and structure overwritten: an error, or everything stays in bounds */
static void test_damaged(void)
{
	struct blob good = compile(machine);
	static const uint32_t values[] = {0, 1,		 2,	     3,		 4,
					  9, 0xffffffff, 0x7fffffff, 0x80000000, 0x1000};
	struct fdt_range r;
	struct fdt_irq q;
	struct fdt_cpu c;

	for (size_t n = 0; n < good.size; n++) {
		void *cut = malloc(n ? n : 1);

		memcpy(cut, good.bytes, n);
		CHECK(fdt_open(&f, cut, n) < 0 && f.reason);
		free(cut);
	}
	CHECK(fdt_open(&f, (char *)good.bytes + 4, good.size - 4) == -EINVAL &&
	      strstr(f.reason, "aligned"));
	for (size_t at = 0; at + 4 <= good.size; at += 4) {
		uint32_t saved,
			v = __builtin_bswap32(values[rnd(sizeof(values) / sizeof(values[0]))]);
		int err;

		memcpy(&saved, (char *)good.bytes + at, 4);
		memcpy((char *)good.bytes + at, &v, 4);
		err = fdt_open(&f, good.bytes, good.size);
		CHECK(err == 0 || f.reason);
		for (unsigned i = 0; !err && i < 4; i++) {
			(void)fdt_memory(&f, i, &r);
			(void)fdt_reserved(&f, i, &r);
			(void)fdt_cpu(&f, i, &c);
			(void)fdt_reg(&f, fdt_node(&f, "serial0"), i, &r);
			(void)fdt_irq(&f, fdt_node(&f, "/timer"), i, &q);
			(void)fdt_stdout(&f, NULL);
		}
		memcpy((char *)good.bytes + at, &saved, 4);
	}
	CHECK(fdt_open(&f, good.bytes, good.size) == 0);
	free(good.bytes);
}

static const struct tap_test tests[] = {
	{"nodes and properties", test_nodes},
	{"addresses, memory", test_addresses},
	{"chosen", test_chosen},
	{"cpus", test_cpus},
	{"interrupts", test_interrupts},
	{"hostile content", test_hostile_content},
	{"nesting", test_depth},
	{"damaged blobs", test_damaged},
};
TAP_MAIN(tests)
