# SPDX-License-Identifier: BSD-2-Clause
"""scripts/vm under Debian's Linux: the runner itself, and the oracle of later tests."""
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

VM = Path(__file__).resolve().parents[2] / "scripts" / "vm"
pytestmark = pytest.mark.linux


def test_command_line(linux_vm):
    done = subprocess.run(
        [sys.executable, str(VM), "--kernel", "linux", "--board", linux_vm.spec.board, "--timeout",
         "120", "--", "sh", "-c", "echo out; echo err >&2; exit 7"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")


def test_big_binary_output_is_exact(linux_vm, tmp_path):
    data = os.urandom(1 << 20)
    (tmp_path / "data").write_bytes(data)
    done = linux_vm.run("cat", "/data/file", add=["%s:/data/file" % (tmp_path / "data")])
    assert done.status == 0, done.reason
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()
    assert done.stderr == b""


def test_kernel_messages_inside_output(linux_vm):
    script = ("echo 7 > /proc/sys/kernel/printk; (while :; do echo noise > /dev/kmsg; done) "
              ">/dev/null 2>&1 & i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; kill $!")
    done = linux_vm.run("sh", "-c", script, smp=2)
    assert done.status == 0, done.reason
    assert done.stdout == b"".join(b"line %d\n" % i for i in range(300))
    assert "noise" in done.console


@pytest.mark.parametrize("script,status", [
    ("kill -9 $$", 137), ("kill -SEGV $$", 139), ("exit 255", 255), ("sleep 1000 & exit 3", 3)])
def test_status(linux_vm, script, status):
    done = linux_vm.run("sh", "-c", script)
    assert (done.status, done.stdout) == (status, b""), done.reason


def test_command_that_is_not_there(linux_vm):
    done = linux_vm.run("/no/such/program")
    assert done.status == 127 and done.stderr == b"vmrun: /no/such/program: not found\n"


def test_environment(linux_vm):
    done = linux_vm.run("sh", "-c", 'pwd; echo "$HOME $PATH $X"; test ! -t 0; readlink /proc/self/fd/0',
                        env={"X": "a b", "HOME": "/h", "PATH": "/bin"}, cwd="/usr/bin")
    assert done.stdout == b"/usr/bin\n/h /bin a b\n/dev/null\n", done


def test_time_out(linux_vm):
    done = linux_vm.run("sh", "-c", "echo begun; sleep 1000", timeout=25)
    assert (done.status, done.stdout) == (124, b"begun\n")


def test_panic(linux_vm):
    done = linux_vm.run("sh", "-c", "echo before; sleep 1; echo c > /proc/sysrq-trigger; sleep 60")
    assert (done.status, done.stdout) == (125, b"before\n")
    assert "Kernel panic" in done.reason


def test_several_cpus_and_icount(linux_vm):
    assert linux_vm.run("nproc", smp=4).stdout == b"4\n"
    done = linux_vm.run("nproc", icount=True)
    assert (done.status, done.stdout) == (0, b"1\n"), done.reason


def test_shell(linux_vm):
    child = linux_vm.console()
    try:
        child.expect("# ")
        child.sendline("echo $((6*7)); tty")
        child.expect(r"42\r+\n/dev/tty\w+\r+\n")
        child.expect("# ")
        child.sendline("sleep 1000")
        child.send("\x03")      # job control: ^C ends it
        child.expect("# ")
        child.sendline("poweroff")
        child.expect_exact(child_eof())
        child.wait()
        assert child.exitstatus == 0
    finally:
        child.close(force=True)
        child.guest.close()


def child_eof():
    import pexpect
    return pexpect.EOF


def test_ctrl_a_x_quits(linux_vm):
    child = linux_vm.console()
    try:
        child.expect("# ")
        child.send("\x01x")
        child.expect_exact(child_eof())
    finally:
        child.close(force=True)
        child.guest.close()
