#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# From a fresh clone on Debian 12 to a proved, smaller program: installs what is missing, builds K2 in build/, compiles
# a load balancer with and without it, says what changed, and loads both into the kernel when it may.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/deps.sh
. "$root/tools/deps.sh"
build=$root/build
out=$build/quickstart
program=$root/test/programs/xdp_lb.c

case ${1:-} in
'') ;;
-h | --help)
	echo "usage: quickstart.sh"
	echo "Installs, builds, and compares one XDP program compiled with and without K2. Writes to build/ only."
	exit 0
	;;
*) echo "quickstart.sh: unknown argument '$1' (it takes none)" >&2; exit 2 ;;
esac

install_packages "${k2_packages[@]}"
PATH=$PATH:/usr/sbin

echo "Building"
mkdir -p "$out"
log=$out/build.log
if ! { cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release && ninja -C "$build" k2plugin k2; } >"$log" 2>&1; then
	tail -30 "$log" >&2
	echo "quickstart.sh: the build failed (whole log: $log)" >&2
	exit 1
fi

# Debian keeps asm/types.h in a folder of the architecture, where clang does not look for BPF.
includes=(-idirafter "/usr/include/$(gcc -print-multiarch)")

# compile MCPU VARIANT FLAGS...: the object, and how long clang took (milliseconds) beside it.
compile() {
	local object=$out/xdp_lb.$1.$2.o start
	start=$(date +%s%N)
	clang-22 --target=bpf -mcpu="$1" -O2 -g "${includes[@]}" "${@:3}" -c "$program" -o "$object"
	echo $((($(date +%s%N) - start) / 1000000)) >"$object.ms"
}

for mcpu in v2 v3 v4; do
	compile $mcpu plain
	compile $mcpu k2 -fpass-plugin="$build/plugin/libk2.so" -mllvm -k2-report="$out/xdp_lb.$mcpu.json"
done

loads=$out/loads.json
if can_be_root && as_root "$build/tools/k2" load --json "$out"/xdp_lb.*.o >"$loads.new"; then
	mv "$loads.new" "$loads"
elif [ -s "$loads.new" ]; then
	mv "$loads.new" "$loads" # some were refused: the table says which
else
	echo '[]' >"$loads"
fi

echo
python3 - "$out" <<'PYTHON'
import collections
import json
import os
import sys

out = sys.argv[1]
with open(os.path.join(out, "loads.json"), encoding="utf-8") as f:
    loads = {os.path.basename(x["object"]): x for x in json.load(f)}


def milliseconds(name):
    with open(os.path.join(out, name + ".ms"), encoding="utf-8") as f:
        return int(f.read())


def loaded(name):
    x = loads.get(name)
    if not x:
        return "not tried"
    return f"{x['insns_processed']} steps, {x['jited_bytes']} B" if x["status"] == "loaded" else "refused"


print(f"{'program':<22}{'slots':>6}{'K2':>6}{'':>9}  {'proofs':<27}{'clang':>8}{'K2':>10}  kernel before -> after")
bad = []
for mcpu in ("v2", "v3", "v4"):
    plain, k2 = (f"xdp_lb.{mcpu}.{v}.o" for v in ("plain", "k2"))
    with open(os.path.join(out, f"xdp_lb.{mcpu}.json"), encoding="utf-8") as f:
        functions = json.load(f)["functions"]
    sums = collections.Counter()
    rewrites = collections.Counter()
    saved = collections.Counter()
    for fn in functions:
        sums.update({"before": fn.get("slots", {}).get("before", 0), "after": fn.get("slots", {}).get("after", 0)})
        sums.update(fn.get("verdicts", {}))
        for r in fn.get("rewrites", []):
            rewrites[r["name"]] += 1
            saved[r["name"]] += r["slots_saved"]
    won = 100 * (sums["after"] - sums["before"]) / max(sums["before"], 1)
    proofs = f"{sums['equal']} equal, {sums['different']} no, {sums['unknown']} ?"
    print(f"{'xdp_lb -mcpu=' + mcpu:<22}{sums['before']:>6}{sums['after']:>6}{won:>+7.1f} %  {proofs:<27}"
          f"{milliseconds(plain):>5} ms{milliseconds(k2):>7} ms  {loaded(plain)} -> {loaded(k2)}")
    for fn in functions:
        if fn.get("message") or fn.get("refused"):
            print(f"    {fn['name']}: left as it was: {fn.get('message') or fn['refused']}")
    for name, n in rewrites.most_common():
        print(f"    {name:<18}{n:>4} times, {saved[name]} slots saved")
    if loaded(k2) == "refused" and loaded(plain) != "refused":
        bad.append(f"{mcpu}: {loads[k2]['error']}")
if not loads:
    print("\nNothing was loaded: that needs root and bpf(2).")
print(f"\nThe objects and reports are in {os.path.relpath(out)}.")
if bad:
    sys.exit("The kernel refuses what K2 made: " + "; ".join(bad))
PYTHON
