# recopy: two fields change places; all is loaded first, then all is stored, in wide pieces.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/swap.s | FileCheck %s --check-prefix=SWAP
# RUN: %k2 opt -r %t/between.s | FileCheck %s --check-prefix=BETWEEN

#--- swap.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r6 = r2
w1 = *(u16 *)(r6 + 0x0)
w2 = *(u16 *)(r6 + 0x6)
*(u16 *)(r6 + 0x0) = w2
w2 = *(u16 *)(r6 + 0x8)
w3 = *(u16 *)(r6 + 0x2)
*(u16 *)(r6 + 0x8) = w3
*(u16 *)(r6 + 0x2) = w2
w2 = *(u16 *)(r6 + 0xa)
w3 = *(u16 *)(r6 + 0x4)
*(u16 *)(r6 + 0xa) = w3
*(u16 *)(r6 + 0x6) = w1
*(u16 *)(r6 + 0x4) = w2
r0 = 3
L1:
exit
# SWAP-COUNT-2: = *(u{{16|32}} *)
# SWAP: *(u32 *)(r{{[256]}} + 0) = r
# SWAP: applied recopy

#--- between.s
# The second load reads what the first store wrote: no swap.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
w1 = *(u16 *)(r2 + 0)
*(u16 *)(r2 + 2) = w1
w3 = *(u16 *)(r2 + 2)
*(u16 *)(r2 + 4) = w3
w3 = *(u16 *)(r2 + 4)
*(u16 *)(r2 + 6) = w3
r0 = 3
L1:
exit
# BETWEEN-NOT: applied recopy
