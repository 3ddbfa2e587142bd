#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures what K2 makes of a corpus that prepare.sh made, and checks what must never happen.

Each file is compiled plain and with the plugin, for each -mcpu, with -O2 -g. Checked: the plugin compiles what plain
clang compiles; -k2-level=0 changes no byte; a second run in another directory gives the same object; what the kernel
loads before, it loads after, with no more work for its verifier; BTF stays the same; what the kernel can execute does the
same on random packets and contexts (test/corpus/run). Counted: slots (8 bytes each,
ld_imm64 is two, `goto +0` none), processed instructions, JIT bytes, compile time.
"""
import argparse
import concurrent.futures
import fcntl
import json
import os
import re
import shlex
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Total slots must fall by so many per cent.
SLOT_TARGET = {"v2": 8.0, "v3": 5.0, "v4": 4.0}
PROCESSED_LIMIT = 2.0  # per cent that one program's processed instructions may grow by
TIME_MEDIAN, TIME_MAX = 0.1, 2.0  # seconds added per file

QUICK = ["xdp1_kern", "xdp2_kern", "xdp_fwd_kern", "xdp_tx_iptunnel_kern", "sockex2_kern", "sockex3_kern",
         "tracex4_kern", "tcp_bufs_kern", "hbm_edt_kern", "map_perf_test_kern", "xdp_redirect_cpu.bpf",
         "xdp_sample.bpf", "xdp_router_ipv4.bpf", "test_lwt_bpf"]

# Objects that libbpf opens only when linked with others (as samples' and selftests' Makefiles do).
LINKED = {
    **{n: ["xdp_sample.bpf"] for n in ("xdp_redirect.bpf", "xdp_redirect_cpu.bpf", "xdp_redirect_map.bpf",
                                       "xdp_redirect_map_multi.bpf", "xdp_router_ipv4.bpf")},
    "xdp_sample.bpf": ["xdp_monitor.bpf"],
    "test_static_linked1": ["test_static_linked2"], "linked_funcs1": ["linked_funcs2"],
    "linked_vars1": ["linked_vars2"], "linked_maps1": ["linked_maps2"],
    "test_subskeleton": ["test_subskeleton_lib", "test_subskeleton_lib2"], "test_usdt": ["test_usdt_multispec"],
}

# Program types that section names of these files do not tell.
TYPES = {"tcbpf1_kern": "sched_cls", "tc_l2_redirect_kern": "sched_cls", "test_cgrp2_tc_kern": "sched_cls",
         "parse_simple": "sched_cls", "parse_varlen": "sched_cls", "parse_ldabs": "sched_cls",
         "lwt_len_hist_kern": "lwt_out", "test_lwt_bpf": "lwt_xmit", "test_lwt_ip_encap": "lwt_xmit",
         "test_lwt_seg6local": "lwt_seg6local", "test_skb_cgroup_id_kern": "sched_cls", "test_tc_edt": "sched_cls",
         "test_tc_tunnel": "sched_cls", "test_xdp_meta": "sched_cls", "test_xdp_redirect": "xdp",
         "xdp_redirect_map": "xdp", "test_btf_newkv": "tracepoint", "test_btf_nokv": "tracepoint"}


# The last line of test/corpus/run.
RUN_FIELDS = ("programs", "equal", "different", "unstable", "skipped", "changed", "inputs")
RUN_TOTAL = re.compile(r"^(\d+) programs: (\d+) equal, (\d+) different, (\d+) unstable, (\d+) skipped; "
                       r"(\d+) changed, (\d+) inputs$", re.MULTILINE)

RUNS = 4  # a difference that is not there in each of so many runs is chance's (programs that look at clocks, and at other tasks)


class Entry:
    """A line of the corpus list."""

    def __init__(self, line):
        self.kind, self.name, self.path, flags = line.rstrip("\n").split("\t")
        self.flags = shlex.split(flags)


def fail(text):
    print(f"measure.py: {text}", file=sys.stderr)
    sys.exit(2)


def read_corpus(args):
    try:
        with open(os.path.join(args.corpus, "list"), encoding="utf-8") as f:
            return [Entry(line) for line in f]
    except OSError as e:
        fail(f"no corpus: {e} (make one with {os.path.join(HERE, 'prepare.sh')})")


def read_list(args):
    entries = [e for e in read_corpus(args) if (e.kind == "selftest") == args.selftests]
    if args.quick:
        entries = [e for e in entries if e.name in QUICK]
    if args.filter:
        entries = [e for e in entries if re.search(args.filter, e.name)]
    return entries


# --- objects -------------------------------------------------------------------------------------------------------

def count_slots(code, order):
    """Slots of a piece of code, without `goto +0` and `gotol +0`."""
    n = 0
    for i in range(0, len(code) - 7, 8):
        op, _, off, imm = struct.unpack_from(order + "BBhi", code, i)
        n += not (op == 0x05 and off == 0 or op == 0x06 and imm == 0)
    return n


def read_slots(path):
    """{section:function: slots} of a BPF object; what belongs to no function is section:."""
    with open(path, "rb") as f:
        d = f.read()
    order = "<" if d[5] == 1 else ">"
    shoff, = struct.unpack_from(order + "Q", d, 40)
    shentsize, shnum, shstrndx = struct.unpack_from(order + "HHH", d, 58)
    headers = [struct.unpack_from(order + "IIQQQQIIQQ", d, shoff + i * shentsize) for i in range(shnum)]

    def text(strtab, at):
        start = headers[strtab][4] + at
        return d[start:d.index(b"\0", start)].decode()

    result = {}
    code = {i: h for i, h in enumerate(headers) if h[1] == 1 and h[2] & 4}  # PROGBITS, SHF_EXECINSTR
    for i, h in code.items():
        result[text(shstrndx, h[0]) + ":"] = count_slots(d[h[4]:h[4] + h[5]], order)
    for h in headers:
        if h[1] != 2:  # SHT_SYMTAB
            continue
        for at in range(h[4], h[4] + h[5], 24):
            name, info, _, shndx, value, size = struct.unpack_from(order + "IBBHQQ", d, at)
            if info & 15 != 2 or shndx not in code or not size:  # STT_FUNC
                continue
            start = code[shndx][4] + value
            n = count_slots(d[start:start + size], order)
            section = text(shstrndx, code[shndx][0]) + ":"
            result[section + text(h[6], name)] = n
            result[section] -= n
    return {k: v for k, v in result.items() if v}


def same_file(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        return f.read() == g.read()


def dump_btf(path):
    r = subprocess.run(["bpftool", "btf", "dump", "file", path], capture_output=True, text=True, check=False)
    return r.stdout if r.returncode == 0 else f"error {r.stderr}"


# --- compiling -----------------------------------------------------------------------------------------------------

def source_flags(flags, entry, mcpu):
    """What any compiler is told of a file; `flags`: the folder of KIND.flags."""
    cmd = ["@" + os.path.join(flags, entry.kind + ".flags"), *entry.flags, "-c", entry.path]
    if entry.kind == "selftest" and mcpu not in ("v1", "v2"):
        cmd.append("-DENABLE_ATOMICS_TESTS")  # as the selftests' Makefile has it
    return cmd


def compile_command(args, entry, mcpu, level):
    """`level` None: without the plugin; "": with it, at its default level."""
    cmd = [args.clang, "--target=bpf", f"-mcpu={mcpu}", "-O2", "-g", "-ffile-compilation-dir=.",
           *source_flags(args.corpus, entry, mcpu)]
    if level is not None and args.plugin:
        cmd.append("-fpass-plugin=" + args.plugin)
        cmd += ["-mllvm", "-k2-level=" + level] if level else []
        cmd += [f for o in args.option for f in ("-mllvm", "-k2-" + o)]
    return cmd


def run_timed(cmd, cwd):
    """(exit status, wall seconds, user+system seconds, what it printed)"""
    with tempfile.TemporaryFile() as err:
        start = time.monotonic()
        p = subprocess.Popen(cmd, cwd=cwd, stdout=err, stderr=err)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        err.seek(0)
        return p.returncode, wall, usage.ru_utime + usage.ru_stime, err.read().decode(errors="replace")


def first_error(text):
    for line in text.splitlines():
        if "error:" in line or "LLVM ERROR" in line or "Assertion" in line:
            return line.strip()
    return (text.strip().splitlines() or ["no message"])[-1]


def object_path(args, mcpu, variant, name):
    return os.path.join(args.out, mcpu, variant, name + ".o")


def compile_entry(args, entry, mcpu):
    """Compiles all variants of one file; the result of the file without its load part."""
    r = {"name": entry.name, "kind": entry.kind, "violations": []}
    paths = {v: object_path(args, mcpu, v, entry.name) for v in ("plain", "k2")}
    times = {v: [] for v in paths}
    for path in paths.values():
        if os.path.exists(path):
            os.unlink(path)
    with tempfile.TemporaryDirectory() as other:
        for _ in range(args.runs):
            for variant, level in (("plain", None), ("k2", "")):
                status, wall, cpu, out = run_timed(
                    compile_command(args, entry, mcpu, level) + ["-o", paths[variant]], args.out)
                r[variant + "_status"] = status
                r[variant + "_error"] = first_error(out) if status else None
                times[variant].append((wall, cpu))
            if r["plain_status"] and r["k2_status"]:
                return r  # neither compiles: not part of the corpus
            if r["plain_status"] != r["k2_status"]:
                r["violations"].append(["parity", f"plain exits {r['plain_status']}, K2 {r['k2_status']}: "
                                                  f"{r['k2_error'] or r['plain_error']}"])
                return r
        for what, level, base in (("identity", "0", "plain"), ("determinism", "", "k2")):
            second = os.path.join(other, what + ".o")
            status, _, _, out = run_timed(compile_command(args, entry, mcpu, level) + ["-o", second], other)
            if status or not same_file(second, paths[base]):
                r["violations"].append([what, first_error(out) if status else "objects differ"])
    for variant in paths:
        r[variant + "_wall"] = statistics.median(t[0] for t in times[variant])
        r[variant + "_cpu"] = statistics.median(t[1] for t in times[variant])
        r[variant + "_slots"] = read_slots(paths[variant])
    grown = [f"{k} {v} -> {r['k2_slots'].get(k, 0)}" for k, v in r["plain_slots"].items()
             if r["k2_slots"].get(k, 0) > v]
    if set(r["plain_slots"]) != set(r["k2_slots"]):
        r["violations"].append(["functions", "not the same functions before and after"])
    if grown:
        r["violations"].append(["grown", ", ".join(grown)])
    return r


# --- loading -------------------------------------------------------------------------------------------------------

def link_objects(args, mcpu, variant, name):
    """The object to load: `name` alone, or linked with what it needs. None if that fails."""
    own = object_path(args, mcpu, variant, name)
    parts = [object_path(args, mcpu, variant, n) for n in LINKED.get(name, [])]
    if not parts:
        return own
    linked = own[:-2] + ".linked.o"
    if not all(map(os.path.exists, parts)):
        return own
    r = subprocess.run(["bpftool", "gen", "object", linked, own, *parts], capture_output=True, check=False)
    return linked if r.returncode == 0 else None


def load_object(args, mcpu, variant, name):
    """{section:program: record of k2 load}; an object that cannot be opened has one record, named *."""
    path = link_objects(args, mcpu, variant, name)
    if not path:
        return {"*": {"status": "refused", "error": "bpftool gen object failed"}}
    kind = ["--type=" + TYPES[name]] if name in TYPES else []
    r = subprocess.run([*args.sudo, args.k2, "load", "--json", "--build=" + mcpu, "--load=" + variant, *kind, path],
                       capture_output=True, text=True, check=False)
    try:
        records = json.loads(r.stdout)
    except ValueError:
        return {"*": {"status": "refused", "error": f"k2 load exits {r.returncode}: {r.stderr.strip()}"}}
    if r.returncode == 2 and not records:
        return {"*": {"status": "refused", "error": r.stderr.strip()}}
    return {f"{x['section']}:{x['program']}": x for x in records}


def loaded_before(r):
    """[program, its record before, its record after] of the programs that load before."""
    missing = {"status": "refused", "error": "no such program"}
    return [(k, old, r["k2_load"].get(k, missing)) for k, old in r.get("plain_load", {}).items()
            if old["status"] == "loaded"]


def loaded_both(r):
    return [(k, old, new) for k, old, new in loaded_before(r) if new["status"] == "loaded"]


def compare_loads(r):
    for key, old, new in loaded_before(r):
        if new["status"] != "loaded":
            r["violations"].append(["load", f"{key} is refused: {new['error']}"])
            continue
        a, b = old["insns_processed"], new["insns_processed"]
        if b > a * (1 + PROCESSED_LIMIT / 100):
            r["violations"].append(["processed", f"{key} {a} -> {b} (+{100 * (b - a) / a:.1f} %)"])


def load_own(args, r, mcpu, variant):
    """Of an object that was linked with others, only the file's own programs are counted."""
    own = set(r["plain_slots"]) | {"*", ":*"}
    records = load_object(args, mcpu, variant, r["name"])
    return {k: v for k, v in records.items() if k in own}


