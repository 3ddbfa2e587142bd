#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""K2 against the best of a compiler's own levels, in slots: mean of ratios and pooled, by file and by program.

Each file of the corpus that prepare.sh made is compiled at -O1, -O2 and -Os, plain and with K2 at each of its levels: for
clang-22 by the plugin, for others by `k2 opt` on the plain object. What a file or a program is measured against is the
smallest of the plain ones ("best"). "-O2" is what K2 makes of -O2, "any" the smallest that it makes of any of the three.

What clang does before code generation is kept as bitcode (code generated from it is the same, byte for byte), and sizes
are kept by a digest of the tools: a second run only generates what changed.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import measure
import objects
import programs

OPT = ("-O1", "-O2", "-Os")
NETWORK = ("xdp", "tc", "classifier", "action", "socket")  # sections of the selftests that count
CPUS = ("v1", "v2", "v3", "v4")


# --- compiling -----------------------------------------------------------------------------------------------------

def bitcode(args, compiler, mcpu, level, entry):
    """(path, None) or (None, first error)"""
    folder = os.path.join(args.out, "bitcode", compiler, mcpu + level)
    path = os.path.join(folder, entry.name + ".bc")
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(path):
        return path, None
    cmd = [compiler, "--target=bpf", "-mcpu=" + mcpu, level, "-g", "-ffile-compilation-dir=.", "-emit-llvm",
           *measure.source_flags(os.path.join(args.out, compiler), entry, mcpu), "-o", path + ".part"]
    status, _, _, out = measure.run_timed(cmd, args.out)
    if status:
        return None, measure.first_error(out)
    os.rename(path + ".part", path)
    return path, None


def generate(args, compiler, mcpu, level, source, out, plugin_options=None):
    """An object of bitcode. `plugin_options` None: plain."""
    cmd = [compiler, "--target=bpf", "-mcpu=" + mcpu, level, "-g", "-Xclang", "-disable-llvm-passes", "-c", source, "-o", out]
    if plugin_options is not None:
        cmd += ["-fpass-plugin=" + args.plugin, *(f for o in plugin_options for f in ("-mllvm", "-k2-" + o))]
    return measure.run_timed(cmd, args.out)


def in_clang(args, compiler):
    return compiler == "clang-22" and not args.objects


def with_k2(args, compiler, mcpu, level, source, out, options):
    if in_clang(args, compiler):
        return generate(args, compiler, mcpu, level, source, out, options)
    plain = out + ".plain.o"
    status = generate(args, compiler, mcpu, level, source, plain)
    if status[0]:
        return status
    return measure.run_timed([args.k2, "opt", *("--" + o for o in options), plain, "-o", out], args.out)


def sizes(path):
    return {"functions": measure.read_slots(path), "programs": programs.read_programs(path)}


def one_size(args, key, compiler, mcpu, level, entry, options):
    """What an object has; `options` None: plain. Kept under `key`."""
    record = args.records.get(key)
    if record:
        return record
    source, error = bitcode(args, compiler, mcpu, level, entry)
    if error:
        record = {"error": error}
    else:
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.o")
            make = generate if options is None else with_k2
            status, wall, cpu, text = make(args, compiler, mcpu, level, source, out, *([] if options is None else [options]))
            record = {"error": measure.first_error(text)} if status else {**sizes(out), "wall": wall, "cpu": cpu}
    args.records[key] = record
    return record


def variants(args):
    """(name, -O level, K2's options or None)"""
    result = [("plain" + o, o, None) for o in OPT]
    for k2 in args.levels:
        result += [(f"{k2}{o}", o, ["level=" + k2, *args.option]) for o in (OPT if args.any else ["-O2"])]
    return result


def work(args, compiler, mcpu, entry):
    """{variant: record} of one file."""
    result = {}
    for name, level, options in variants(args):
        tools = "" if options is None else args.tools + ("opt" if args.objects else "") + ",".join(args.option)
        key = "/".join((compiler, mcpu, name, tools, entry.name))
        result[name] = one_size(args, key, compiler, mcpu, level, entry, options)
    return result


