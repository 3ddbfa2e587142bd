# A tail call can fail: what comes behind it is executed.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/old.s %t/new.s; echo status $?' | FileCheck %s
# CHECK: different
# CHECK: status 1

#--- old.s
.section xdp
.map t type=3 key=4 value=4
r2 = &t ll
r3 = 1
call 12
r0 = 2
exit

#--- new.s
.section xdp
.map t type=3 key=4 value=4
r2 = &t ll
r3 = 1
call 12
r0 = 1
exit
