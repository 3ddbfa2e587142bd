# Kernel 6.18 takes number + address for an address in the main program's frame, whichever it was in: stores through it were checked against
# the wrong frame ("R1 type=scalar expected=ctx" in test_cls_redirect_subprogs of the selftests: a spilled context was lost).
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/frame.s | FileCheck %s --check-prefix=FRAME
# RUN: %k2 opt -r %t/own.s | FileCheck %s --check-prefix=OWN

#--- frame.s
.subprog 3
.passed r1 frame -64
.passed r3 number 0..8
r6 = r1
r6 += r3
*(u16 *)(r6 + 0) = r2
r1 += 10
*(u16 *)(r1 + 0) = r2
r0 = 0
exit
# FRAME: r[[R:[0-9]]] = r1
# FRAME-NEXT: r[[R]] += r3

#--- own.s
.subprog 3
.passed r3 number 0..8
r1 = r10
r1 += -16
*(u64 *)(r1 + 0) = r2
*(u64 *)(r1 + 8) = r2
r6 = r1
r6 += r3
*(u8 *)(r6 + 0) = r2
r0 = *(u64 *)(r10 - 16)
exit
# OWN-NOT: r3 += r
