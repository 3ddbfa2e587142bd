# k2 check: pointers that may meet, and the context's wide fields.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/two.s %t/one.s; echo status $?' | FileCheck %s --check-prefix=TWO
# RUN: sh -c '%k2 check %t/data.s %t/zero.s; echo status $?' | FileCheck %s --check-prefix=DATA
# RUN: sh -c '%k2 check %t/core.s %t/number.s; echo status $?' | FileCheck %s --check-prefix=CORE

#--- two.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 0
*(u32 *)(r10 - 8) = 1
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r6 = r0
r2 = r10
r2 += -8
r1 = &m ll
call 1
if r0 == 0 goto L1
r1 = *(u64 *)(r6 + 0)
*(u64 *)(r0 + 0) = 5
r0 = *(u64 *)(r6 + 0)
r0 += r1
L1:
exit

#--- one.s
# The two lookups may have given one value.
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 0
*(u32 *)(r10 - 8) = 1
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r6 = r0
r2 = r10
r2 += -8
r1 = &m ll
call 1
if r0 == 0 goto L1
r1 = *(u64 *)(r6 + 0)
*(u64 *)(r0 + 0) = 5
r0 = r1
r0 += r1
L1:
exit
# TWO: different: the return value r0 is
# TWO: on this input:
# TWO: value of m{{.*}}: {{[0-9a-f]+}}
# TWO: map_lookup_elem: r0 = value of m
# TWO-NEXT: map_lookup_elem: r0 = value of m
# TWO: status 1

#--- data.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r0 = r2
r0 >>= 32
exit

#--- zero.s
# The load gives a 64-bit pointer.
.section xdp
r2 = *(u32 *)(r1 + 0)
r0 = 0
exit
# DATA: different: the return value r0 is 0xffff0300 in the old code, 0x0 in the new
# DATA: context, 4 bytes = packet
# DATA: status 1

#--- core.s
.section tc
.core off
r0 = 8
r1 = &off ll {sym_imm} {one_slot}
r0 += r1
exit

#--- number.s
.section tc
.core off
r0 = 8
r1 = 8
r0 += r1
exit
# CORE: different: the return value r0 is
# CORE: status 1
