#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures `k2 opt` on finished objects of several compilers, and checks what must never happen.

Each file of the corpus that prepare.sh made is compiled by each compiler for each -mcpu, with and without -g, and goes
through `k2 opt` with its default options. Checked: the object is read and written; it stays as it was, byte for byte, when
no function changes; `k2 check` calls every function of a changed one equal; what the running kernel loads before, it loads
after; what it can execute does the same on random packets, contexts and maps (test/corpus/run). Objects with a program
that the kernel refuses or that costs its verifier more go through `k2 opt --kernel` again.

Everything is kept in --dir, and what is there is not made again: an interrupted run goes on, and more files can be added.
Other tools make everything anew but for the compilers' objects; after a change of a compiler, delete the folder.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

import measure

COMPILERS = {  # what each can be told of -mcpu
    "clang-14": ("v1", "v2", "v3"),
    "clang-19": ("v1", "v2", "v3", "v4"),
    "clang-22": ("v1", "v2", "v3", "v4"),
    "bpf-gcc": ("v3",),
}
KERNEL_SECONDS = 60  # for one object; what takes longer is said among the violations


class Build:
    """One compiler with one -mcpu, with or without -g: a row of the table, a folder of args.out."""

    def __init__(self, compiler, mcpu, debug):
        self.compiler, self.mcpu, self.debug = compiler, mcpu, debug
        self.folder = os.path.join(compiler, mcpu + ("-g" if debug else ""))


def fail(text):
    print(f"{os.path.basename(sys.argv[0])}: {text}", file=sys.stderr)
    sys.exit(2)


# --- compiling -----------------------------------------------------------------------------------------------------

def is_gcc(compiler):
    return "gcc" in compiler


def write_flags(args, compiler):
    """The corpus' flags with this compiler's own headers in the place of clang-22's."""
    if is_gcc(compiler):
        cmd, tail = ["-print-file-name=include"], ""
    else:
        cmd, tail = ["-print-resource-dir"], "/include"
    own = subprocess.run([compiler, *cmd], capture_output=True, text=True, check=True).stdout.strip() + tail
    folder = os.path.join(args.out, compiler)
    os.makedirs(folder, exist_ok=True)
    for kind in ("kern", "bpf", "selftest"):
        with open(os.path.join(args.corpus, kind + ".flags"), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(folder, kind + ".flags"), "w", encoding="utf-8") as f:
            f.write(re.sub(r"/usr/lib/llvm-[^ \n]*/include$", own, text, flags=re.MULTILINE))
    return folder


def compile_command(args, build, entry):
    if is_gcc(build.compiler):
        debug = ["-g", "-gbtf"]
        cmd = [build.compiler]
    else:
        debug = ["-g", "-ffile-compilation-dir=."]
        cmd = [build.compiler, "--target=bpf"]
    return [*cmd, "-mcpu=" + build.mcpu, "-O2", *(debug if build.debug else []),
            *measure.source_flags(os.path.join(args.out, build.compiler), entry, build.mcpu)]


def path_of(args, build, variant, name):
    return measure.object_path(args, build.folder, variant, name)


def compile_plain(args, build, entry):
    """None, or the compiler's first error."""
    path = path_of(args, build, "plain", entry.name)
    if os.path.exists(path):
        return None
    part = path + ".part"  # nothing half written is taken for an object after an interruption
    status, _, _, out = measure.run_timed([*compile_command(args, build, entry), "-o", part], args.out)
    if status:
        return measure.first_error(out)
    os.rename(part, path)
    return None


# --- k2 opt and k2 check -------------------------------------------------------------------------------------------

def optimise(args, build, name, variant, options):
    """(changed functions or None when k2 opt fails, CPU seconds, its message)"""
    old, new = (path_of(args, build, v, name) for v in ("plain", variant))
    report = new[:-2] + ".json"
    for path in (new, report):
        if os.path.exists(path):
            os.unlink(path)
    cmd = [args.k2, "opt", *options, old, "-o", new, "--report=" + report]
    before = [*args.sudo, "timeout", str(KERNEL_SECONDS)] if "--kernel" in options else []
    status, _, cpu, out = measure.run_timed(before + cmd, args.out)
    if status == 124 and before:
        return None, cpu, f"takes more than {KERNEL_SECONDS} s"
    if status or not os.path.exists(new):
        return None, cpu, f"exits {status}: {measure.first_error(out)}"
    with open(report, encoding="utf-8") as f:
        changed = [x["name"] for x in json.load(f)["functions"] if x["changed"]]
    return changed, cpu, out.strip()


