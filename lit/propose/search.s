# search: what no rewrite above knows.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt -r --level=1 %t/yes.s | FileCheck %s --check-prefix=LEVEL1
# RUN: %k2 opt -r %t/no.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r %t/apart.s | FileCheck %s --check-prefix=APART
# RUN: %k2 opt -r %t/wanted.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r --disable=rules %t/range.s | FileCheck %s --check-prefix=RANGE
# RUN: %k2 opt -r %t/no-range.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r %t/branch.s | FileCheck %s --check-prefix=BRANCH
# RUN: %k2 opt -r %t/other-way.s | FileCheck %s --check-prefix=NO
# RUN: %k2 opt -r --disable=dead-call %t/byte.s | FileCheck %s --check-prefix=BYTE
# RUN: %k2 opt -r --disable=dead-call %t/two-bytes.s | FileCheck %s --check-prefix=NO

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

#--- apart.s
# What belongs together need not stand together: two such results, interleaved.
.section xdp
r0 = *(u32 *)(r1 + 12)
r2 = *(u32 *)(r1 + 16)
r0 |= 7
r2 |= 56
r0 ^= 7
r2 ^= 56
r0 += r2
exit
# APART: {{[rw]}}0 &= -8
# APART: {{[rw]}}2 &= -57
# APART: applied search
# APART: applied search

#--- wanted.s
# The value in between is wanted: the first instruction stays, and the second one cannot become less.
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 |= 7
r2 = r0
r0 ^= 7
r0 *= r2
exit

#--- range.s
# Bits 4 to 7 of what is known to be a byte are all that is above bit 3.
.section xdp
r0 = *(u32 *)(r1 + 12)
if w0 > 255 goto L1
r0 <<= 56
r0 >>= 60
L1:
exit
# RANGE: {{[rw]}}0 >>= 4
# RANGE: applied search

#--- no-range.s
# Of a larger number they take both shifts.
.section xdp
r0 = *(u32 *)(r1 + 12)
if w0 > 256 goto L1
r0 <<= 56
r0 >>= 60
L1:
exit

#--- branch.s
# The swapped number is above 0xfffff when some of the bits are set that the low 20 of it are not.
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = 1
r2 = be32 r2
if w2 > 0xfffff goto L1
r0 = 2
L1:
exit
# BRANCH-NOT: be32
# BRANCH: if w2 & {{0xf0ff|61695}} goto
# BRANCH: applied search

#--- other-way.s
# There is no jump for none of the bits set.
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = 1
r2 = be32 r2
if w2 < 0x100000 goto L1
r0 = 2
L1:
exit

#--- byte.s
# Only the lowest byte is stored: what is done to the others does not count.
.section xdp
.map m type=1 key=1 value=8
r2 = *(u32 *)(r1 + 12)
r2 |= 256
r2 ^= 512
*(u8 *)(r10 - 8) = r2
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
# BYTE: *(u32 *)(r1 + 12)
# BYTE-NEXT: *(u8 *)(r10 - 8) =
# BYTE: applied search

#--- two-bytes.s
# Here it does, and takes both.
.section xdp
.map m type=1 key=2 value=8
r2 = *(u32 *)(r1 + 12)
r2 |= 256
r2 ^= 512
*(u16 *)(r10 - 8) = r2
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
