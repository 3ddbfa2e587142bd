# search: what no rewrite above knows.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt -r --level=1 %t/yes.s | FileCheck %s --check-prefix=LEVEL1
# RUN: %k2 opt -r %t/no.s | FileCheck %s --check-prefix=NO

#--- yes.s
# (x | 7) ^ 7 is x & ~7
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 |= 7
r0 ^= 7
exit
# YES: {{[rw]}}0 &= -{{(0x)?}}8
# YES: applied search
# LEVEL1-NOT: applied

#--- no.s
# (x | 7) ^ 6 needs two.
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 |= 7
r0 ^= 6
exit
# NO-NOT: applied search
