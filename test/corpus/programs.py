# SPDX-License-Identifier: BSD-2-Clause
"""The programs of a BPF object in slots: what a program costs is its own function and every one that it calls.

A slot is 8 bytes, `ld_imm64` has two, `goto +0` none. Compilers at other levels inline other functions, so functions by
themselves cannot be compared between levels; programs can.
"""
import struct

import measure


class Object:
    """As much of an ELF file as it takes: functions, their slots, and which calls which."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        d = self.data
        self.order = "<" if d[5] == 1 else ">"
        shoff, = struct.unpack_from(self.order + "Q", d, 40)
        size, count, names = struct.unpack_from(self.order + "HHH", d, 58)
        self.headers = [struct.unpack_from(self.order + "IIQQQQIIQQ", d, shoff + i * size) for i in range(count)]
        self.names = [self._text(names, h[0]) for h in self.headers]
        self.symbols = next(([struct.unpack_from(self.order + "IBBHQQ", d, at) for at in range(h[4], h[4] + h[5], 24)]
                             for h in self.headers if h[1] == 2), [])  # SHT_SYMTAB
        strings = next((h[6] for h in self.headers if h[1] == 2), 0)
        self.functions = {}  # (section index, start): (end, name)
        for name, info, _, section, value, length in self.symbols:
            if info & 15 == 2 and length and self._is_code(section):  # STT_FUNC
                self.functions[section, value] = (value + length, self._text(strings, name))

    def _text(self, table, at):
        start = self.headers[table][4] + at
        return self.data[start:self.data.index(b"\0", start)].decode()

    def _is_code(self, section):
        return section < len(self.headers) and self.headers[section][1] == 1 and self.headers[section][2] & 4

    def _code(self, section, start, end):
        at = self.headers[section][4]
        return self.data[at + start:at + end]

    def _relocations(self):
        """{(section, offset): symbol}"""
        found = {}
        for h in self.headers:
            if h[1] == 9 and self._is_code(h[7]):  # SHT_REL
                for at in range(h[4], h[4] + h[5], 16):
                    offset, info = struct.unpack_from(self.order + "QQ", self.data, at)
                    found[h[7], offset] = self.symbols[info >> 32]
        return found

    def _function_at(self, section, offset):
        return next((k for k, (end, _) in self.functions.items() if k[0] == section and k[1] <= offset < end), None)

    def callees(self):
        """{function: set of functions}, also of those whose address is taken."""
        symbols, result = self._relocations(), {k: set() for k in self.functions}
        for key, (end, _) in self.functions.items():
            code = self._code(key[0], key[1], end)
            for at in range(0, len(code), 8):
                op, regs, _, imm = struct.unpack_from(self.order + "BBhi", code, at)
                src = regs >> 4 if self.order == "<" else regs & 15
                if (op, src) != (0x85, 1) and op != 0x18:
                    continue
                symbol = symbols.get((key[0], key[1] + at))
                if symbol:
                    _, info, _, section, value, _ = symbol
                    offset = value if info & 15 == 2 else value + (imm if op == 0x18 else (imm + 1) * 8)
                elif op == 0x85:
                    section, offset = key[0], key[1] + at + 8 + imm * 8
                else:
                    continue
                to = self._function_at(section, offset)
                if to:
                    result[key].add(to)
        return result

    def slots(self, key):
        end, _ = self.functions[key]
        return measure.count_slots(self._code(key[0], key[1], end), self.order)


def read_programs(path):
    """{section:function: slots}; functions of .text count where they are called."""
    o = Object(path)
    callees, result = o.callees(), {}
    for key, (_, name) in sorted(o.functions.items()):
        if o.names[key[0]] == ".text":
            continue
        reached, todo = {key}, [key]
        while todo:
            new = callees[todo.pop()] - reached
            reached |= new
            todo += new
        result[f"{o.names[key[0]]}:{name}"] = sum(o.slots(k) for k in reached)
    return result
