# SPDX-License-Identifier: BSD-2-Clause
"""Add up test results of several programs: scripts/check-report."""
import argparse
import json
import os
import subprocess
import sys
import threading
import xml.etree.ElementTree as xml

from . import VmError, ktap
from .paths import file_write

DESCRIPTION = """\
Add up the results of all parts of a test run.  Each part leaves DIR/PART.json; 'summary' prints
what failed, what was skipped and why, and ends with 'N passed, N failed, N skipped'."""


def save(where, part, report):
    """Keep the results of a part; what is wrong with its report counts as a failure."""
    results = [vars(r) for r in report.results]
    results += [{"name": "report", "status": "failed", "reason": p, "notes": []}
                for p in report.problems]
    file_write(os.path.join(where, part + ".json"), json.dumps(results, indent=1).encode())


def run_part(where, part, argv, timeout, end):
    """Run a program that prints KTAP, show its output, keep its results."""
    parser = ktap.Parser(end)
    try:
        proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
    except OSError as err:
        parser.problem("%s: %s" % (argv[0], err.strerror))
        save(where, part, parser.report)
        return
    late = []

    def kill():
        late.append(True)
        proc.kill()

    timer = threading.Timer(timeout, kill)
    timer.start()
    for raw in proc.stdout:
        line = raw.decode("utf-8", "replace")
        sys.stdout.write(line)
        sys.stdout.flush()
        parser.feed(line)
    status = proc.wait()
    timer.cancel()
    report = parser.finish()
    if late:
        report.problems.append("time-out after %g s" % timeout)
    elif status and not report.count("failed"):
        report.problems.append("'%s' ended with status %d" % (argv[0], status))
    save(where, part, report)


def junit_part(where, part, path):
    """Results of pytest --junit-xml."""
    report = ktap.Report()
    try:
        cases = list(xml.parse(path).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as err:
        cases = []
        report.problems.append("%s: %s" % (path, err))
    for case in cases:
        name = "%s.%s" % (case.get("classname", "").rpartition(".")[2], case.get("name"))
        status, reason = "passed", ""
        for child in case:
            if child.tag in ("failure", "error"):
                status, reason = "failed", (child.get("message") or "").split("\n")[0]
            elif child.tag == "skipped" and status == "passed":
                status, reason = "skipped", child.get("message") or "no reason given"
        report.results.append(ktap.Result(name, status, reason))
    if not cases and not report.problems:
        report.problems.append("%s: no tests in it" % path)
    save(where, part, report)


def summary(where):
    """Print the sum; 0 only if something passed and nothing failed."""
    count = dict.fromkeys(("passed", "failed", "skipped"), 0)
    names = sorted(os.listdir(where)) if os.path.isdir(where) else []
    for name in names:
        if not name.endswith(".json"):
            continue
        with open(os.path.join(where, name), encoding="utf-8") as f:
            results = json.load(f)
        for r in results:
            count[r["status"]] += 1
            if r["status"] != "passed":
                print("%-7s %s: %s%s" % (r["status"], name[:-5], r["name"],
                                         ": " + r["reason"] if r["reason"] else ""))
            if r["status"] == "failed":
                for note in r["notes"]:
                    print("        " + note)
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % count)
    return 0 if count["passed"] and not count["failed"] else 1


def main(argv):
    p = argparse.ArgumentParser(prog="check-report", description=DESCRIPTION,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dir", required=True, help="where the results are kept")
    sub = p.add_subparsers(dest="what", required=True)
    sub.add_parser("start", help="forget the results of earlier runs")
    q = sub.add_parser("run", help="run a program that prints KTAP or TAP")
    q.add_argument("--timeout", type=float, default=600, metavar="S")
    q.add_argument("--end", metavar="EXPRESSION", help="line that must come at the end")
    q.add_argument("part")
    q.add_argument("argv", nargs="+", metavar="-- PROGRAM ARG")
    q = sub.add_parser("junit", help="take the results of pytest --junit-xml=FILE")
    q.add_argument("part")
    q.add_argument("file")
    sub.add_parser("summary", help="print the sum; status 1 if anything failed or nothing passed")
    args = p.parse_args(argv)
    if args.what == "start":
        if os.path.isdir(args.dir):
            for name in os.listdir(args.dir):
                if name.endswith(".json"):
                    os.unlink(os.path.join(args.dir, name))
        return 0
    if args.what == "summary":
        return summary(args.dir)
    if args.part != os.path.basename(args.part):
        raise VmError("'%s' is not a name for a part" % args.part)
    if args.what == "run":
        run_part(args.dir, args.part, args.argv, args.timeout, args.end)
    else:
        junit_part(args.dir, args.part, args.file)
    return 0
