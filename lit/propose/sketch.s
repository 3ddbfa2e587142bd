# sketch: sequences whose constants stand nowhere in the old code.
# RUN: split-file %s %t
# RUN: %k2 opt -r --level=3 --disable=search %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt -r --level=2 %t/yes.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r --level=3 --disable=sketch %t/yes.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r --level=3 --disable=search %t/no.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r --level=3 --disable=search %t/bound.s | FileCheck %s --check-prefix=BOUND
# RUN: %k2 opt -r --level=3 --disable=search %t/no-bound.s | FileCheck %s --check-prefix=NO

#--- yes.s
# Three bits from one place to another: a shift and a mask.
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 >>= 5
r0 &= 7
r0 <<= 13
exit
# YES-DAG: {{[rw]}}0 <<= 8
# YES-DAG: {{[rw]}}0 &=
# YES: applied sketch
# NO-NOT: applied sketch

#--- no.s
# Shifted by a number that is not known, there is no such mask.
.section xdp
r2 = *(u32 *)(r1 + 16)
r0 = *(u32 *)(r1 + 12)
r0 >>= 5
r0 &= 7
r0 <<= r2
exit

#--- bound.s
# The upper bits of x + 5 are not zero from 4091 on, as long as the sum does not wrap.
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = 1
r2 += 5
r2 >>= 12
if r2 != 0 goto L1
r0 = 2
L1:
exit
# BOUND: if {{[rw]}}2 {{>|s>}} 4090 goto
# BOUND: applied sketch

#--- no-bound.s
# In 32 bits it does wrap: two ends, one comparison.
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = 1
w2 += 5
w2 >>= 12
if w2 != 0 goto L1
r0 = 2
L1:
exit
