#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Build the fuzz targets (libFuzzer, ASan, UBSan) and run each for a while.
# usage: tests/fuzz/run.sh [SECONDS [TARGET...]]     default: 60 seconds, all targets
# Corpora and findings stay in build/fuzz; exit status 1 when anything was found.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
out=${FUZZ_DIR:-$top/build/fuzz}
seconds=${1:-60}
[ $# -gt 0 ] && shift
targets=${*:-fdt acpi cpio elf cmdline}
cc=${CLANG:-clang}

command -v "$cc" > /dev/null || { echo "run.sh: $cc not found; run 'apt-get install clang libclang-rt-14-dev'" >&2; exit 2; }
command -v dtc > /dev/null || { echo "run.sh: dtc not found; run 'apt-get install device-tree-compiler'" >&2; exit 2; }
libfdt=$top/build/dl/libfdt
"$top/scripts/fetch-source" arm-trusted-firmware "$top/build/dl"

sources_of() {
	case $1 in
	fdt) echo kernel/fw/fdt.c kernel/fw/fdt_reg.c kernel/fw/fdt_chosen.c tests/unit/lib_fdt.c ;;
	acpi) echo kernel/fw/acpi.c kernel/fw/acpi_aml.c ;;
	cpio) echo lib/cpio.c ;;
	elf) echo lib/elf.c ;;
	cmdline) echo lib/cmdline.c ;;
	*) echo "run.sh: no target '$1'" >&2; exit 2 ;;
	esac
}

mkdir -p "$out"
python3 "$top/tests/fuzz/seeds.py" "$out/seeds"
failed=0
for t in $targets; do
	src=$(sources_of "$t")
	(cd "$top" && $cc -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -fno-sanitize-recover=all \
		-fsanitize=fuzzer,address,undefined -Iinclude -Ilib/fdt -I"$libfdt" \
		-o "$out/$t" "tests/fuzz/${t}_fuzz.c" $src tests/unit/lib_string.c)
	mkdir -p "$out/corpus/$t" "$out/found"
	if nice -n 10 "$out/$t" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$out/found/$t-" "$out/corpus/$t" "$out/seeds/$t" > "$out/$t.log" 2>&1; then
		echo "ok   $t: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$t.log") runs in ${seconds} s"
	else
		echo "FAIL $t: see $out/$t.log"
		failed=1
	fi
done
exit $failed
