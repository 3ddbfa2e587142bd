# hot-path: what a profile saw most falls through. Where nobody knows what runs, blocks stay as they are.
# RUN: split-file %s %t
# RUN: rm -f %t/p.json %t/cold.json
# RUN: printf '\007\001\002\003\004\005\006\007\010\011\012\013\010\000ABCDEFGHIJ' >%t/seven
# RUN: printf '\010\001\002\003\004\005\006\007\010\011\012\013\010\000ABCDEFGHIJ' >%t/eight
# RUN: %k2 run %t/jump.s --packet %t/seven --profile %t/p.json | FileCheck %s --check-prefix=RAN
# RUN: %k2 opt -r --profile %t/p.json %t/jump.s | FileCheck %s --check-prefix=HOT
# RUN: %k2 opt -r %t/jump.s | FileCheck %s --check-prefix=UNKNOWN
# RUN: %k2 opt -r --objective latency %t/jump.s | FileCheck %s --check-prefix=UNKNOWN

# The way that is hot falls through already.
# RUN: %k2 run %t/jump.s --packet %t/eight --profile %t/cold.json
# RUN: %k2 opt -r --profile %t/cold.json %t/jump.s | FileCheck %s --check-prefix=UNKNOWN

# A branch that has no opposite cannot be turned round without another goto.
# RUN: rm -f %t/b.json
# RUN: %k2 run %t/bits.s --packet %t/seven --profile %t/b.json
# RUN: %k2 opt -r --profile %t/b.json %t/bits.s | FileCheck %s --check-prefix=UNKNOWN

# A loop that is tested in its middle gets its test to its end, by the shape alone where latency counts.
# RUN: %k2 opt -r --objective latency %t/loop.s | FileCheck %s --check-prefix=LOOP
# RUN: %k2 opt -r %t/loop.s | FileCheck %s --check-prefix=UNKNOWN

#--- jump.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
w0 = 1
if r4 > r3 goto L1
w5 = *(u8 *)(r2 + 0)
if w5 == 7 goto L2
w6 = *(u8 *)(r2 + 1)
w6 *= 5
*(u8 *)(r2 + 3) = w6
w0 = 2
L1:
exit
L2:
*(u16 *)(r2 + 6) = 9
w0 = 3
exit
# RAN: result 3
# HOT: if w5 != 7 goto
# HOT-NEXT: *(u16 *)(r2 + 6) = 9
# HOT: applied hot-path line {{[0-9]+}}: what runs most falls through: 0 slots saved
# UNKNOWN-NOT: applied hot-path

#--- bits.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
w0 = 1
if r4 > r3 goto L1
w5 = *(u8 *)(r2 + 0)
if w5 & 5 goto L2
w6 = *(u8 *)(r2 + 1)
w6 *= 5
*(u8 *)(r2 + 3) = w6
w0 = 2
L1:
exit
L2:
*(u16 *)(r2 + 6) = 9
w0 = 3
exit

#--- loop.s
.section cgroup_skb/egress
r6 = r1
w7 = 10
goto L2
L1:
w7 += -1
if w7 != 0 goto L2
w0 = 0
exit
L2:
call 7
if w0 == 0 goto L1
r1 = r6
call 46
goto L1
# LOOP: applied hot-path
