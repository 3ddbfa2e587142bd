# SPDX-License-Identifier: BSD-2-Clause
# tables.py OBJCOPY OLD NEW: the jump tables of section "tc" lead to the same instructions, elsewhere.
# tables.py OBJCOPY OLD NEW --damage: makes NEW, OLD with one entry that leads nowhere.
import struct
import subprocess
import sys

objcopy, old, new = sys.argv[1:4]


def section(path, name):
    subprocess.run([objcopy, "--dump-section", name + "=" + path + ".bytes", path, path + ".copy"], check=True)
    with open(path + ".bytes", "rb") as f:
        return f.read()


def entries(path):
    table = section(path, ".jumptables")
    return struct.unpack("<%dQ" % (len(table) // 8), table)


if "--damage" in sys.argv:
    with open(old, "rb") as f:
        data = f.read()
    table = section(old, ".jumptables")
    at = data.index(table)
    with open(new, "wb") as f:
        f.write(data[:at] + struct.pack("<Q", 4) + data[at + 8:])
    sys.exit()
was, now = entries(old), entries(new)
code, new_code = section(old, "tc"), section(new, "tc")
assert len(was) == len(now)
for a, b in zip(was, now):
    # The first two instructions of each case are its own.
    assert code[a:a + 16] == new_code[b:b + 16], (a, b)
    assert b < a, (a, b)
print(len(was), "entries follow")
