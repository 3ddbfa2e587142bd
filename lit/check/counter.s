# k2 check: only the lower half of a loop's counter counts, and at first it is a known number.
# RUN: split-file %s %t
# RUN: %k2 check %t/a.s %t/b.s | FileCheck %s
# RUN: %k2 check %t/b.s %t/a.s | FileCheck %s
# CHECK: {{^}}equal{{$}}

#--- a.s
.section xdp
w7 = 10
L1:
call 7
w7 += -1
if w7 != 0 goto L1
w0 = 0
exit

#--- b.s
.section xdp
w8 = 10
L1:
call 7
w8 += -1
if w8 != 0 goto L1
w0 = 0
exit
