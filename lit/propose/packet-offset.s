# packet-offset: a legacy packet load adds a number to its index itself.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/index.s | FileCheck %s --check-prefix=INDEX
# RUN: %k2 opt -r %t/narrow.s | FileCheck %s --check-prefix=NARROW
# RUN: %k2 opt -r %t/times.s | FileCheck %s --check-prefix=TIMES
# RUN: sh -c '%k2 check %t/index.s %t/other.s; echo status $?' | FileCheck %s --check-prefix=OTHER

#--- index.s
.section socket
r6 = r1
r7 = *(u32 *)(r1 + 0)
r1 = r7
r1 += 12
r0 = *(u32 *)skb[r1]
r8 = r0
r1 = r7
r1 += 16
r0 = *(u32 *)skb[r1]
r0 ^= r8
exit
# INDEX: r0 = *(u32 *)skb[r7 + 12]
# INDEX-NEXT: r8 = r0
# INDEX-NEXT: r0 = *(u32 *)skb[r7 + 16]

#--- narrow.s
# The index is an int to the kernel: a sum of 32 bits is as good as one of 64.
.section socket
r6 = r1
r7 = *(u32 *)(r1 + 0)
w1 = w7
w1 += -3
r0 = *(u8 *)skb[r1]
r0 += r7
exit
# NARROW: r0 = *(u8 *)skb[r7 - 3]

#--- times.s
# Twice the register is no offset.
.section socket
r6 = r1
r7 = *(u32 *)(r1 + 0)
r1 = r7
r1 += r7
r0 = *(u8 *)skb[r1]
r0 += r7
exit
# TIMES: r0 = *(u8 *)skb[r1]
# TIMES-NOT: applied packet-offset

#--- other.s
.section socket
r6 = r1
r7 = *(u32 *)(r1 + 0)
r0 = *(u32 *)skb[r7 + 12]
r8 = r0
r0 = *(u32 *)skb[r7 + 20]
r0 ^= r8
exit
# OTHER: different
# OTHER: status 1