# --- kept records --------------------------------------------------------------------------------------------------

def read_records(args):
    try:
        with open(os.path.join(args.out, "records.json"), encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}


def write_records(args):
    """Without those of other states of the tools: they are not asked for again."""
    keep = {k: v for k, v in args.records.items() if not k.split("/")[3] or k.split("/")[3].startswith(args.tools)}
    path = os.path.join(args.out, "records.json")
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump(keep, f)
    os.rename(path + ".part", path)


# --- figures -------------------------------------------------------------------------------------------------------

def is_network(key):
    return key.split(":")[0].split("/")[0].split(".")[0] in NETWORK


def units(results, by, network):
    """{name: {variant: slots}} of files or programs that all variants have."""
    found = {}
    for name, record in results.items():
        if any("error" in r for r in record.values()):
            continue
        if by == "file":
            found[name] = {v: sum(r["functions"].values()) for v, r in record.items()}
            continue
        keys = set.intersection(*(set(r["programs"]) for r in record.values()))
        for key in sorted(keys):
            if not network or is_network(key):
                found[f"{name} {key}"] = {v: r["programs"][key] for v, r in record.items()}
    return {k: v for k, v in found.items() if all(v.values())}


def best(sizes_of):
    return min(v for k, v in sizes_of.items() if k.startswith("plain"))


def compare(items, pick):
    """(mean of ratios, pooled ratio) in per cent, of pick(sizes) to the best plain one."""
    if not items:
        return 0, 0
    ratios = [pick(s) / best(s) for s in items.values()]
    pooled = sum(pick(s) for s in items.values()) / sum(map(best, items.values()))
    return 100 * (statistics.mean(ratios) - 1), 100 * (pooled - 1)


def picks(args):
    """[(row's name, function from sizes to slots)]"""
    rows = []
    for k2 in args.levels:
        rows.append((f"level {k2}, -O2", lambda s, k=k2: s[k + "-O2"]))
        if args.any:
            rows.append((f"level {k2}, any", lambda s, k=k2: min(s[k + o] for o in OPT)))
    return rows


def losers(args, items, k2):
    return sorted((s[k2 + "-O2"] - best(s), name, best(s), s[k2 + "-O2"]) for name, s in items.items()
                  if s[k2 + "-O2"] > best(s))[::-1]


def print_losers(args, by, k2, columns):
    """What is worse than a plain level in any column: slots of K2, and the best."""
    worse = {}
    for (_, mcpu), c in columns.items():
        for _, name, a, b in losers(args, c, k2):
            worse.setdefault(name, []).append(f"{mcpu} {b} for {a}")
    if worse:
        print(f"\nK2 level {k2} of -O2 is worse than a plain level in {len(worse)} {by}s:\n")
        for name, texts in list(worse.items())[:args.show]:
            print(f"* {name}: " + ", ".join(texts))


def table(args, by, found):
    """`found`: {(compiler, mcpu): results}"""
    columns = {k: units(r, by, args.part == "network") for k, r in found.items()}
    print(f"\n| by {by}: mean of ratios, pooled | " + " | ".join(" ".join(k) for k in columns) + " |")
    print("|---|" + "--:|" * len(columns))
    print(f"| {by}s | " + " | ".join(str(len(c)) for c in columns.values()) + " |")
    print("| slots of the best plain ones | " + " | ".join(str(sum(map(best, c.values()))) for c in columns.values()) + " |")
    for name, o in ((f"clang {o}", "plain" + o) for o in OPT):
        print(f"| {name} | " + " | ".join("{:+.1f} %, {:+.1f} %".format(*compare(c, lambda s, o=o: s[o]))
                                         for c in columns.values()) + " |")
    for name, pick in picks(args):
        print(f"| K2 {name} | " + " | ".join("{:+.1f} %, {:+.1f} %".format(*compare(c, pick))
                                            for c in columns.values()) + " |")
    for k2 in args.levels:
        print(f"| {by}s where K2 level {k2}, -O2, is worse than a plain one | " +
              " | ".join(str(len(losers(args, c, k2))) for c in columns.values()) + " |")
    for k2 in args.levels:
        print_losers(args, by, k2, columns)


