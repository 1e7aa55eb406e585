# SPDX-License-Identifier: BSD-2-Clause
"""Linux programs on Tessera against the same programs on Linux: the command lines of tests/abi, all in one boot of each kernel."""
import os

import pytest

from vmlib import packages
from vmlib.boards import ARCHES, BOARDS
from vmlib.vm import Vm

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = b"@@@ "
pytestmark = pytest.mark.tessera


def corpus(name):
    """Command lines of a file; a here-document goes on to its end mark."""
    lines, out = iter(open(os.path.join(HERE, "..", "abi", name), encoding="utf-8").read().split("\n")), []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        if "<<X" in line:
            for more in lines:
                line += "\n" + more
                if more == "X":
                    break
        out.append(line)
    return out


def script(commands):
    parts = ["mkdir -p /tmp; cd /"]
    for i, command in enumerate(commands):
        quoted = command.replace("'", "'\\''")
        parts.append("echo '@@@ %d'; sh -c '%s' 2>&1 < /dev/null; echo \"=$?\"" % (i, quoted))
    return "\n".join(parts) + "\necho '@@@ end'\n"


def split(output):
    """{number: (text, status line)} of a run."""
    found = {}
    for part in (b"\n" + output).split(b"\n" + MARK)[1:]:
        number, _, text = part.partition(b"\n")
        found[number] = text.rstrip(b"\n")
    return found


def run_all(vm, commands, tmp_path, timeout=170):
    path = tmp_path / ("run-%s.sh" % vm.kernel_name)
    path.write_text(script(commands), encoding="utf-8")
    done = vm.vm.run("sh", "/run.sh", add=["%s:/run.sh" % path], smp=2, timeout=timeout)
    return done, split(done.stdout)


class Named:
    def __init__(self, vm, name):
        self.vm, self.kernel_name = vm, name


@pytest.mark.parametrize("board", ["qemu_aarch64_virt", "qemu_x86_64_q35", "qemu_riscv64_virt"])
def test_busybox_as_on_linux(board, tmp_path, request):
    debian = ARCHES[BOARDS[board].arch].debian
    if debian not in {arch for arch, name in packages.lock_read() if name.startswith("linux-image")}:
        pytest.skip("no Linux for %s in scripts/packages.lock" % debian)
    commands = corpus("busybox.txt")
    builds = os.environ.get("TESSERA_BUILDS")
    ours = Vm(kernel="tessera", board=board, timeout=180, objdir=os.path.join(builds, board) if builds else None,
              no_build=bool(builds))
    done, got = run_all(Named(ours, "tessera"), commands, tmp_path)
    oracle, want = run_all(Named(Vm(kernel="linux", board=board, timeout=180), "linux"), commands, tmp_path)
    assert b"end" in want, oracle.reason
    wrong = []
    for i, command in enumerate(commands):
        key = str(i).encode()
        if got.get(key) != want[key]:
            wrong.append("%s\n  linux:   %r\n  tessera: %r" % (command, want[key], got.get(key)))
    assert not wrong, "%d of %d command lines differ (%s)\n%s" % (len(wrong), len(commands), done.reason, "\n".join(wrong))


def test_busybox_on_a_debug_build(tmp_path):
    """Lock ranks, KASAN, UBSAN and poison have nothing to say about the same command lines."""
    objdir = os.path.join(os.environ.get("TESSERA_BUILDS", ""), "qemu_x86_64_q35-debug")
    if not os.path.exists(os.path.join(objdir, "tessera.elf")):
        pytest.skip("no debug build in TESSERA_BUILDS")
    commands = corpus("busybox.txt")
    vm = Vm(kernel="tessera", board="qemu_x86_64_q35", timeout=280, mem=1024, objdir=objdir, no_build=True)
    done, got = run_all(Named(vm, "debug"), commands, tmp_path, timeout=270)
    assert done.status == 0 and b"end" in got, done.reason + done.console[-4000:]
    for word in ("kasan:", "ubsan:", "lock rank:", "panic"):
        assert word not in done.console.replace("kasan: on", "").replace("panic=", ""), done.console[-4000:]


@pytest.mark.parametrize("board", ["qemu_aarch64_virt", "qemu_x86_64_q35", "qemu_riscv64_virt"])
def test_shell_with_job_control(board):
    builds = os.environ.get("TESSERA_BUILDS")
    vm = Vm(kernel="tessera", board=board, timeout=60, objdir=os.path.join(builds, board) if builds else None,
            no_build=bool(builds))
    child = vm.console()
    try:
        child.expect("# ")
        child.sendline("echo $((6*7)); tty")
        child.expect(r"42\r+\n/dev/tty\w+\r+\n")
        child.expect("# ")
        child.sendline("sleep 1000")
        child.expect_exact("sleep 1000")
        child.send("\x03")
        child.expect("# ")
        child.sendline("sleep 500")
        child.expect_exact("sleep 500")
        child.send("\x1a")
        child.expect("Stopped")
        child.expect("# ")
        child.sendline("kill %1; poweroff")
        child.expect("Requesting system poweroff")
        child.wait()
        assert child.exitstatus == 0
    finally:
        child.close(force=True)
        child.guest.close()
