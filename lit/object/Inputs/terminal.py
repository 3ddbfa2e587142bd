# SPDX-License-Identifier: BSD-2-Clause
# Runs a command with a terminal of 70 columns as its standard error; prints what is written there, a line for each return, and the status.
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 70, 0, 0))
process = subprocess.Popen(sys.argv[1:], stderr=slave)
os.close(slave)
said = b""
while True:
    try:
        more = os.read(master, 4096)
    except OSError:  # the other end is closed
        break
    if not more:
        break
    said += more
for line in said.decode().replace("\r\n", "\n").split("\r"):
    print("[" + line + "]")
print("status", process.wait())
