# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the tests that boot guests: pytest tests/boot."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
from vmlib import packages  # noqa: E402
from vmlib.boards import ARCHES, BOARDS  # noqa: E402
from vmlib.vm import Vm  # noqa: E402

TEST_BOARDS = [name for name, board in BOARDS.items() if not board.linux_board]


def pytest_addoption(parser):
    parser.addoption("--board", action="append", choices=list(BOARDS), metavar="BOARD",
                     help="boot on this board only (repeatable); default: all")
    parser.addoption("--objdir", metavar="DIR", help="Tessera's build directory, built already")


def pytest_configure(config):
    config.addinivalue_line("markers", "linux: boots Debian's Linux")
    config.addinivalue_line("markers", "tessera: boots Tessera")
    config.addinivalue_line("markers", "long: only in 'make check-long'")


def pytest_generate_tests(metafunc):
    boards = metafunc.config.getoption("board")
    if "linux_vm" in metafunc.fixturenames:
        metafunc.parametrize("linux_vm", [b for b in boards or TEST_BOARDS if b in TEST_BOARDS],
                             indirect=True)
    if "tessera_vm" in metafunc.fixturenames:
        metafunc.parametrize("tessera_vm", boards or list(BOARDS), indirect=True)


@pytest.fixture
def linux_vm(request):
    """Debian's Linux on a board, skipped where its packages are not pinned."""
    debian = ARCHES[BOARDS[request.param].arch].debian
    pinned = {arch for arch, package in packages.lock_read() if package.startswith("linux-image")}
    if debian not in pinned:
        pytest.skip("no Linux for %s in scripts/packages.lock" % debian)
    return Vm(kernel="linux", board=request.param, timeout=180)


@pytest.fixture
def tessera_vm(request):
    """Tessera on a board, built if it is out of date (not in 'make check': built there before)."""
    objdir = request.config.getoption("objdir")
    if not objdir and os.environ.get("TESSERA_BUILDS"):
        objdir = os.path.join(os.environ["TESSERA_BUILDS"], request.param)
    return Vm(kernel="tessera", board=request.param, timeout=180, objdir=objdir,
              no_build=bool(objdir))


@pytest.fixture
def ktap_results(request):
    """Function that makes every result of a KTAP report a result of pytest."""
    def publish(report):
        item = request.node
        for r in report.results:
            text = None
            if r.status == "failed":
                text = "\n".join(["not ok " + r.name] + r.notes)
            elif r.status == "skipped":
                text = (str(item.path), None, r.reason)
            item.ihook.pytest_runtest_logreport(report=pytest.TestReport(
                nodeid="%s::%s" % (item.nodeid, r.name), location=item.location, keywords={},
                outcome=r.status, longrepr=text, when="call"))
        assert not report.problems, "\n".join(report.problems)
        assert report.results, "no tests ran"
    return publish
