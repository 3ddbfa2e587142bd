# SPDX-License-Identifier: BSD-2-Clause
# Bare instructions for tests of k2 opt --raw.
#   raw.py number SECTION READELF OBJ OUT NAME=NUMBER...   a section's code, in which maps and data sections are those numbers
#   raw.py load RAW ABOUT                                  loads the code as XDP, with maps made by the directives in ABOUT
import ctypes
import os
import platform
import re
import struct
import subprocess
import sys

MAP_CREATE, PROG_LOAD, RDONLY_PROG, LOG_STATS = 0, 5, 1 << 7, 4
ARRAY, XDP = 2, 6


def number(section, readelf, obj, out, *names):
    names = {name: int(value) for name, value in (n.split("=") for n in names)}
    subprocess.run([readelf.replace("readelf", "objcopy"), "-O", "binary", "--only-section=" + section, obj, out], check=True)
    with open(out, "rb") as f:
        code = bytearray(f.read())
    text = subprocess.run([readelf, "-rW", obj], check=True, capture_output=True, text=True).stdout
    wanted = False
    for line in text.splitlines():
        if line.startswith("Relocation section"):
            wanted = "'.rel%s'" % section in line
        found = re.match(r"([0-9a-f]+) .* (\S+)$", line.strip())
        if not wanted or not found or "R_BPF" not in line:
            continue
        at, name = int(found[1], 16), found[2]
        value = name.startswith(".")
        addend = struct.unpack_from("<i", code, at + 4)[0]
        code[at + 1] |= (2 if value else 1) << 4
        struct.pack_into("<i", code, at + 4, names[name])
        struct.pack_into("<i", code, at + 12, addend if value else 0)
    with open(out, "wb") as f:
        f.write(code)


def bpf(command, attr):
    libc = ctypes.CDLL(None, use_errno=True)
    attr = ctypes.create_string_buffer(attr.ljust(128, b"\0"), 128)
    fd = libc.syscall(ctypes.c_long({"x86_64": 321}.get(platform.machine(), 280)), command, attr, 128)
    if fd < 0:
        sys.exit("bpf(%d): %s" % (command, os.strerror(ctypes.get_errno())))
    return fd


def make_maps(about):
    fds = {}
    with open(about, encoding="utf-8") as f:
        for words in (line.split() for line in f):
            a = dict(w.split("=") for w in words[2:] if "=" in w)
            if words[:1] == [".map"]:
                fds[int(a["fd"])] = bpf(MAP_CREATE, struct.pack("5I", *(int(a[k]) for k in ("type", "key", "value", "entries")), 0))
            elif words[:1] == [".data"]:
                fds[int(a["fd"])] = bpf(MAP_CREATE, struct.pack("5I", ARRAY, 4, int(a["size"]), 1, RDONLY_PROG * ("ro" in words)))
    return fds


def load(raw, about):
    fds = make_maps(about)
    with open(raw, "rb") as f:
        code = bytearray(f.read())
    at = 0
    while at < len(code):
        wide = code[at] == 0x18
        if wide and code[at + 1] >> 4 in (1, 2):
            struct.pack_into("<i", code, at + 4, fds[struct.unpack_from("<i", code, at + 4)[0]])
        at += 16 if wide else 8
    log = ctypes.create_string_buffer(1 << 16)
    insns = (ctypes.c_char * len(code)).from_buffer(code)
    licence = ctypes.create_string_buffer(b"GPL")
    bpf(PROG_LOAD, struct.pack("IIQQIIQ", XDP, len(code) // 8, ctypes.addressof(insns), ctypes.addressof(licence), LOG_STATS, len(log),
                               ctypes.addressof(log)))
    print("loaded, %d slots, processed %s" % (len(code) // 8, re.search(rb"processed (\d+)", log.value)[1].decode()))


{"number": number, "load": load}[sys.argv[1]](*sys.argv[2:])
