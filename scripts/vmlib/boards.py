# SPDX-License-Identifier: BSD-2-Clause
"""The boards and how QEMU plays them.  A new board is one entry here and one defconfig."""
from dataclasses import dataclass

from . import VmError


@dataclass(frozen=True)
class Arch:
    """What depends on the architecture alone."""
    debian: str                 # Debian's name of it
    qemu: str
    image: str                  # what QEMU loads, in the build directory


@dataclass(frozen=True)
class Board:
    """One machine of QEMU."""
    arch: str
    machine: str
    cpu: str = ""               # empty: QEMU's own choice
    tty: str = "ttyS0"          # Linux's name of the first serial line
    append: str = ""            # to both kernels' command lines
    linux_append: str = ""
    qemu: tuple = ()            # more options of QEMU
    linux_board: str = ""       # board that stands in for it under Linux


ARCHES = {
    "aarch64": Arch("arm64", "qemu-system-aarch64", "Image"),
    "x86_64": Arch("amd64", "qemu-system-x86_64", "tessera.elf"),
    "riscv64": Arch("riscv64", "qemu-system-riscv64", "Image"),
}

BOARDS = {
    "qemu_aarch64_virt": Board("aarch64", "virt,gic-version=3", "max", tty="ttyAMA0"),
    "qemu_x86_64_q35": Board("x86_64", "q35", "max"),
    "qemu_x86_64_microvm": Board("x86_64", "microvm", "max", linux_board="qemu_x86_64_q35"),
    "qemu_riscv64_virt": Board("riscv64", "virt"),
}

DEFAULT_BOARD = "qemu_aarch64_virt"


def board_get(name):
    """The board called @name, or an error that lists them."""
    if name not in BOARDS:
        raise VmError("no board '%s'; boards: %s" % (name, " ".join(BOARDS)))
    return BOARDS[name]
