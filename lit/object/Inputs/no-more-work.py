# SPDX-License-Identifier: BSD-2-Clause
# Compares what `k2 load --json` says of an object and of another one: every program has to load, and to cost the verifier no more.
# --refused=NAME: that program loads from neither.
import json
import sys


def programs(path):
    with open(path, encoding="utf-8") as f:
        return {p["program"]: p for p in json.load(f)}


refused = [a[len("--refused="):] for a in sys.argv[1:] if a.startswith("--refused=")]
old, new = map(programs, [a for a in sys.argv[1:] if not a.startswith("--")])
assert old and old.keys() == new.keys(), (old.keys(), new.keys())
failed = False
for name in sorted(old):
    a, b = old[name], new[name]
    if name in refused:
        assert a["status"] == b["status"] == "refused", name
        continue
    for p in a, b:
        assert p["status"] == "loaded", p["error"]
    work = "no more" if b["insns_processed"] <= a["insns_processed"] else "MORE"
    failed |= work == "MORE"
    print(name + ": " + ("fewer" if b["slots_linked"] < a["slots_linked"] else "as many") + " slots, " + work + " work")
sys.exit(failed)