def load_entry(args, r, mcpu):
    for variant in ("plain", "k2"):
        r[variant + "_load"] = load_own(args, r, mcpu, variant)
    compare_loads(r)


def run_entry(args, r, mcpu, new="k2"):
    """Executes the programs of the plain object and of variant `new` on the same inputs."""
    paths = [link_objects(args, mcpu, v, r["name"]) for v in ("plain", new)]
    if None in paths:
        return
    kind = ["--type=" + TYPES[r["name"]]] if r["name"] in TYPES else []
    for _ in range(RUNS):
        p = subprocess.run([*args.sudo, args.run, *kind, *paths], capture_output=True, text=True, check=False)
        total = RUN_TOTAL.search(p.stdout)
        if " DIFFERENT" not in p.stdout:
            break
    if total:
        r["run"] = dict(zip(RUN_FIELDS, map(int, total.groups())))
    elif p.returncode != 2:  # 2: libbpf does not open it, plain or not
        r["violations"].append(["run", f"exits {p.returncode}: {(p.stdout + p.stderr).strip()[-200:]}"])
    r["violations"] += [["run", " ".join(line.split())] for line in p.stdout.splitlines() if " DIFFERENT" in line]


def check_btf(args, r, mcpu):
    old, new = (dump_btf(object_path(args, mcpu, v, r["name"])) for v in ("plain", "k2"))
    if old != new:
        r["violations"].append(["btf", "bpftool btf dump differs"])