def check(args, build, r, variant):
    """Counts k2 check's verdicts on all functions of an object; different and unknown ones are violations."""
    old, new = (path_of(args, build, v, r["name"]) for v in ("plain", variant))
    p = subprocess.run([args.k2, "check", "--json", old, new], capture_output=True, text=True, check=False)
    try:
        found = json.loads(p.stdout)
    except ValueError:
        return [["check", f"exits {p.returncode}: {p.stderr.strip()}"]]
    r["verdicts"] = {v: found[v] for v in ("equal", "unknown", "different")}
    return [["check", f"{x['section']}:{x['function']} is {x['verdict']}: {x['reason']}"]
            for x in found["functions"] if x["verdict"] != "equal"]


def optimise_entry(args, build, entry):
    """Compiles one file and optimises the object; the record of the file without what the kernel says."""
    r = {"name": entry.name, "kind": entry.kind, "violations": []}
    r["compile_error"] = compile_plain(args, build, entry)
    if r["compile_error"]:
        return r
    paths = [path_of(args, build, v, entry.name) for v in ("plain", "k2")]
    r["plain_slots"] = r["k2_slots"] = measure.read_slots(paths[0])
    r["changed"], r["seconds"], r["message"] = optimise(args, build, entry.name, "k2", [])
    if r["changed"] is None:
        r["violations"].append(["opt", r["message"]])
        return r
    r["k2_slots"] = measure.read_slots(paths[1])
    if r["changed"]:
        r["violations"] += check(args, build, r, "k2")
    elif not measure.same_file(*paths):
        r["violations"].append(["identity", "no function changed, but the object did"])
    return r


# --- the kernel ----------------------------------------------------------------------------------------------------

def refused(r):
    return [f"{k}: {new['error']}" for k, _, new in measure.loaded_before(r) if new["status"] != "loaded"]


def costs_more(r):
    return [f"{k} {a['insns_processed']} -> {b['insns_processed']}" for k, a, b in measure.loaded_both(r)
            if b["insns_processed"] > a["insns_processed"]]


def with_kernel(args, build, r):
    """The record of `k2 opt --kernel` on the same object."""
    k = {"name": r["name"], "kind": r["kind"], "violations": [], "plain_slots": r["plain_slots"],
         "plain_load": r["plain_load"]}
    k["changed"], k["seconds"], k["message"] = optimise(args, build, r["name"], "kernel", ["--kernel"])
    if k["changed"] is None:
        k["violations"].append(["opt", "--kernel " + k["message"]])
        return k
    k["k2_slots"] = measure.read_slots(path_of(args, build, "kernel", r["name"]))
    k["k2_load"] = measure.load_own(args, k, build.folder, "kernel")
    if k["changed"]:
        k["violations"] += check(args, build, k, "kernel")
    k["violations"] += [["kernel", t] for t in refused(k) + costs_more(k)]
    measure.run_entry(args, k, build.folder, "kernel")
    return k


def kernel_entry(args, build, r):
    """Loads and executes both objects. What did not change is not loaded again."""
    r["plain_load"] = measure.load_own(args, r, build.folder, "plain")
    if not r["changed"]:
        r["k2_load"] = r["plain_load"]
        return
    r["k2_load"] = measure.load_own(args, r, build.folder, "k2")
    measure.run_entry(args, r, build.folder)
    r["violations"] += [["load", t] for t in refused(r)]
    if refused(r) or costs_more(r):
        r["kernel"] = with_kernel(args, build, r)
        r["violations"] += r["kernel"]["violations"]


# --- records that are kept -----------------------------------------------------------------------------------------

def record_path(args, build, name):
    return os.path.join(args.out, build.folder, "record", name + ".json")


def read_record(args, build, name):
    try:
        with open(record_path(args, build, name), encoding="utf-8") as f:
            r = json.load(f)
    except (OSError, ValueError):
        return None
    return r if r["tools"] == args.tools else None


def write_record(args, build, r):
    path = record_path(args, build, r["name"])
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump(r, f)
    os.rename(path + ".part", path)


def digest(*paths):
    """What tells one state of the tools from another: records of others are made again."""
    h = hashlib.sha256()
    for path in paths:
        if path:
            with open(path, "rb") as f:
                h.update(f.read())
    return h.hexdigest()


def first_half(args, build, entry):
    r = read_record(args, build, entry.name)
    if not r:
        r = {**optimise_entry(args, build, entry), "tools": args.tools, "done": False}
        write_record(args, build, r)
    return r


def second_half(args, build, r):
    """After all objects of the build are there, as some are loaded with others."""
    if r["done"]:
        return
    if args.load and not r["compile_error"] and r["changed"] is not None:
        kernel_entry(args, build, r)
    r["done"] = args.load
    write_record(args, build, r)


def work(args, build, entries):
    for variant in ("plain", "k2", "kernel", "record"):
        os.makedirs(os.path.join(args.out, build.folder, variant), exist_ok=True)
    records = measure.parallel(args, lambda e: first_half(args, build, e), entries, f"{build.folder}: optimised")
    measure.parallel(args, lambda r: second_half(args, build, r), records, f"{build.folder}: loaded")
    return records


