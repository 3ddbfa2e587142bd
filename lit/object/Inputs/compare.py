#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare.py DUMP DESCRIPTION: what the plugin's -k2-dump says of functions, against what object_describe says of the object
that came out of the same compilation. Prints differences and a count; exit status 1 if there are any.

Not compared, because only one side can know: volatile accesses, the instruction set (the command line's, or what the object
uses), lines of instructions to which the compiler gives none, and functions with inline assembly, which is one instruction
to the plugin."""
import re
import sys


def functions(path):
    found, current, body = {}, None, False
    with open(path, encoding="utf-8") as f:
        for text in f:
            text = text.rstrip("\n")
            head = re.match(r"# k2: (\S+): section (.*), v\d(?:, alu32)?, (\S+), (\S+), arguments: (\d+)$", text)
            if head:
                current = {"facts": head.groups()[1:], "symbols": set(), "insns": [], "lines": []}
                found[head.group(1)] = current
                body = False
            elif text.startswith("# k2: ") and text.endswith(" before"):
                body = True
            elif text.startswith("#   ") and current and not body:
                if re.match(r"#   (other|map|data|function|kfunc|core) ", text):
                    current["symbols"].add(text[4:])
            elif body and (insn := re.match(r" *\d+: (.*?)(?: +; line (\d+))?$", text)):
                current["insns"].append(insn.group(1).rstrip())
                current["lines"].append(int(insn.group(2) or 0))
            elif body and re.match(r"L\d+:$", text):
                current["insns"].append(text)
                current["lines"].append(0)
    return found


def plain(insn):
    """An instruction as both sides write it. Type ids have other names in objects."""
    insn = re.sub(r" \{volatile\}", "", insn)
    insn = re.sub(r"^call (&\S+) \+ 1\b", r"call \1", insn)
    return re.sub(r"&llvm\.(?:btf_type_id\.\d+\$[67]|[^ :]*:[67]:0\$0)", "&TYPE-ID", insn)


def names(symbols):
    return {s for s in symbols if not re.match(r"core llvm\.(btf_type_id\.|[^ :]*:[67]:)", s)}


def differences(name, a, b):
    if a["facts"] != b["facts"]:
        yield "%s: %s, object: %s" % (name, a["facts"], b["facts"])
    for s in sorted(names(a["symbols"]) ^ names(b["symbols"])):
        yield "%s: symbol only in the %s: %s" % (name, "plugin" if s in a["symbols"] else "object", s)
    if len(a["insns"]) != len(b["insns"]):
        yield "%s: %d instructions, object: %d" % (name, len(a["insns"]), len(b["insns"]))
        return
    for k, (x, y) in enumerate(zip(map(plain, a["insns"]), map(plain, b["insns"]))):
        if x != y:
            yield "%s: %d: %s, object: %s" % (name, k, x, y)
        elif a["lines"][k] and a["lines"][k] != b["lines"][k]:
            yield "%s: %d: %s: line %d, object: %d" % (name, k, x, a["lines"][k], b["lines"][k])


def main():
    dump, described = functions(sys.argv[1]), functions(sys.argv[2])
    compared = wrong = 0
    for name, a in dump.items():
        if any(insn.startswith("opaque") for insn in a["insns"]):
            continue
        compared += 1
        found = ["%s: not in the object" % name] if name not in described else list(differences(name, a, described[name]))
        wrong += bool(found)
        print("".join(line + "\n" for line in found), end="")
    print("%d functions compared, %d different" % (compared, wrong))
    return 1 if wrong else 0


sys.exit(main())
