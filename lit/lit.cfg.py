# SPDX-License-Identifier: BSD-2-Clause
# lit + FileCheck tests, a folder per module. Run from anywhere:
#   /usr/lib/llvm-22/bin/lit -v lit                    (build tree in build/)
#   K2_BUILD=/elsewhere lit lit   or   lit --param build=/elsewhere lit
import ctypes
import os
import platform
import shutil

import lit.formats

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
build = os.path.abspath(lit_config.params.get("build") or os.environ.get("K2_BUILD") or os.path.join(root, "build"))
llvm = lit_config.params.get("llvm", "22")
llvm_bin = "/usr/lib/llvm-%s/bin" % llvm

config.name = "k2"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".c", ".ll", ".mir", ".s", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(build, "lit")

# FileCheck, not, split-file and count are found there; clang and llc are named with their version below.
config.environment["PATH"] = os.pathsep.join([llvm_bin, os.environ.get("PATH", "")])
# What a user has in the environment must not decide a test.
config.environment.pop("K2_OPTIONS", None)
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_PRELOAD"):
    if name in os.environ:
        config.environment[name] = os.environ[name]


def tool(name):
    for path in ("%s-%s" % (name, llvm), os.path.join(llvm_bin, name)):
        found = shutil.which(path)
        if found:
            return found
    lit_config.fatal("%s of LLVM %s not found" % (name, llvm))


plugin = os.path.join(build, "plugin", "libk2.so")
if not os.path.exists(plugin):
    lit_config.warning("no plugin at %s (set K2_BUILD or --param build=)" % plugin)

clang = tool("clang") + " --target=bpf"
# Longer names first: a substitution also matches the beginning of a longer word.
config.substitutions += [
    (r"%k2clang\b", "%s -fpass-plugin=%s" % (clang, plugin)),
    (r"%clang_host\b", tool("clang")),
    (r"%clang\b", clang),
    (r"%k2llc\b", "%s --load=%s" % (tool("llc"), plugin)),
    (r"%llc\b", tool("llc")),
    (r"%plugin\b", plugin),
    (r"%objdump\b", tool("llvm-objdump")),
    (r"%readelf\b", tool("llvm-readelf")),
    (r"%k2\b", os.path.join(build, "tools", "k2")),
    (r"%inputs\b", os.path.join(config.test_source_root, "plugin", "Inputs")),
]


def bpf_works():
    """Creates an array map with one element, as the smallest thing that bpf(2) either does or refuses."""
    number = {"x86_64": 321, "aarch64": 280, "riscv64": 280}.get(platform.machine())
    if number is None:
        return False
    attr = (ctypes.c_uint32 * 32)(2, 4, 4, 1)  # BPF_MAP_TYPE_ARRAY, key size, value size, entries
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(ctypes.c_long(number), ctypes.c_int(0), attr, ctypes.c_uint(ctypes.sizeof(attr)))
    if fd < 0:
        return False
    os.close(fd)
    return True


if os.geteuid() == 0:
    config.available_features.add("root")
if bpf_works():
    config.available_features.add("bpf")
if os.path.exists("/sys/kernel/btf/vmlinux"):
    config.available_features.add("btf")
config.available_features.add(platform.machine())
