# SPDX-License-Identifier: BSD-2-Clause
"""Archives, package pins, images and the command line of scripts/vm (no guest)."""
import gzip
import os
import stat
import struct
import subprocess

import pytest
from vmlib import VmError, cli, cpio, guest, linux, packages, rootfs


def test_archive_round_trip_through_cpio(tmp_path):
    tree = {"d": cpio.directory(), "d/f": cpio.regular(b"text", 0o755), "l": cpio.symlink("d/f")}
    (tmp_path / "a.cpio").write_bytes(cpio.pack(tree) + cpio.pack({"d/g": cpio.regular(b"2")}))
    out = subprocess.run(["cpio", "-t", "--quiet"], input=cpio.pack(tree), check=True,
                         stdout=subprocess.PIPE).stdout
    assert out.split() == [b"d", b"d/f", b"l"]
    known = cpio.index((tmp_path / "a.cpio").read_bytes())
    assert sorted(known) == ["d", "d/f", "d/g", "l"] and known["l"][1] == "d/f"
    assert stat.S_ISDIR(known["d"][0])


def test_archive_is_reproducible():
    tree = {"b": cpio.regular(b"1"), "a": cpio.directory()}
    assert cpio.pack(tree) == cpio.pack(dict(reversed(tree.items())))


def test_bad_archives():
    blob = cpio.pack({"f": cpio.regular(b"x" * 100)})
    for bad in (blob[:150], blob[:50], b"garbage" + blob, blob.replace(b"00000064", b"zzzzzzzz", 1)):
        with pytest.raises(VmError):
            cpio.index(bad)
    with pytest.raises(VmError):
        cpio.unpacked(b"PK\x03\x04", "x")
    with pytest.raises(VmError):
        cpio.unpacked(gzip.compress(blob)[:40], "x")
    assert cpio.unpacked(gzip.compress(blob), "x") == blob


def test_parents_are_resolved():
    known = {"usr": (stat.S_IFDIR, None), "bin": (stat.S_IFLNK, "usr/bin"),
             "abs": (stat.S_IFLNK, "/usr/bin"), "loop": (stat.S_IFLNK, "loop")}
    assert cpio.resolve("/bin/x", known) == "usr/bin/x"
    assert cpio.resolve("/usr/../abs/./x", known) == "usr/bin/x"
    assert cpio.resolve("/bin", known) == "bin"
    with pytest.raises(VmError):
        cpio.resolve("/loop/x", known)


def test_add_keeps_links_and_makes_parents(tmp_path):
    (tmp_path / "f").write_text("hi")
    os.chmod(tmp_path / "f", 0o711)
    root = cpio.pack({"bin": cpio.symlink("usr/bin"), "usr": cpio.directory()})
    got = cpio.index(rootfs.overlay("x86_64", root, ["%s:/bin/f" % (tmp_path / "f")]))
    assert sorted(got) == ["usr/bin", "usr/bin/f"]
    assert stat.S_IMODE(got["usr/bin/f"][0]) == 0o711
    for bad in ("nocolon", "/x:relative", "/nonexistent/file:/x"):
        with pytest.raises(VmError):
            rootfs.overlay("x86_64", root, [bad])


def test_applets():
    assert rootfs.busybox_applets(b"zz[\0[[\0mount\0sh\0\0mm") == ["[", "[[", "mount", "sh"]
    with pytest.raises(VmError):
        rootfs.busybox_applets(b"nothing")


def test_zboot_image():
    packed = gzip.compress(b"kernel")
    head = b"MZ\0\0zimg" + struct.pack("<II", 64, len(packed)) + b"\0" * 8 + b"gzip".ljust(32, b"\0")
    image = head.ljust(64, b"\0") + packed
    assert linux.image_unpack(image, "aarch64") == b"kernel"
    assert linux.image_unpack(gzip.compress(b"raw"), "riscv64") == b"raw"
    with pytest.raises(VmError):
        linux.image_unpack(image.replace(b"gzip\0", b"what\0"), "riscv64")


def test_lock_file(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text("# c\ntrixie amd64 p 1.0 %s\n" % ("a" * 64))
    assert packages.lock_read(str(lock)) == {("amd64", "p"): ("trixie", "1.0", "a" * 64)}
    lock.write_text("trixie amd64 p 1.0 short\n")
    with pytest.raises(VmError):
        packages.lock_read(str(lock))
    with pytest.raises(VmError):
        packages.lock_read(str(tmp_path / "none"))


def test_command_line():
    spec, _ = cli.spec_from(["--kernel", "linux", "--smp", "2", "--", "sh", "-c", "--", "x"])
    assert spec.command == ["sh", "-c", "--", "x"] and spec.smp == 2
    for bad in (["--"], ["ls"], ["--env", "x", "--", "ls"]):
        with pytest.raises(VmError):
            cli.spec_from(bad)


@pytest.mark.parametrize("more", [
    {"icount": True, "smp": 2}, {"lean": True}, {"kernel_only": True, "command": ["x"]},
    {"board": "nosuch"}])
def test_bad_combinations(more):
    with pytest.raises(VmError):
        guest.Guest(guest.Spec(**{"board": "qemu_x86_64_q35", **more}))
