# SPDX-License-Identifier: BSD-2-Clause
"""Find the build directory of a board and bring it up to date."""
import os
import re
import subprocess

from . import VmError
from .boards import DEFAULT_BOARD, board_get
from .paths import BUILD, SRCTREE, short

PRESETS = ("general", "fast", "safety")


def config_board(objdir):
    """CONFIG_BOARD of a build directory; None when it is not configured."""
    try:
        with open(os.path.join(objdir, ".config")) as f:
            m = re.search(r'^CONFIG_BOARD="([^"]*)"$', f.read(), re.M)
    except FileNotFoundError:
        return None
    return m[1] if m else None


def choose(board=None, preset=None, objdir=None):
    """(board, build directory) for what was asked for."""
    if objdir:
        objdir = os.path.abspath(objdir)
        board = board or config_board(objdir)
        if not board:
            raise VmError("%s has no .config that names a board; give --board, or run "
                          "'make O=%s BOARD_defconfig'" % (short(objdir), short(objdir)))
    elif not board and not preset:
        board = config_board(BUILD)
        objdir = BUILD if board else None
    board = board or DEFAULT_BOARD
    board_get(board)
    name = board + ("-" + preset if preset else "")
    return board, objdir or os.path.join(BUILD, "boards", name)


def _make(objdir, *targets):
    argv = ["make", "-j2", "-C", SRCTREE, "O=" + objdir, *targets]
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, env=env)
    if done.returncode:
        lines = done.stdout.splitlines()[-40:]
        raise VmError("\n".join(lines + ["the build failed: make O=%s %s"
                                         % (short(objdir), " ".join(targets))]))


def update(board, preset, objdir):
    """Configure if that was never done (or its files are newer), then build."""
    configs = os.path.join(SRCTREE, "configs")
    files = [board + "_defconfig"]
    if preset and (preset != "general" or
                   os.path.exists(os.path.join(configs, "general.config"))):
        files.append(preset + ".config")
    for name in files:
        if not os.path.exists(os.path.join(configs, name)):
            raise VmError("configs/%s is not there" % name)
    config = os.path.join(objdir, ".config")
    ours = objdir.startswith(os.path.join(BUILD, "boards") + os.sep)
    if not os.path.exists(config) or ours and any(
            os.path.getmtime(os.path.join(configs, n)) > os.path.getmtime(config) for n in files):
        for name in files:
            _make(objdir, name)
    elif config_board(objdir) != board:
        raise VmError("%s is configured for %s, not for %s; give another -O"
                      % (short(objdir), config_board(objdir), board))
    _make(objdir)