# --- the table -----------------------------------------------------------------------------------------------------

BUILD = [("compiler", lambda s: s["compiler"]), ("-mcpu", lambda s: s["mcpu"]), ("-g", lambda s: "yes" if s["g"] else "no")]
OBJECTS = [
    ("files", lambda s: s["files"]), ("compiled", lambda s: s["objects"]), ("written", lambda s: s["written"]),
    ("changed", lambda s: s["changed"]), ("slots", lambda s: s["slots_before"]), ("after", lambda s: s["slots_after"]),
    ("%", lambda s: measure.percent(s["slots_before"], s["slots_after"])),
    ("mean %", lambda s: f"{100 * (s['mean'] - 1):+.1f}"),
    ("ms, median", lambda s: f"{1000 * s['median']:.0f}"), ("most", lambda s: f"{1000 * s['most']:.0f}"),
]
KERNEL = [
    ("loaded", lambda s: s["loaded_before"]), ("after", lambda s: s["loaded_after"]),
    ("processed %", lambda s: measure.percent(s["processed_before"], s["processed_after"])),
    ("cost more", lambda s: s["more"]), ("with --kernel", lambda s: s["more_kernel"]),
    ("executed", lambda s: s["run"]["equal"] + s["run"]["different"]), ("with other code", lambda s: s["run"]["changed"]),
    ("different", lambda s: s["run"]["different"]),
]


def slots(r, variant):
    return sum(r[variant + "_slots"].values())


def summary(build, records):
    """What the table says of a build, and a little more; for --json."""
    objects = [r for r in records if not r["compile_error"]]
    written = [r for r in objects if r["changed"] is not None]
    with_code = [r for r in written if slots(r, "plain")]
    both = [p for r in written for p in measure.loaded_both(r)]
    runs = [r["run"] for r in written if "run" in r]
    kernel = [r["kernel"] if r["kernel"]["changed"] is not None else r for r in written if "kernel" in r]
    return {
        "compiler": build.compiler, "mcpu": build.mcpu, "g": build.debug, "files": len(records), "objects": len(objects),
        "written": len(written), "changed": sum(bool(r["changed"]) for r in written),
        "slots_before": sum(slots(r, "plain") for r in written), "slots_after": sum(slots(r, "k2") for r in written),
        "mean": statistics.mean(slots(r, "k2") / slots(r, "plain") for r in with_code) if with_code else 1,
        "loaded_before": sum(len(measure.loaded_before(r)) for r in written), "loaded_after": len(both),
        "processed_before": sum(a["insns_processed"] for _, a, _ in both),
        "processed_after": sum(b["insns_processed"] for _, _, b in both),
        "more": sum(len(costs_more(r)) for r in written),
        "more_kernel": sum(len(costs_more(k)) for k in kernel),
        "kernel_objects": len(kernel),
        "run": {f: sum(x[f] for x in runs) for f in measure.RUN_FIELDS},
        "verdicts": {v: sum(r.get("verdicts", {}).get(v, 0) for r in written) for v in ("equal", "unknown", "different")},
        "median": statistics.median(r["seconds"] for r in objects) if objects else 0,
        "most": max((r["seconds"] for r in objects), default=0),
    }


def print_table(columns, rows):
    print("\n| " + " | ".join(name for name, _ in BUILD + columns) + " |")
    print("|---|---|---|" + "--:|" * len(columns))
    for s in rows:
        print("| " + " | ".join(str(value(s)) for _, value in BUILD + columns) + " |")


def print_tables(args, rows):
    print_table(OBJECTS, rows)
    if args.load:
        print_table(KERNEL, rows)
    total = {v: sum(s["verdicts"][v] for s in rows) for v in ("equal", "unknown", "different")}
    print(f"\nk2 check on all functions of changed objects: {total['equal']} equal, {total['unknown']} unknown, "
          f"{total['different']} different. "
          f"Executed on {sum(s['run']['inputs'] for s in rows)} inputs; {sum(s['run']['unstable'] for s in rows)} programs "
          "do not do the same twice.")


def print_details(build, records):
    """What does not fit into a table: what was not compiled, what costs more, what --kernel did."""
    texts = {}
    for r in records:
        if r["compile_error"]:
            text = "not compiled: " + re.sub(r"^\S+: (fatal )?", "", r["compile_error"])
        else:
            text = "k2 opt says: " + re.sub(r"^k2: \S+: ", "", r["message"])
        texts.setdefault(text, []).append(r["name"])
    texts.pop("k2 opt says: ", None)
    for text, names in sorted(texts.items(), key=lambda x: (-len(x[1]), x[0])):
        print(f"{build.folder}: {text}: {', '.join(names)}")
    for r in records:
        if "kernel" in r:
            print(f"{build.folder}: {r['name']} without --kernel: {'; '.join(refused(r) + costs_more(r))}")


