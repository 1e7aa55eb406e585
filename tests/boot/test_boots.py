# SPDX-License-Identifier: BSD-2-Clause
"""Boots to the root process and powers off with status 0, with every number of CPUs and size of memory; 20 times each in check-long."""
import pytest

pytestmark = pytest.mark.tessera
CPUS, MEMORY = (1, 2, 4, 8), (64, 256, 1024, 4096)


def boot(vm, smp, mem):
    done = vm.kernel(smp=smp, mem=mem, timeout=120)
    assert done.status == 0, done.reason + done.console[-3000:]
    assert "smp: %d of %d cpus" % (smp, smp) in done.console
    assert "root: 0 checks failed" in done.console


@pytest.mark.parametrize("smp,mem", [(1, 4096), (2, 64), (8, 256)])
def test_boots(tessera_vm, smp, mem):
    boot(tessera_vm, smp, mem)


@pytest.mark.long
@pytest.mark.parametrize("mem", MEMORY)
@pytest.mark.parametrize("smp", CPUS)
def test_boots_20_times(tessera_vm, smp, mem):
    for _ in range(20):
        boot(tessera_vm, smp, mem)
