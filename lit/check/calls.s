# k2 check: what calls see and change.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/key.s %t/other-key.s; echo status $?' | FileCheck %s --check-prefix=KEY
# RUN: sh -c '%k2 check %t/old.s %t/forgot.s; echo status $?' | FileCheck %s --check-prefix=FORGOT
# RUN: sh -c '%k2 check %t/old.s %t/lost.s; echo status $?' | FileCheck %s --check-prefix=LOST
# RUN: sh -c '%k2 check %t/old.s %t/dropped.s; echo status $?' | FileCheck %s --check-prefix=DROPPED

#--- key.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 3
exit

#--- other-key.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 8
r2 = r10
r2 += -4
r1 = &m ll
call 3
exit
# KEY: different: the stack byte at r10 - 4 is 0x7 in the old code, 0x8 in the new
# KEY-NEXT: old code, instruction 4 {{.*}}: call 3
# KEY: status 1

#--- old.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r6 = &m ll
r7 = r1
r2 = r10
r2 += -4
r1 = r6
call 3
r7 = r0
call 5
r0 += r7
exit

#--- forgot.s
# A delete can fail.
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r6 = &m ll
r7 = r1
r2 = r10
r2 += -4
r1 = r6
call 3
call 5
exit
# FORGOT: different: the return value r0 is
# FORGOT: instruction 6, map_delete_elem: r0 = {{0x[0-9a-f]+}}, may change memory
# FORGOT-NEXT: instruction 8, ktime_get_ns: r0 = {{0x[0-9a-f]+}}
# FORGOT: status 1

#--- lost.s
# r1 is lost in a call.
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r6 = &m ll
r7 = r1
r2 = r10
r2 += -4
r1 = r6
call 3
r1 = r0
call 5
r0 += r1
exit
# LOST: different: the return value r0 is
# LOST: status 1

#--- dropped.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r6 = &m ll
r7 = r1
r2 = r10
r2 += -4
r1 = r6
call 3
r7 = r0
r0 += r7
exit
# DROPPED: different: the return value r0 is
# DROPPED-NEXT: old code, instruction 9
# DROPPED: status 1
