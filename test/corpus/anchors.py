#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The thirteen Linux programs of K2's paper (SIGCOMM 2021), against what was published of them.

The figures are slots of clang 9 -O2 and of the paper's result; sources are those of Linux 6.1, where some programs moved, so
what is compared is the percentage. For each compiler and -mcpu: the best of -O1, -O2 and -Os, what K2 makes of -O2 at each
level, and what of any of the three. A program that misses its percentage is marked.
"""
import argparse
import math
import statistics
import sys

import levels
import objects

# Name in the paper, file and program in Linux 6.1, slots of clang 9 -O2, slots of the paper's result.
ANCHORS = [
    ("xdp_exception", "xdp_sample.bpf", "tp_btf/xdp_exception:tp_xdp_exception", 18, 16),
    ("xdp_redirect_err", "xdp_sample.bpf", "tp_btf/xdp_redirect_err:tp_xdp_redirect_err", 18, 16),
    ("xdp_devmap_xmit", "xdp_sample.bpf", "tp_btf/xdp_devmap_xmit:tp_xdp_devmap_xmit", 36, 29),
    ("xdp_cpumap_kthread", "xdp_sample.bpf", "tp_btf/xdp_cpumap_kthread:tp_xdp_cpumap_kthread", 24, 18),
    ("xdp_cpumap_enqueue", "xdp_sample.bpf", "tp_btf/xdp_cpumap_enqueue:tp_xdp_cpumap_enqueue", 26, 21),
    ("sys_enter_open", "syscall_tp_kern", "tracepoint/syscalls/sys_enter_open:trace_enter_open", 24, 20),
    ("socket/0", "sockex3_kern", "socket/0:main_prog", 29, 27),
    ("socket/1", "sockex3_kern", "socket/1:bpf_func_PARSE_VLAN", 32, 30),
    ("xdp_router_ipv4", "xdp_router_ipv4.bpf", "xdp:xdp_router_ipv4_prog", 111, 99),
    ("xdp_redirect", "xdp_redirect.bpf", "xdp:xdp_redirect_prog", 43, 35),
    ("xdp1", "xdp1_kern", "xdp.frags:xdp_prog1", 61, 56),
    ("xdp2", "xdp2_kern", "xdp.frags:xdp_prog1", 78, 71),
    ("xdp_fwd", "xdp_fwd_kern", "xdp_fwd:xdp_fwd_prog", 155, 128),
]


def slots(records, program):
    return {v: r["programs"].get(program) for v, r in records.items()} if not any("error" in r for r in records.values()) else {}


def reached(before, after, published):
    """The published percentage, rounded up to whole slots of this program: nobody saves half a slot."""
    return before - after >= math.ceil(before * published - 0.5)


def print_build(args, compiler, mcpu, found):
    print(f"\n### {compiler} -mcpu={mcpu}\n")
    columns = [f"level {k}" for k in args.levels] + [f"level {args.levels[-1]}, any"]
    print("| program | published | -O1, -O2, -Os | " + " | ".join(columns) + " | % | wanted |\n|---|--:|--:|" +
          "--:|" * (len(columns) + 2))
    ratios, missed, pooled = [], [], [0, 0]
    for name, file, program, old, new in ANCHORS:
        s = slots(found[file], program)
        if not s or None in s.values():
            print(f"| {name} | | not compiled |")
            continue
        published, plain = (old - new) / old, levels.best(s)
        got = [s[k + "-O2"] for k in args.levels] + [min(s[args.levels[-1] + o] for o in levels.OPT)]
        wanted = plain - math.ceil(plain * published - 0.5)
        ratios.append(got[-2] / plain)
        pooled = [pooled[0] + plain, pooled[1] + got[-2]]
        mark = "" if reached(plain, got[-2], published) else " **missed**"
        missed += [name] if mark else []
        print(f"| {name} | -{100 * published:.1f} % | " + ", ".join(str(s['plain' + o]) for o in levels.OPT) + " | " +
              " | ".join(map(str, got)) + f" | {100 * (got[-2] / plain - 1):+.1f} | {wanted}{mark} |")
    if ratios:
        print(f"\nMean of ratios {100 * (statistics.mean(ratios) - 1):+.1f} %, pooled {100 * (pooled[1] / pooled[0] - 1):+.1f} % "
              f"(level {args.levels[-1]}); missed: {', '.join(missed) or 'none'}.")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    levels.add_arguments(p)
    p.set_defaults(compiler="clang-22,clang-14", mcpu="v2,v3", levels="2,3")
    args = p.parse_args()
    levels.finish_arguments(args)
    args.any, args.selftests = True, False
    names = {file for _, file, *_ in ANCHORS}
    entries = [e for e in levels.measure.read_corpus(args) if e.name in names]
    if {e.name for e in entries} != names:
        objects.fail("the corpus lacks some of the programs")
    for compiler, mcpu in levels.builds(args):
        records = levels.measure.parallel(args, lambda e, c=compiler, m=mcpu: levels.work(args, c, m, e), entries, mcpu)
        levels.write_records(args)
        print_build(args, compiler, mcpu, {e.name: r for e, r in zip(entries, records)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
