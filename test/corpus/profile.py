#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does layout by a profile make programs faster? For packet programs of test/programs and the samples: counted on a made-up capture (70 %
TCP, 15 % UDP, IPv6, ARP), compiled plain, with K2, with K2 and the profile, and with that and latency as the objective; then timed in
the kernel on the same capture by pace, in turns. Needs root.
"""
import argparse
import os
import random
import shutil
import struct
import subprocess
import sys

import levels
import measure

PROGRAMS = [  # file, program
    ("xdp_lb", "balance"), ("tc_monitor", "monitor"), ("parse_varlen", "handle_ingress"), ("xdp1_kern", "xdp_prog1"),
    ("xdp2_kern", "xdp_prog1"), ("xdp_tx_iptunnel_kern", "_xdp_tx_iptunnel"), ("xdp_fwd_kern", "xdp_fwd_prog"),
    ("xdp_adjust_tail_kern", "_xdp_icmp"), ("xdp_rxq_info_kern", "xdp_prognum0"),
]
VARIANTS = {"K2": [], "profile": ["profile"], "profile, latency": ["profile", "objective=latency"]}
PACKETS = 200


def packet(n):
    """Ethernet, and mostly TCP over IPv4."""
    def ip4(proto, data):
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 1, 0, 64, proto, 0,
                           bytes([192, 168, random.randrange(256), random.randrange(256)]), bytes([10, 0, 0, 1])) + data
    tcp = struct.pack(">HHIIBBHHH", 1000 + n, 80, 1, 2, 0x50, 0x10, 1000, 0, 0) + bytes(6)
    udp = struct.pack(">HHHH", 1000 + n, 53, 26, 0) + bytes(18)
    ip6 = struct.pack(">IHBB16s16s", 6 << 28, len(tcp), 6, 64, bytes(15) + b"\1", bytes(15) + b"\2") + tcp
    kind, data = random.choices([(0x0800, ip4(6, tcp)), (0x0800, ip4(17, udp)), (0x86dd, ip6), (0x0806, bytes(46))],
                                [70, 15, 10, 5])[0]
    return (bytes(6) + b"\2\0\0\0\0\1" + struct.pack(">H", kind) + data).ljust(64, b"\0")


def write_capture(path):
    random.seed(7)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for n in range(PACKETS):
            p = packet(n)
            f.write(struct.pack("<IIII", 0, 0, len(p), len(p)) + p)


def bitcode(args, name):
    own = os.path.join(measure.ROOT, "test", "programs", name + ".c")
    if not os.path.exists(own):
        entry = next(e for e in measure.read_corpus(args) if e.name == name)
        return levels.bitcode(args, "clang-22", args.mcpu, "-O2", entry)[0]
    path = os.path.join(args.out, name + ".bc")
    machine = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["clang-22", "--target=bpf", "-mcpu=" + args.mcpu, "-O2", "-g", "-idirafter", "/usr/include/" + machine, "-emit-llvm",
                    "-c", own, "-o", path], check=True)
    return path


def work(args, name, program, capture):
    source, base = bitcode(args, name), os.path.join(args.out, name)
    if os.path.exists(base + ".profile"):
        os.unlink(base + ".profile")
    levels.generate(args, "clang-22", args.mcpu, "-O2", source, base + ".plain.o")
    subprocess.run([args.k2, "run", base + ".plain.o", "--prog=" + program, "--packet=" + capture, "--profile=" + base + ".profile"],
                   capture_output=True, check=False)
    before = base + ".plain.o"
    for variant, options in VARIANTS.items():
        new = f"{base}.{len(options)}.o"
        levels.generate(args, "clang-22", args.mcpu, "-O2", source, new,
                        ["profile=" + base + ".profile" if o == "profile" else o for o in options])
        p = subprocess.run([args.pace, before, new, capture, program], capture_output=True, text=True, check=False)
        slots = [levels.programs.read_programs(o) for o in (before, new)]
        slots = [next(v for k, v in s.items() if k.endswith(":" + program)) for s in slots]
        print(f"| {name} | {'plain' if before.endswith('plain.o') else 'K2'} to {variant} | {slots[0]} | {slots[1]} | "
              f"{(p.stdout or p.stderr).strip().split(': ', 1)[-1]} |", flush=True)
        before = base + ".0.o"


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    levels.add_arguments(p)
    p.set_defaults(mcpu="v3", folder="profiles")
    p.add_argument("--pace", default=os.path.join(measure.ROOT, "build", "test", "pace"))
    args = p.parse_args()
    levels.finish_arguments(args)
    if not shutil.which(args.pace):
        levels.objects.fail(f"no {args.pace} (use --pace)")
    capture = os.path.join(args.out, "capture.pcap")
    write_capture(capture)
    print("| program | | slots | | time |\n|---|---|--:|--:|---|")
    for name, program in PROGRAMS:
        work(args, name, program, capture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