def print_violations(found):
    print(f"\nViolations: {len(found)}")
    for folder, name, kind, text in found:
        print(f"* {kind}: {folder} {name}: {text}")


# --- the run -------------------------------------------------------------------------------------------------------

def add_common_arguments(p, folder):
    p.add_argument("--corpus", default=os.path.join(measure.ROOT, "build", "corpus"), help="what prepare.sh made")
    p.add_argument("--k2", default=os.path.join(measure.ROOT, "build", "tools", "k2"), help="the k2 command")
    p.add_argument("--dir", dest="out", help=f"where everything is kept (default: CORPUS/{folder})")
    p.set_defaults(folder=folder)
    p.add_argument("--jobs", "-j", type=int, default=os.cpu_count())
    p.add_argument("--filter", metavar="REGEX", help="only files whose name matches")
    p.add_argument("--quick", action="store_true", help="a dozen samples")
    p.add_argument("--json", metavar="FILE", help="write everything that was found")


def finish_common_arguments(args):
    args.corpus, args.k2 = os.path.abspath(args.corpus), os.path.abspath(args.k2)
    args.out = os.path.abspath(args.out or os.path.join(args.corpus, args.folder))
    if args.jobs < 1:
        fail("--jobs is at least 1")
    if not os.access(args.k2, os.X_OK):
        fail(f"no k2 command at {args.k2} (use --k2)")


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    add_common_arguments(p, "finished")
    p.add_argument("--run", help="the program that executes old and new (default: test/run of the command's build tree; "
                   "'' leaves it out)")
    p.add_argument("--compiler", default=",".join(COMPILERS), help="comma-separated (default: %(default)s)")
    p.add_argument("--mcpu", default="v1,v2,v3,v4", help="comma-separated (default: %(default)s)")
    p.add_argument("--debug", choices=("yes", "no", "both"), default="both", help="-g (default: %(default)s)")
    p.add_argument("--part", choices=("samples", "selftests", "all"), default="all")
    p.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth selftest")
    p.add_argument("--details", action="store_true", help="print what was not compiled and what costs more, too")
    p.add_argument("--no-load", dest="load", action="store_false", help="do not load anything into the kernel")
    args = p.parse_args()
    finish_common_arguments(args)
    if args.run is None:
        args.run = os.path.join(os.path.dirname(os.path.dirname(args.k2)), "test", "run")
    args.run = args.run and os.path.abspath(args.run)
    if args.every < 1:
        fail("--every is at least 1")
    return args


def choose_entries(args):
    """With the files that the chosen ones are linked with."""
    entries = measure.read_corpus(args)
    selftests = [e for e in entries if e.kind == "selftest"]
    chosen = [e.name for e in entries if e.kind != "selftest"] if args.part != "selftests" else []
    chosen += [e.name for e in selftests[::args.every]] if args.part != "samples" else []
    if args.quick:
        chosen = [n for n in chosen if n in measure.QUICK]
    if args.filter:
        chosen = [n for n in chosen if re.search(args.filter, n)]
    for name in chosen:  # grows while it is read: partners have partners
        chosen += [n for n in measure.LINKED.get(name, []) if n not in chosen]
    return [e for e in entries if e.name in chosen]


def choose_builds(args):
    builds = []
    for compiler in args.compiler.split(","):
        if not shutil.which(compiler):
            print(f"No {compiler}: its rows are missing.")
            continue
        write_flags(args, compiler)
        for mcpu in COMPILERS.get(compiler, COMPILERS["clang-22"]):
            builds += [Build(compiler, mcpu, debug) for debug in (True, False)
                       if mcpu in args.mcpu.split(",") and args.debug in ("both", "yes" if debug else "no")]
    return builds


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    args = parse_arguments()
    entries = choose_entries(args)
    if not entries:
        fail("no file of the corpus is chosen")
    args.sudo = measure.may_load(args) if args.load else None
    if args.load and args.sudo is None:
        print("Not root: nothing is loaded.")
        args.load = False
    if args.run and not os.access(args.run, os.X_OK):
        print(f"No {args.run}: nothing is executed.")
        args.run = ""
    args.tools = digest(args.k2, args.run)
    measure.lock_out(args)
    builds = choose_builds(args)
    results = [(b, work(args, b, entries)) for b in builds]
    rows = [summary(b, records) for b, records in results]
    print_tables(args, rows)
    if args.details:
        for build, records in results:
            print_details(build, records)
    found = [(b.folder, r["name"], *v) for b, records in results for r in records for v in r["violations"]]
    print_violations(found)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({"kernel": os.uname().release, "rows": rows, "violations": found}, f, indent=1)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
