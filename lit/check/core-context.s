# A CO-RE access to a field of the context's own structure gives what the field gives: here packet pointers. Through another
# structure nothing is known.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/context.s | FileCheck %s --check-prefix=CONTEXT
# RUN: %k2 opt -r %t/other.s | FileCheck %s --check-prefix=OTHER

#--- context.s
.section xdp
.core llvm.xdp_md:0:0$0:0
.core llvm.xdp_md:0:4$0:1
r2 = *(u32 *)(r1 + &llvm.xdp_md:0:0$0:0) {volatile} {sym_off}
r3 = *(u32 *)(r1 + &llvm.xdp_md:0:4$0:1) {volatile} {sym_off}
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 13)
r0 <<= 8
r4 = *(u8 *)(r2 + 12)
r0 |= r4
L1:
exit
# CONTEXT: applied {{.*}}wide-load

#--- other.s
.section xdp
.core llvm.xdp_mdx:0:0$0:0
.core llvm.xdp_md:0:4$0:1
r2 = *(u32 *)(r1 + &llvm.xdp_mdx:0:0$0:0) {volatile} {sym_off}
r3 = *(u32 *)(r1 + &llvm.xdp_md:0:4$0:1) {volatile} {sym_off}
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 13)
r0 <<= 8
r4 = *(u8 *)(r2 + 12)
r0 |= r4
L1:
exit
# OTHER-NOT: applied {{.*}}wide-load