def seconds(args, found):
    """CPU seconds that the plugin adds to code generation, or that k2 opt takes."""
    for k2 in args.levels:
        added = sorted(r[k2 + "-O2"]["cpu"] - (r["plain-O2"]["cpu"] if in_clang(args, build[0]) else 0)
                       for build, results in found.items() for r in results.values()
                       if not any("error" in x for x in r.values()))
        if added:
            print(f"\nCPU seconds of K2 at level {k2}: median {statistics.median(added):.3f}, "
                  f"nine in ten below {added[9 * len(added) // 10]:.3f}, most {added[-1]:.2f}.")


def left_out(found):
    for (compiler, mcpu), results in found.items():
        bad = {n: next(x["error"] for x in r.values() if "error" in x) for n, r in results.items()
               if any("error" in x for x in r.values())}
        if bad:
            print(f"\nLeft out, {compiler} {mcpu}: " + "; ".join(f"{n}: {e}" for n, e in bad.items()))


# --- the run -------------------------------------------------------------------------------------------------------

def add_arguments(p):
    objects.add_common_arguments(p, "levels")
    p.add_argument("--plugin", default=os.path.join(measure.ROOT, "build", "plugin", "libk2.so"))
    p.add_argument("--compiler", default="clang-22", help="comma-separated (default: %(default)s)")
    p.add_argument("--mcpu", default=",".join(CPUS), help="comma-separated (default: %(default)s)")
    p.add_argument("--levels", default="1,2,3", help="of K2, comma-separated (default: %(default)s)")
    p.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="another option for K2")
    p.add_argument("--objects", action="store_true", help="k2 opt on the objects of clang-22, too")


def finish_arguments(args):
    objects.finish_common_arguments(args)
    args.plugin = os.path.abspath(args.plugin)
    args.levels = args.levels.split(",")
    args.tools = objects.digest(args.k2, args.plugin)[:16]
    measure.lock_out(args)
    for compiler in args.compiler.split(","):
        objects.write_flags(args, compiler)
    args.records = read_records(args)


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    add_arguments(p)
    p.add_argument("--part", choices=("samples", "network"), default="samples",
                   help="the samples, or the selftests' XDP, TC and socket programs (default: %(default)s)")
    p.add_argument("--only-o2", dest="any", action="store_false", help="no K2 at -O1 and -Os")
    p.add_argument("--show", type=int, default=20, metavar="N", help="losers to show (default: %(default)s)")
    args = p.parse_args()
    finish_arguments(args)
    return args


def choose_entries(args):
    args.selftests = args.part == "network"
    entries = measure.read_list(args)
    if not args.selftests:
        return entries

    def network(entry):
        r = one_size(args, "/".join(("clang-22", "v3", "plain-O2", "", entry.name)), "clang-22", "v3", "-O2", entry, None)
        return any(map(is_network, r.get("programs", {})))
    chosen = measure.parallel(args, network, entries, "network")
    return [e for e, yes in zip(entries, chosen) if yes]


def builds(args):
    return [(c, m) for c in args.compiler.split(",") for m in args.mcpu.split(",")
            if m in objects.COMPILERS.get(c, objects.COMPILERS["clang-22"])]


def main():
    args = parse_arguments()
    entries = choose_entries(args)
    if not entries:
        objects.fail("no file of the corpus is chosen")
    found = {}
    for compiler, mcpu in builds(args):
        records = measure.parallel(args, lambda e, c=compiler, m=mcpu: work(args, c, m, e), entries, f"{compiler} {mcpu}")
        found[compiler, mcpu] = {e.name: r for e, r in zip(entries, records)}
        write_records(args)
    for by in ("file", "program"):
        table(args, by, found)
    seconds(args, found)
    left_out(found)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({" ".join(k): v for k, v in found.items()}, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
