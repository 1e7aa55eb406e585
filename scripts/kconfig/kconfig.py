#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The configuration tool: kconfiglib with every doubt turned into an error that says what to do.

Commands (paths come from the environment: srctree, KCONFIG_CONFIG):
  defconfig FILE        start from a defconfig
  merge FILE...         layer fragments on the present configuration
  olddefconfig          take the defaults for what is new
  oldconfig | menuconfig | guiconfig | listnewconfig
  savedefconfig OUT     the shortest file that gives this configuration
  generate DIR          autoconf.h, auto.conf, kconfig.list for the build
"""
import os
import sys

try:
    import kconfiglib
except ImportError:
    sys.exit("kconfiglib: not found; it is in the package python3-kconfiglib: "
             "apt-get install python3-kconfiglib")


def die(lines):
    for line in lines:
        print("configuration: " + line, file=sys.stderr)
    sys.exit(1)


def load_tree():
    os.environ["KCONFIG_WARN_UNDEF"] = "y"
    try:
        kconf = kconfiglib.Kconfig(
            os.path.join(os.environ["srctree"], "Kconfig"), warn_to_stderr=False)
    except kconfiglib.KconfigError as err:
        die([str(err)])
    problems = [" ".join(w.split()) for w in kconf.warnings]
    for node in kconf.node_iter(unique_syms=True):
        if node.prompt and isinstance(node.item, (kconfiglib.Symbol, kconfiglib.Choice)):
            if not any(n.help for n in node.item.nodes):
                problems.append("%s:%d: %s has a prompt but no help text; write one"
                                % (node.filename, node.linenr,
                                   getattr(node.item, "name", None) or node.prompt[0]))
    for sym in kconf.unique_defined_syms:
        for target, _ in [(s, c) for n in sym.nodes for s, c in
                          [(x[0], x[1]) for x in n.selects]]:
            if any(n.prompt for n in target.nodes):
                problems.append("%s selects %s, which has a prompt; use 'depends on'"
                                % (sym.name, target.name))
    if problems:
        die(problems)
    kconf.warn_assign_override = False
    kconf.warn_assign_redun = False
    return kconf


def why_not(sym):
    """The conditions that keep a symbol from the value that was asked for."""
    if not any(n.prompt for n in sym.nodes):
        return "it cannot be set directly; it follows from other options"
    deps = [kconfiglib.expr_str(n.dep) for n in sym.nodes if kconfiglib.expr_value(n.dep) == 0]
    deps = [d for d in deps if d != "y"]
    if deps:
        return "it needs: " + " or ".join(deps)
    if sym.choice:
        chosen = sym.choice.selection
        return "the choice '%s' has %s selected; set one of them only" % (
            sym.choice.nodes[0].prompt[0], chosen.name if chosen else "nothing")
    for low, high, cond in sym.ranges:
        if kconfiglib.expr_value(cond):
            return "allowed is %s to %s" % (low.str_value, high.str_value)
    if sym.rev_dep is not sym.kconfig.n and kconfiglib.expr_value(sym.rev_dep):
        return "it is selected by " + kconfiglib.expr_str(sym.rev_dep)
    return "its value is not allowed here"


def load_file(kconf, path, replace):
    kconf.warnings.clear()
    try:
        kconf.load_config(path, replace=replace)
    except (OSError, kconfiglib.KconfigError) as err:
        die([str(err).replace("\n", " ")])
    asked = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.strip()
            if line.startswith("CONFIG_") and "=" in line:
                name, value = line[len("CONFIG_"):].split("=", 1)
                asked[name] = value.strip('"')
            elif line.startswith("# CONFIG_") and line.endswith(" is not set"):
                asked[line[len("# CONFIG_"):-len(" is not set")]] = "n"
            elif line and not line.startswith("#"):
                die(["%s: cannot read '%s'; write CONFIG_NAME=value" % (path, line)])
    return asked


def same_value(sym, want):
    if sym.type in (kconfiglib.INT, kconfiglib.HEX):
        base = 10 if sym.type == kconfiglib.INT else 16
        try:
            return int(sym.str_value or "0", base) == int(want, base)
        except ValueError:
            return False
    return sym.str_value == want


def check_asked(kconf, path, asked):
    problems = []
    for name, want in asked.items():
        sym = kconf.syms.get(name)
        if sym is None or not sym.nodes:
            problems.append("%s: no option is named %s; remove the line or correct the name "
                            "('make menuconfig', then '/', searches)" % (path, name))
        elif not same_value(sym, want):
            problems.append("%s: %s=%s cannot hold (it is '%s'): %s"
                            % (path, name, want, sym.str_value, why_not(sym)))
    for warning in kconf.warnings:
        text = " ".join(warning.split())
        if "undefined symbol" not in text:
            problems.append(text)
    if problems:
        die(problems)


def load_dotconfig(kconf, strict):
    path = os.environ["KCONFIG_CONFIG"]
    if not os.path.exists(path):
        die(["%s: not found; run 'make BOARD_defconfig' first ('make help' lists the boards)"
             % path])
    asked = load_file(kconf, path, True)
    if strict:
        check_asked(kconf, path, asked)


def write_dotconfig(kconf):
    print(kconf.write_config(os.environ["KCONFIG_CONFIG"]))


def generate(kconf, outdir):
    """auto.conf is the .config as make reads it; written only when it changes, see build.mk."""
    os.makedirs(outdir, exist_ok=True)
    missing = [s.name for s in kconf.unique_defined_syms
               if s.type in (kconfiglib.INT, kconfiglib.HEX) and s.visibility and not s.str_value]
    if missing:
        die(["%s has no value; set one with 'make menuconfig'" % m for m in missing])
    kconf.write_autoconf(os.path.join(outdir, "autoconf.h"),
                         "/* SPDX-License-Identifier: BSD-2-Clause */\n"
                         "/* Generated from .config; do not edit. */\n")
    kconf.write_config(os.path.join(outdir, "auto.conf"), save_old=False,
                       header="# Generated from .config; do not edit.\n")
    with open(os.path.join(outdir, "kconfig.list"), "w", encoding="utf-8") as f:
        for name in kconf.kconfig_filenames:
            f.write(os.path.join(os.environ["srctree"], name) + "\n")


def main(argv):
    if not argv:
        die(["no command given"])
    command, args = argv[0], argv[1:]
    kconf = load_tree()
    if command == "defconfig":
        check_asked(kconf, args[0], load_file(kconf, args[0], True))
        write_dotconfig(kconf)
    elif command == "merge":
        load_dotconfig(kconf, True)
        wanted = [(p, load_file(kconf, p, False)) for p in args]
        for path, asked in wanted:
            check_asked(kconf, path, asked)
        write_dotconfig(kconf)
    elif command == "olddefconfig":
        load_dotconfig(kconf, False)
        write_dotconfig(kconf)
    elif command == "oldconfig":
        import oldconfig
        sys.argv = ["oldconfig", os.path.join(os.environ["srctree"], "Kconfig")]
        oldconfig._main()
    elif command == "listnewconfig":
        load_dotconfig(kconf, False)
        for sym in kconf.unique_defined_syms:
            if sym.visibility and sym.user_value is None and not sym.choice \
                    and any(n.prompt for n in sym.nodes):
                print("%-28s new, default %s" % (sym.name, sym.str_value))
    elif command in ("menuconfig", "guiconfig"):
        getattr(__import__(command), command)(kconf)
    elif command == "savedefconfig":
        load_dotconfig(kconf, True)
        kconf.write_min_config(args[0], header="# SPDX-License-Identifier: BSD-2-Clause\n")
        print("minimal configuration written to " + args[0])
    elif command == "generate":
        load_dotconfig(kconf, True)
        generate(kconf, args[0])
    else:
        die(["unknown command '%s'" % command])


if __name__ == "__main__":
    main(sys.argv[1:])
