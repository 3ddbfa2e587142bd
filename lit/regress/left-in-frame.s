# An address of the frame that was spilled before a call is in its slot behind it: the load in between reads what is stored
# through it, and the last store before that is not dead.
# RUN: %k2 opt -r %s | FileCheck %s
.section tc
.subr f
r0 = 0
*(u64 *)(r10 - 8) = r0
*(u64 *)(r10 - 16) = r0
*(u64 *)(r10 - 32) = r0
r6 = r10
r6 += -16
*(u64 *)(r10 - 8) = r6
r1 = r10
r1 += -32
call &f {use=0x2}
*(u64 *)(r10 - 16) = 1
r2 = *(u64 *)(r10 - 8)
*(u64 *)(r2 + 0) = 5
r0 = *(u64 *)(r10 - 16)
exit
# CHECK: call &f
# CHECK-NEXT: *(u64 *)(r10 - 16) = 1
# CHECK: *(u64 *)(r2 + 0) = 5
# CHECK-NEXT: r0 = *(u{{[0-9]+}} *)(r10 - 16)
