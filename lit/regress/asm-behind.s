# What nobody knows (inline assembly) is the same instruction wherever it now stands: the last proof numbered the new code's
# instructions afresh, and every function with some behind a change went back.
# RUN: %k2 opt -r %s | FileCheck %s
.section xdp
r6 = 5
r6 = 7
*(u64 *)(r10 - 8) = r6
r7 = r6
opaque 0x00 0 0 0 0 {opaque use=0x80 def=0x80}
opaque 0x00 0 0 0 0 {opaque use=0x80 def=0x80}
r0 = r7
r1 = r0
r0 = r1
exit
# CHECK: r7 = 7
# CHECK: opaque 0x00
# CHECK-NEXT: opaque 0x00
# CHECK-NEXT: r0 = r7
# CHECK-NEXT: exit
# CHECK-NOT: go back
