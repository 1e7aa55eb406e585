# SPDX-License-Identifier: BSD-2-Clause
"""Tessera on its boards: the tests inside the kernel, and what a panic looks like from outside."""
import pytest

pytestmark = pytest.mark.tessera


@pytest.mark.parametrize("smp", [1, 4])
def test_in_kernel(tessera_vm, ktap_results, smp):
    ktap_results(tessera_vm.ktest(smp=smp, timeout=400))


def test_panic_is_seen(tessera_vm):
    done = tessera_vm.kernel("crash=panic")
    assert done.status == 125, done.console
    assert "kernel panic: asked for by crash=panic" in done.reason
    assert "backtrace:" in done.console
