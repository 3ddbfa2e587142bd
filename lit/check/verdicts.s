# k2 check: the three verdicts and their exit statuses.
# RUN: split-file %s %t
# RUN: %k2 check %t/old.s %t/old.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/old.s %t/equal.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/old.s %t/value.s; echo status $?' | FileCheck %s --check-prefix=VALUE
# RUN: sh -c '%k2 check %t/old.s %t/order.s; echo status $?' | FileCheck %s --check-prefix=ORDER
# RUN: sh -c '%k2 check %t/old.s %t/graph.s; echo status $?' | FileCheck %s --check-prefix=GRAPH
# RUN: sh -c '%k2 check %t/old.s %t/nothing.s 2>&1; echo status $?' | FileCheck %s --check-prefix=ERROR
# SAME: {{^}}equal{{$}}

#--- old.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 1)
r0 <<= 8
r1 = *(u8 *)(r2 + 0)
r0 |= r1
L1:
exit

#--- equal.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
r0 = 2
if r4 > r3 goto L1
r0 = *(u16 *)(r2 + 0)
L1:
exit

#--- value.s
# Another constant.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
r0 = 1
if r4 > r3 goto L1
r0 = *(u16 *)(r2 + 0)
L1:
exit
# VALUE: different: the return value r0 is 0x2 in the old code, 0x1 in the new
# VALUE-NEXT: old code, instruction 4 (line 6): r0 = 2
# VALUE-NEXT: new code, instruction 4 (line 7): r0 = 1
# VALUE-NEXT: on this input:
# VALUE-NEXT: r1 = context
# VALUE-NEXT: context, 4 bytes = packet
# VALUE-NEXT: context + 4, 4 bytes = packet
# VALUE: status 1

#--- order.s
# The bytes the other way round.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 0)
r0 <<= 8
r1 = *(u8 *)(r2 + 1)
r0 |= r1
L1:
exit
# ORDER: different: the return value r0 is
# ORDER-NEXT: old code, instruction 9 {{.*}}: r0 |= r1
# ORDER-NEXT: new code, instruction 9 {{.*}}: r0 |= r1
# ORDER-NEXT: on this input:
# ORDER-NEXT: r1 = context
# ORDER-NEXT: context, 4 bytes = packet
# ORDER-NEXT: context + 4, 4 bytes = packet
# ORDER-NEXT: packet: {{[0-9a-f][0-9a-f] [0-9a-f][0-9a-f]$}}
# ORDER: status 1

#--- graph.s
# Another function altogether.
.section xdp
r0 = 3
exit
# GRAPH: different: the return value r0 is
# GRAPH: status 1

#--- nothing.s
.section xdp
r0 = nothing
exit
# ERROR: k2: {{.*}}nothing.s: line 2
# ERROR: status 3
