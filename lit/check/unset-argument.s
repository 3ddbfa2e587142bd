# k2 check: calls of subprograms are said to read all five arguments. One that is set on some ways only is not compared.
# RUN: split-file %s %t
# RUN: %k2 check %t/a.s %t/b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/b.s %t/a.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/set-a.s %t/set-b.s; echo status $?' | FileCheck %s --check-prefix=SET
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
