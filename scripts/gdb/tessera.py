# SPDX-License-Identifier: BSD-2-Clause
"""Commands for gdb-multiarch that read the structures of a running or stopped kernel (scripts/gdb/README.md)."""
import gdb

STATES = ["running", "sleeping", "sleeping/intr", "new", "dead"]
KERNEL, IDLE = 1, 2


def value(expression):
    return gdb.parse_and_eval(expression)


def field_offset(type_name, field):
    kind = gdb.lookup_type(type_name)
    for f in kind.fields():
        if f.name == field:
            return f.bitpos // 8
    raise gdb.GdbError("%s has no member %s" % (type_name, field))


def container(pointer, type_name, field):
    kind = gdb.lookup_type(type_name).pointer()
    return gdb.Value(int(pointer) - field_offset(type_name, field)).cast(kind)


def list_items(head, type_name, field, limit=100000):
    """Members of a struct list_head; stops at a broken link instead of looping."""
    start, node = int(head.address), head["next"]
    while int(node) != start and int(node) != 0 and limit > 0:
        yield container(node, type_name, field)
        node = node["next"]
        limit -= 1


def nr_cpus():
    return int(value("cpus_online"))


def percpu(name, cpu):
    var = value("&" + name)
    offset = int(value("percpu_offsets[%d]" % cpu))
    return gdb.Value((int(var) + offset) & (2 ** 64 - 1)).cast(var.type).dereference()


def text(array):
    return array.string(errors="replace")


def threads():
    """Idle threads, then all others by their hash lists."""
    for cpu in range(nr_cpus()):
        yield percpu("runq", cpu)["idle"]
    table = value("id_hash")
    low, high = table.type.range()
    found = []
    for i in range(low, high + 1):
        if int(table[i]["next"]) != 0:
            found.extend(list_items(table[i], "struct thread", "all_link"))
    yield from sorted(found, key=lambda t: int(t["id"]))


def symbol(address):
    block = gdb.block_for_pc(address)
    while block is not None and block.function is None:
        block = block.superblock
    return block.function.name if block is not None else "0x%x" % address


class Tessera(gdb.Command):
    """Show the state of a Tessera kernel: tessera threads|cpus|spaces|objects|log|percpu."""

    def __init__(self):
        super().__init__("tessera", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Threads(gdb.Command):
    """List threads: tessera threads [CPU]. '*': on a CPU now."""

    def __init__(self):
        super().__init__("tessera threads", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        only = int(argument) if argument.strip().isdigit() else None
        print("   %6s %-16s %-13s %3s %4s %4s %12s %10s  %s" %
              ("id", "name", "state", "cpu", "prio", "nice", "cpu time us", "switches", "struct"))
        for t in threads():
            if only is not None and int(t["cpu"]) != only:
                continue
            state, se = int(t["state"]), t["se"]
            print(" %s %6d %-16s %-13s %3d %4d %4d %12d %10d  %s %#x" % (
                "*" if int(t["on_cpu"]) else " ", int(t["id"]), text(t["name"]),
                STATES[state] if state < len(STATES) else str(state), int(t["cpu"]), int(se["eff_prio"]),
                int(se["nice"]), int(t["cpu_ns"]) // 1000, int(t["nvcsw"]) + int(t["nivcsw"]),
                "kernel" if int(t["flags"]) & KERNEL else "user", int(t)))


class Cpus(gdb.Command):
    """List CPUs and their run queues."""

    def __init__(self):
        super().__init__("tessera cpus", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print(" cpu %6s %-16s %8s %5s %5s %10s" % ("thread", "name", "runnable", "fair", "fixed", "switches"))
        for cpu in range(nr_cpus()):
            rq = percpu("runq", cpu)
            print(" %3d %6d %-16s %8d %5d %5d %10d" % (
                cpu, int(rq["curr"]["id"]), text(rq["curr"]["name"]), int(rq["nr_running"]), int(rq["fair"]["nr"]),
                int(rq["fixed"]["nr"]), int(rq["nr_switches"])))


class Spaces(gdb.Command):
    """List the address spaces that threads use."""

    def __init__(self):
        super().__init__("tessera spaces", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        users = {}
        for t in threads():
            if int(t["space"]):
                users.setdefault(int(t["space"]), []).append(t)
        print(" %18s %6s %6s  %s" % ("space", "id", "refs", "threads"))
        for address, owners in sorted(users.items()):
            space = owners[0]["space"].dereference()
            names = [f.name for f in space.type.fields()]
            print(" %#18x %6s %6s  %s" % (
                address, int(space["id"]) if "id" in names else "?", int(space["refs"]) if "refs" in names else "?",
                " ".join("%d:%s" % (int(t["id"]), text(t["name"])) for t in owners)))
        if not users:
            print(" none")


class Objects(gdb.Command):
    """List native processes, interrupt lines in use, and objects that wait for the reaper."""

    def __init__(self):
        super().__init__("tessera objects", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print("processes:")
        for p in list_items(value("processes"), "struct process", "link"):
            print("  %d: %d threads, %d references, %s" % (
                int(p["id"]), int(p["nthreads"]), int(p["refs"]), "dying" if int(p["dying"]) else "alive"))
        chip = value("'kernel/irq.c'::root")
        print("interrupt lines%s:" % (" of " + chip["name"].string() if int(chip) else ""))
        lines = value("'kernel/irq.c'::lines")
        for i in range(int(chip["nr_lines"]) if int(chip) else 0):
            action = lines[i]["action"]
            if int(action):
                print("  %d: %s, %d interrupts, %s" % (
                    i, action["name"].string(), int(lines[i]["count"]), symbol(int(action["handler"]))))
        print("waiting for the reaper:")
        o = value("dead_objects")
        while int(o):
            print("  %s %#x" % (o["type"]["name"].string(), int(o)))
            o = o["reap_next"]


class Log(gdb.Command):
    """Show the kernel log, or its last N lines: tessera log [N]."""

    def __init__(self):
        super().__init__("tessera log", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        ring, end = value("log_ring"), int(value("log_end"))
        size = ring.type.range()[1] + 1
        raw = bytes(gdb.selected_inferior().read_memory(int(ring.address), size))
        raw = raw[:end] if end <= size else raw[end % size:] + raw[:end % size]
        lines = raw.decode(errors="replace").splitlines()
        if end > size and lines:
            lines = lines[1:]       # cut by the ring
        if argument.strip():
            lines = lines[-int(argument):]
        for line in lines:
            print(line[3:] if line[:1] == "<" else line)


class Percpu(gdb.Command):
    """Show a per-CPU variable: tessera percpu NAME [CPU]."""

    def __init__(self):
        super().__init__("tessera percpu", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not words:
            raise gdb.GdbError("usage: tessera percpu NAME [CPU]")
        for cpu in [int(words[1])] if len(words) > 1 else range(nr_cpus()):
            print("cpu %d: %s" % (cpu, percpu(words[0], cpu)))


for command in (Tessera, Threads, Cpus, Spaces, Objects, Log, Percpu):
    command()