# --- the tables ----------------------------------------------------------------------------------------------------

def percent(a, b):
    return f"{100 * (b - a) / a:+.1f}" if a else "0.0"


def loaded_sum(r, variant, field):
    """Sum over the programs that load both before and after; None if there is none."""
    both = loaded_both(r)
    return sum((old if variant == "plain" else new)[field] for _, old, new in both) if both else None


def totals(results):
    t = {"files": len(results)}
    for v in ("plain", "k2"):
        t[v + "_slots"] = sum(sum(r[v + "_slots"].values()) for r in results)
        for field in ("insns_processed", "jited_bytes"):
            t[f"{v}_{field}"] = sum(loaded_sum(r, v, field) or 0 for r in results)
        t[v + "_loaded"] = sum(x["status"] == "loaded" for r in results for x in r.get(v + "_load", {}).values())
    t["programs"] = sum(len(r.get("plain_load", {})) for r in results)
    added = [r["k2_wall"] - r["plain_wall"] for r in results]
    t["added_median"], t["added_max"] = (statistics.median(added), max(added)) if added else (0, 0)
    t["added_cpu_median"] = statistics.median(r["k2_cpu"] - r["plain_cpu"] for r in results) if results else 0
    return t


def row(name, slots, processed, jited, added):
    def cell(pair):
        return f"{pair[0]} | {pair[1]}" if pair[0] is not None else "- | -"
    return (f"| {name} | {slots[0]} | {slots[1]} | {percent(*slots)} | {cell(processed)} | {cell(jited)} | "
            f"{1000 * added:+.0f} |")


