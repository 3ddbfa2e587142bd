# A helper that has one answer within a run gives it twice: no counterexample may rest on anything else.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/twice.s %t/once.s; echo status $?' | FileCheck %s
# CHECK-NOT: different
# CHECK: status {{0|2}}

#--- twice.s
.section tc
call 14
r6 = r0
call 14
r0 -= r6
exit

#--- once.s
.section tc
call 14
r6 = r0
call 14
r0 = 0
exit
