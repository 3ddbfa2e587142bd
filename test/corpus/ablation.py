#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What each proposer contributes: the corpus with each of them switched off in turn.

-O2 of clang-22 with the plugin. Two figures for each proposer: the slots of its accepted rewrites in a run with all of them
("its own"), and how many slots more there are without it ("missed"): what others would find as well is in the first only,
what it makes possible for others in the second only.
"""
import argparse
import collections
import json
import os
import statistics
import subprocess
import sys
import tempfile

import levels
import measure


def proposers(args):
    p = subprocess.run([args.k2, "opt", "--list"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in p.stdout.splitlines() if line.strip()]


def own(args, mcpu, entries):
    """Slots of accepted rewrites by proposer, and how many of them there are."""
    saved, number = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        for e in entries:
            source, _ = levels.bitcode(args, "clang-22", mcpu, "-O2", e)
            if not source:
                continue
            levels.generate(args, "clang-22", mcpu, "-O2", source, os.path.join(folder, "out.o"),
                            ["level=" + args.levels[0], "report=" + report])
            with open(report, encoding="utf-8") as f:
                for function in json.load(f)["functions"]:
                    for x in function["rewrites"]:
                        saved[x["name"]] += x["slots_saved"]
                        number[x["name"]] += 1
    return saved, number


def total(args, mcpu, entries, without):
    """{file: slots} with proposers left out."""
    args.option = ["disable=" + without] if without else []
    records = measure.parallel(args, lambda e: levels.work(args, "clang-22", mcpu, e), entries, without or "all")
    levels.write_records(args)
    return {e.name: sum(r[args.levels[0] + "-O2"]["functions"].values()) for e, r in zip(entries, records)
            if not any("error" in x for x in r.values())}


def print_table(args, mcpu, entries):
    names = proposers(args)
    every = total(args, mcpu, entries, "")
    nothing = total(args, mcpu, entries, ",".join(names))
    saved, number = own(args, mcpu, entries)
    won = sum(nothing.values()) - sum(every.values())
    print(f"\n### -mcpu={mcpu}, level {args.levels[0]}: {sum(nothing.values())} slots without any, {sum(every.values())} with all\n")
    print("| proposer | rewrites | its own slots | slots more without it | of what is won | mean of files | files |\n|---|" +
          "--:|" * 6)
    rows = []
    for name in names:
        without = total(args, mcpu, entries, name)
        lost = {f: without[f] - every[f] for f in every}
        mean = statistics.mean(without[f] / every[f] for f in every if every[f]) - 1
        rows.append((sum(lost.values()), name, f"| {name} | {number[name]} | {saved[name]} | {sum(lost.values())} | "
                     f"{100 * sum(lost.values()) / won:.1f} % | {100 * mean:+.2f} % | {sum(x > 0 for x in lost.values())} |"))
    for _, _, text in sorted(rows, key=lambda r: (-r[0], r[1])):
        print(text)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    levels.add_arguments(p)
    p.set_defaults(mcpu="v3", levels="2")
    p.add_argument("--part", choices=("samples", "network"), default="samples")
    args = p.parse_args()
    levels.finish_arguments(args)
    args.any = False
    entries = levels.choose_entries(args)
    for mcpu in args.mcpu.split(","):
        print_table(args, mcpu, entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
