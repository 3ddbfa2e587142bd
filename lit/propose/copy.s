# copy: register copies that are not needed.
# RUN: split-file %s %t
# RUN: %k2 opt -r --disable=rules %t/forward.s | FileCheck %s --check-prefix=FORWARD
# RUN: %k2 opt -r --disable=rules %t/stay.s | FileCheck %s --check-prefix=STAY
# RUN: %k2 opt -r --disable=rules %t/changed.s | FileCheck %s --check-prefix=CHANGED
# RUN: %k2 opt -r --disable=rules %t/call.s | FileCheck %s --check-prefix=CALL

#--- forward.s
# The copy's reader can use the source.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = r2
r0 = *(u32 *)(r1 + 16)
r0 += r3
r0 += r2
exit
# FORWARD-NOT: r3
# FORWARD: applied copy

#--- stay.s
# The source dies at the copy: the sum is made in its place.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 2
if r4 > r3 goto L1
r0 = 1
L1:
exit
# STAY: r2 += 14
# STAY-NOT: r4
# STAY: applied copy

#--- changed.s
# The source changes while the copy is in use.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = r2
r2 *= 5
r0 = r2
r0 ^= r3
exit
# CHANGED: r3 = r{{[02]}}
# CHANGED: ^= r3

#--- call.s
# An argument has to be in its register.
.section xdp
r6 = r1
r2 = 3
call 44
r1 = r6
r2 = 5
call 44
exit
# CALL: r1 = r6
# CALL-NOT: applied copy
