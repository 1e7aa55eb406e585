#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Guest instructions from kernel_main() to the root process, 256 MiB, one CPU, counted by QEMU's -icount: one per nanosecond.

usage: bench-boot.py [--build DIR]     DIR is not used: each board has its own build under build/boards
Prints a table and writes build/bench/boot.json: records {name, arch, preset, class, value, unit}.
"""
import json
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "scripts"))
from vmlib.boards import BOARDS  # noqa: E402
from vmlib.vm import Vm  # noqa: E402

LIMIT = 20_000_000
MARK = re.compile(r"\[ *(\d+)\.(\d{6}) \d+\] root: the root process runs")


def main():
    records, bad = [], 0
    builds = os.environ.get("TESSERA_BUILDS")
    for name, board in BOARDS.items():
        objdir = os.path.join(builds, name) if builds else None
        done = Vm(kernel="tessera", board=name, timeout=120, mem=256, icount=True, objdir=objdir, no_build=bool(builds)).kernel()
        found = MARK.search(done.console)
        if done.status or not found:
            print("%-22s did not reach the root process: %s" % (name, done.reason))
            bad += 1
            continue
        instructions = int(found.group(1)) * 10**9 + int(found.group(2)) * 1000
        bad += instructions >= LIMIT
        print("%-22s %8.3f million instructions to the root process (limit %d)" % (name, instructions / 1e6, LIMIT // 10**6))
        records.append({"name": "boot-" + name, "arch": board.arch, "preset": "fast", "class": "", "value": instructions,
                        "unit": "instructions"})
    out = os.path.join(TOP, "build", "bench")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "boot.json"), "w", encoding="utf-8") as f:
        json.dump(records, f, indent=1)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
