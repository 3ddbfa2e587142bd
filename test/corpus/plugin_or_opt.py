#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares what the plugin makes of a source with what `k2 opt` makes of the plain object of the same source, in slots.

The samples of the corpus that prepare.sh made, or the selftests, are compiled plain and with the plugin, -O2 -g; the plain
objects go through `k2 opt` with its default options, with --assume-no-volatile, and with --no-freeze as well. For the
functions that differ most, the accepted rewrites of both are counted by proposer: what one has and the other has not says why.
"""
import argparse
import collections
import json
import os
import subprocess
import sys

import measure
import objects

OPTIONS = {  # of k2 opt, by the column's name
    "opt": [],
    "not volatile": ["--assume-no-volatile"],
    "nor frozen": ["--assume-no-volatile", "--no-freeze"],
}
COLUMNS = ("plain", "plugin", *OPTIONS)


def compile_object(args, entry, mcpu, variant, level):
    path = measure.object_path(args, mcpu, variant, entry.name)
    cmd = measure.compile_command(args, entry, mcpu, level) + ["-o", path]
    if variant == "plugin":
        cmd += ["-mllvm", "-k2-report=" + path[:-2] + ".json"]
    status, _, _, out = measure.run_timed(cmd, args.out)
    return measure.first_error(out) if status else None


def work(args, entry, mcpu):
    """{column: {function: slots}}, or the error."""
    for variant, level in (("plain", None), ("plugin", "")):
        error = compile_object(args, entry, mcpu, variant, level)
        if error:
            return error
    plain = measure.object_path(args, mcpu, "plain", entry.name)
    for variant, options in OPTIONS.items():
        new = measure.object_path(args, mcpu, variant, entry.name)
        p = subprocess.run([args.k2, "opt", *options, plain, "-o", new, "--report=" + new[:-2] + ".json"],
                           capture_output=True, text=True, check=False)
        if p.returncode:
            return f"k2 opt exits {p.returncode}: {p.stderr.strip()}"
    return {v: measure.read_slots(measure.object_path(args, mcpu, v, entry.name)) for v in COLUMNS}


def rewrites(args, mcpu, variant, name):
    """{function: {proposer: slots that its accepted rewrites saved}}"""
    result = {}
    try:
        with open(measure.object_path(args, mcpu, variant, name)[:-2] + ".json", encoding="utf-8") as f:
            report = json.load(f)
    except OSError:
        return result
    for function in report["functions"]:
        saved = result[function["name"]] = collections.Counter()
        for x in function["rewrites"]:
            saved[x["name"]] += x["slots_saved"]
    return result


def print_table(args, mcpu, results):
    total = {v: sum(sum(r[v].values()) for r in results.values()) for v in COLUMNS}
    print(f"\n### -mcpu={mcpu}: {len(results)} files\n")
    print("| | " + " | ".join(COLUMNS) + " |\n|---|" + "--:|" * len(COLUMNS))
    print("| slots | " + " | ".join(str(total[v]) for v in COLUMNS) + " |")
    print("| % | " + " | ".join(measure.percent(total["plain"], total[v]) for v in COLUMNS) + " |")
    return total


def print_differences(args, mcpu, results):
    """The functions that differ most between the plugin and the default options, in both directions."""
    found = [(r["opt"].get(f, 0) - r["plugin"].get(f, 0), name, f) for name, r in results.items() for f in r["plain"]]
    found = sorted((x for x in found if x[0]), key=lambda x: (-abs(x[0]), x))
    better = [x for x in found if x[0] < 0]
    print(f"\n{len(found)} functions differ: in {len(better)} k2 opt has {-sum(x[0] for x in better)} slots less, in "
          f"{len(found) - len(better)} the plugin {sum(x[0] for x in found if x[0] > 0)} less. The largest:\n")
    for difference, name, key in found[:args.show]:
        r, function = results[name], key.split(":")[-1]
        both = [rewrites(args, mcpu, v, name).get(function, {}) for v in ("plugin", "opt")]
        parts = [f"{p} {both[0].get(p, 0)}/{both[1].get(p, 0)}" for p in sorted(set(both[0]) | set(both[1]))
                 if both[0].get(p, 0) != both[1].get(p, 0)]
        print(f"* {name} {key} {difference:+d} ({', '.join(f'{v} {r[v].get(key, 0)}' for v in COLUMNS)}); "
              f"slots saved, plugin/opt: {', '.join(parts) or 'nothing reported'}")


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    objects.add_common_arguments(p, "doors")
    p.add_argument("--plugin", default=os.path.join(measure.ROOT, "build", "plugin", "libk2.so"))
    p.add_argument("--clang", default="clang-22")
    p.add_argument("--mcpu", default="v2,v3,v4", help="comma-separated (default: %(default)s)")
    p.add_argument("--selftests", action="store_true", help="the selftests instead of the samples")
    p.add_argument("--show", type=int, default=20, metavar="N", help="functions to show (default: %(default)s)")
    args = p.parse_args()
    objects.finish_common_arguments(args)
    args.plugin, args.option, args.quick = os.path.abspath(args.plugin), [], False
    if not os.path.exists(args.plugin):
        objects.fail(f"no plugin at {args.plugin} (use --plugin)")
    return args


def main():
    args = parse_arguments()
    entries = measure.read_list(args)
    measure.lock_out(args)
    data = {}
    for mcpu in args.mcpu.split(","):
        for variant in COLUMNS:
            os.makedirs(os.path.join(args.out, mcpu, variant), exist_ok=True)
        found = measure.parallel(args, lambda e, m=mcpu: work(args, e, m), entries, mcpu)
        results = {e.name: r for e, r in zip(entries, found) if isinstance(r, dict)}
        total = print_table(args, mcpu, results)
        print_differences(args, mcpu, results)
        errors = [f"{e.name}: {r}" for e, r in zip(entries, found) if isinstance(r, str)]
        print("\nLeft out: " + ("; ".join(errors) or "none"))
        data[mcpu] = {"total": total, "files": results}
        sys.stdout.flush()
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(data, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
