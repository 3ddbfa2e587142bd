# k2 check believes what the old function says of its calls, of both functions; inputs that no call gives are no difference.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/four.s %t/plain.s; echo status $?' | FileCheck %s --check-prefix=EQUAL
# RUN: sh -c '%k2 check %t/range.s %t/plain.s; echo status $?' | FileCheck %s --check-prefix=EQUAL
# RUN: sh -c '%k2 check %t/wide-range.s %t/plain.s; echo status $?' | FileCheck %s --check-prefix=DIFFERENT
# RUN: sh -c '%k2 check %t/anything.s %t/plain.s; echo status $?' | FileCheck %s --check-prefix=DIFFERENT
# RUN: sh -c '%k2 check %t/anything.s %t/believes.s; echo status $?' | FileCheck %s --check-prefix=DIFFERENT
# RUN: sh -c '%k2 check %t/frame.s %t/frame-new.s; echo status $?' | FileCheck %s --check-prefix=FRAME
# RUN: sh -c '%k2 check %t/bad.s %t/plain.s 2>&1; echo status $?' | FileCheck %s --check-prefix=BAD
# RUN: sh -c '%k2 check %t/none.s %t/plain.s 2>&1; echo status $?' | FileCheck %s --check-prefix=NONE
# EQUAL: {{^}}equal{{$}}
# EQUAL: status 0
# DIFFERENT: {{^}}different
# DIFFERENT: status 1

#--- four.s
.subprog 1
.passed r1 number 4
r0 = 1
if r1 > 8 goto L1
r0 = 0
L1:
exit

#--- range.s
.subprog 1
.passed r1 number 2..8
r0 = 1
if r1 > 8 goto L1
r0 = 0
L1:
exit

#--- wide-range.s
.subprog 1
.passed r1 number 2..9
r0 = 1
if r1 > 8 goto L1
r0 = 0
L1:
exit

#--- anything.s
.subprog 1
r0 = 1
if r1 > 8 goto L1
r0 = 0
L1:
exit

#--- plain.s
.subprog 1
r0 = 0
exit

#--- believes.s
.subprog 1
.passed r1 number 4
r0 = 0
exit

#--- frame.s
# The order in which bytes of two memories are written does not matter, what is written does.
.subprog 2
.passed r1 frame -8
.passed r2 value
*(u32 *)(r1 + 0) = 1
*(u32 *)(r2 + 0) = 2
r0 = *(u32 *)(r1 + 0)
exit

#--- frame-new.s
.subprog 2
*(u32 *)(r2 + 0) = 2
*(u32 *)(r1 + 0) = 3
r0 = 1
exit
# FRAME: different: {{.*}}a caller's frame
# FRAME: status 1

#--- bad.s
.subprog 1
.passed r1 value nobody
r0 = 0
exit
# BAD: line 2: no such symbol
# BAD: status 3

#--- none.s
.subprog 1
.passed r1 number 9..3
r0 = 0
exit
# NONE: what is passed is a number that cannot be
# NONE: status 3