def print_table(mcpu, results, t):
    print(f"\n### -mcpu={mcpu}\n")
    print("| file | slots | K2 | % | processed | K2 | JIT bytes | K2 | ms added |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for r in results:
        print(row(r["name"], *([tuple(sum(r[v + "_slots"].values()) for v in ("plain", "k2"))] +
                               [tuple(loaded_sum(r, v, f) for v in ("plain", "k2"))
                                for f in ("insns_processed", "jited_bytes")]), r["k2_wall"] - r["plain_wall"]))
    print(row("**total**", *[(t["plain_" + f], t["k2_" + f]) for f in ("slots", "insns_processed", "jited_bytes")],
              t["added_median"]))
    print(f"\n{t['files']} files; programs: {t['programs']}, loaded before {t['plain_loaded']}, after "
          f"{t['k2_loaded']}. Processed {percent(t['plain_insns_processed'], t['k2_insns_processed'])} %, JIT bytes "
          f"{percent(t['plain_jited_bytes'], t['k2_jited_bytes'])} %. Time added per file: median "
          f"{t['added_median']:.3f} s (CPU {t['added_cpu_median']:.3f} s), most {t['added_max']:.3f} s.")


def print_runs(results):
    runs = [r["run"] for r in results if "run" in r]
    if runs:
        n = {f: sum(x[f] for x in runs) for f in RUN_FIELDS}
        print(f"Executed: {n['equal']} programs equal ({n['changed']} of those executed with other code), "
              f"{n['different']} different, {n['unstable']} unstable, {n['skipped']} not executable; "
              f"{n['inputs']} inputs.")


def print_worst(results):
    """The files where least was won, and the programs whose verifier work grew most."""
    def ratio(r):
        a, b = (sum(r[v + "_slots"].values()) for v in ("plain", "k2"))
        return (b - a) / a if a else 0
    some = [r for r in results if sum(r["plain_slots"].values()) >= 100]
    print("\nLeast won (files of 100 slots and more): " +
          ", ".join(f"{r['name']} {100 * ratio(r):+.1f} %" for r in sorted(some, key=ratio, reverse=True)[:5]))
    grown = []
    for r in results:
        for key, old, new in loaded_both(r):
            if new["insns_processed"] > old["insns_processed"]:
                grown.append((new["insns_processed"] / old["insns_processed"] - 1, r["name"], key))
    if grown:
        print("More verifier work: " +
              ", ".join(f"{n} {k} +{100 * g:.1f} %" for g, n, k in sorted(grown, reverse=True)[:10]))
    slow = sorted(results, key=lambda r: r["plain_wall"] - r["k2_wall"])[:5]
    print("Most time added: " + ", ".join(f"{r['name']} {r['k2_wall'] - r['plain_wall']:+.3f} s" for r in slow))


HARD = {"run", "parity", "identity", "determinism", "load", "btf", "functions"}


def target_violations(args, mcpu, t):
    """What the totals miss; [kind, text] each."""
    out = []
    if not args.plugin:
        return out
    won = 100 * (t["plain_slots"] - t["k2_slots"]) / t["plain_slots"] if t["plain_slots"] else 0
    whole = not (args.quick or args.filter or args.selftests)
    if whole and won < SLOT_TARGET.get(mcpu, 0):
        out.append(["slots", f"total {-won:+.1f} %, target -{SLOT_TARGET[mcpu]:.0f} %"])
    if t["k2_insns_processed"] > t["plain_insns_processed"]:
        out.append(["processed", "the total grows"])
    if t["k2_jited_bytes"] > t["plain_jited_bytes"]:
        out.append(["jit", "the total grows"])
    if t["added_median"] >= TIME_MEDIAN:
        out.append(["time", f"median {t['added_median']:.3f} s"])
    if t["added_max"] > TIME_MAX:
        out.append(["time", f"most {t['added_max']:.3f} s"])
    return out


def print_violations(found):
    print(f"\n### Violations: {len(found)}\n")
    for mcpu, name, kind, text in found:
        print(f"* {'**' + kind + '**' if kind in HARD else kind}: {mcpu} {name}: {text}")


# --- the run -------------------------------------------------------------------------------------------------------

def parallel(args, function, items, label):
    """[function(item)], in the items' order."""
    done = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        futures = [pool.submit(function, item) for item in items]
        for _ in concurrent.futures.as_completed(futures):
            done += 1
            if sys.stderr.isatty():
                print(f"\r{label} {done}/{len(items)} ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return [f.result() for f in futures]


def lock_out(args):
    """Two runs must not write the same objects; the lock lasts as long as the process."""
    os.makedirs(args.out, exist_ok=True)
    args.lock = open(os.path.join(args.out, "lock"), "w", encoding="utf-8")
    try:
        fcntl.flock(args.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail(f"another run writes to {args.out} (use --out)")


def measure(args, entries, mcpu):
    for variant in ("plain", "k2"):
        os.makedirs(os.path.join(args.out, mcpu, variant), exist_ok=True)
    every = parallel(args, lambda e: compile_entry(args, e, mcpu), entries, f"{mcpu}: compiled")
    good = [r for r in every if "plain_slots" in r]
    if args.plugin:
        parallel(args, lambda r: check_btf(args, r, mcpu), good, f"{mcpu}: BTF")
    if args.load:
        parallel(args, lambda r: load_entry(args, r, mcpu), good, f"{mcpu}: loaded")
    if args.load and args.run:
        parallel(args, lambda r: run_entry(args, r, mcpu), good, f"{mcpu}: executed")
    return every, good


def may_load(args):
    """The command in front of k2 load, or None when the kernel is not ours to load programs into."""
    if not os.access(args.k2, os.X_OK):
        fail(f"no k2 command at {args.k2} (use --k2 or --no-load)")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--corpus", default=os.path.join(ROOT, "build", "corpus"), help="what prepare.sh made")
    p.add_argument("--plugin", default=os.path.join(ROOT, "build", "plugin", "libk2.so"),
                   help="the plugin; '' compares plain with plain")
    p.add_argument("--k2", default=os.path.join(ROOT, "build", "tools", "k2"), help="the k2 command")
    p.add_argument("--run", help="the program that executes old and new (default: test/run of the command's build tree; "
                   "'' leaves it out)")
    p.add_argument("--clang", default="clang-22")
    p.add_argument("--mcpu", default="v2,v3,v4", help="comma-separated (default: %(default)s)")
    p.add_argument("--option", action="append", default=[], metavar="NAME=VALUE",
                   help="give the plugin -k2-NAME=VALUE, also in the runs at level 0")
    p.add_argument("--out", help="where the objects go: OUT/MCPU/{plain,k2}/NAME.o (default: CORPUS/objects)")
    p.add_argument("--jobs", "-j", type=int, default=os.cpu_count())
    p.add_argument("--runs", type=int, default=3, help="compilations per file and variant (default: %(default)s)")
    p.add_argument("--filter", metavar="REGEX", help="only files whose name matches")
    p.add_argument("--selftests", action="store_true", help="the selftests instead of the samples")
    p.add_argument("--quick", action="store_true", help="a dozen samples")
    p.add_argument("--no-load", dest="load", action="store_false", help="do not load anything into the kernel")
    p.add_argument("--strict", action="store_true", help="fail on missed targets, too, not only on what must never be")
    p.add_argument("--json", metavar="FILE", help="write everything that was found")
    args = p.parse_args()
    args.corpus = os.path.abspath(args.corpus)
    args.out = os.path.abspath(args.out or os.path.join(args.corpus, "objects"))
    args.plugin = args.plugin and os.path.abspath(args.plugin)
    args.k2 = os.path.abspath(args.k2)
    if args.run is None:
        args.run = os.path.join(os.path.dirname(os.path.dirname(args.k2)), "test", "run")
    args.run = args.run and os.path.abspath(args.run)
    if args.plugin and not os.path.exists(args.plugin):
        fail(f"no plugin at {args.plugin} (--plugin '' measures without)")
    if args.runs < 1 or args.jobs < 1:
        fail("--runs and --jobs are at least 1")
    if not shutil.which(args.clang):
        fail(f"no {args.clang}")
    return args


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    args = parse_arguments()
    entries = read_list(args)
    if not entries:
        fail("no file of the corpus is chosen")
    args.sudo = may_load(args) if args.load else None
    if args.run and not os.access(args.run, os.X_OK):
        print(f"No {args.run}: nothing is executed.")
        args.run = ""
    if args.load and args.sudo is None:
        print("Not root: nothing is loaded.")
        args.load = False
    lock_out(args)
    found, data = [], {}
    for mcpu in args.mcpu.split(","):
        every, good = measure(args, entries, mcpu)
        t = totals(good)
        print_table(mcpu, good, t)
        print_runs(good)
        if args.plugin:
            print_worst(good)
        missing = [r for r in every if r["plain_status"] and r["k2_status"]]
        if missing:
            print(f"Not compiled by plain clang ({len(missing)}): " + ", ".join(r["name"] for r in missing))
        found += [(mcpu, r["name"], *v) for r in every for v in r["violations"]]
        found += [(mcpu, "total", *v) for v in target_violations(args, mcpu, t)]
        data[mcpu] = {"totals": t, "files": every}
        sys.stdout.flush()
    print_violations(found)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({"kernel": os.uname().release, "mcpu": data, "violations": found}, f, indent=1)
    return 1 if any(args.strict or v[2] in HARD for v in found) else 0


if __name__ == "__main__":
    sys.exit(main())
