# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Linux as an image that QEMU can load."""
import gzip
import lzma
import struct
import subprocess

from . import VmError, packages
from .boards import ARCHES
from .paths import cached, source_digest


def image_unpack(data, arch):
    """Take off gzip and the EFI zboot wrapper, which QEMU's loaders do not know."""
    if arch == "x86_64":
        return data             # bzImage: the kernel unpacks itself
    for _ in range(3):
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif data[:2] == b"MZ" and data[4:8] == b"zimg":
            start, size = struct.unpack_from("<II", data, 8)
            kind, packed = data[24:56].split(b"\0")[0], data[start:start + size]
            if kind == b"gzip":
                data = gzip.decompress(packed)
            elif kind in (b"xz", b"lzma", b"xzkern"):
                data = lzma.decompress(packed)
            elif kind in (b"zstd", b"zstd22"):
                data = subprocess.run(["zstd", "-dcq"], input=packed, check=True,
                                      stdout=subprocess.PIPE).stdout
            else:
                raise VmError("Linux image: compression '%s' is not known"
                              % kind.decode("ascii", "replace"))
        else:
            return data
    return data


def kernel_get(arch):
    """Path of the kernel image."""
    debian = ARCHES[arch].debian
    package = packages.pinned_kernel(debian)
    pin = packages.lock_read()[debian, package]

    def make():
        _, data = packages.deb_file(packages.deb_get(debian, package), r"boot/vmlinu[xz]-.*")
        return image_unpack(data, arch)

    return cached("linux/%s-%%s.image" % arch, [package, pin, source_digest("vmlib/linux.py")], make)
