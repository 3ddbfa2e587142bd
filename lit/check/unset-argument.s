# k2 check: calls of subprograms are said to read all five arguments. One that is set on some ways only is not compared.
# RUN: split-file %s %t
# RUN: %k2 check %t/a.s %t/b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/b.s %t/a.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/set-a.s %t/set-b.s; echo status $?' | FileCheck %s --check-prefix=SET
# RUN: %k2 check %t/loose-a.s %t/loose-a.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/loose-a.s %t/loose-b.s; echo status $?' | FileCheck %s --check-prefix=LOOSE
# RUN: sh -c '%k2 check %t/loose-a.s %t/loose-c.s; echo status $?' | FileCheck %s --check-prefix=LOOSE
# RUN: sh -c '%k2 check %t/dropped-a.s %t/dropped-b.s; echo status $?' | FileCheck %s --check-prefix=LOOSE
# LOOSE-NOT: equal
# LOOSE: status {{[12]}}
# SAME: {{^}}equal{{$}}
# SET: status 1

#--- a.s
.section xdp
.subr f
r6 = *(u32 *)(r1 + 12)
if r6 == 5 goto L1
r2 = r6
L1:
r1 = 1
r3 = 2
call &f
r0 = 0
exit

#--- b.s
.section xdp
.subr f
r7 = *(u32 *)(r1 + 12)
if r7 == 5 goto L1
r2 = r7
L1:
r1 = 1
r3 = 2
call &f
w0 = 0
exit

#--- set-a.s
.section xdp
.subr f
r6 = *(u32 *)(r1 + 12)
r2 = 4
if r6 == 5 goto L1
r2 = r6
L1:
r1 = 1
r3 = 2
call &f
r0 = 0
exit

#--- set-b.s
.section xdp
.subr f
r7 = *(u32 *)(r1 + 12)
r2 = 3
if r7 == 5 goto L1
r2 = r7
L1:
r1 = 1
r3 = 2
call &f
w0 = 0
exit

#--- loose-a.s
# trace_printk gets a third argument on one way only, and its format says so there.
.section tc
.data f size=16
r6 = *(u32 *)(r1 + 0)
if r6 == 5 goto L1
r4 = r6
L1:
r1 = &f ll
w2 = 16
w3 = 2
call 6
r0 = 0
exit

#--- loose-b.s
.section tc
.data f size=16
r6 = *(u32 *)(r1 + 0)
if r6 == 5 goto L1
L1:
r1 = &f ll
w2 = 16
w3 = 2
call 6
r0 = 0
exit

#--- loose-c.s
.section tc
.data f size=16
r6 = *(u32 *)(r1 + 0)
if r6 == 5 goto L1
r4 = r6
w4 += 1
L1:
r1 = &f ll
w2 = 16
w3 = 2
call 6
r0 = 0
exit

#--- dropped-a.s
# The same with something else left on that way.
.section tc
.data f size=16
r6 = *(u32 *)(r1 + 0)
if r6 == 5 goto L1
call 7
r4 = r0
L1:
r1 = &f ll
w2 = 16
w3 = 2
call 6
r0 = 0
exit

#--- dropped-b.s
.section tc
.data f size=16
r6 = *(u32 *)(r1 + 0)
if r6 == 5 goto L1
call 7
L1:
r1 = &f ll
w2 = 16
w3 = 2
call 6
r0 = 0
exit
