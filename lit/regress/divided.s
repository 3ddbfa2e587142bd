# The kernel's verifier knows nothing of a quotient (is_safe_to_compute_dst_reg_range): the mask behind it says what a callback may return,
# or an index may be. Of a shift by a constant it does know.
# RUN: split-file %s %t
# RUN: %k2 opt %t/divided.s | FileCheck %s --check-prefix=DIVIDED
# RUN: %k2 opt %t/shifted.s | FileCheck %s --check-prefix=SHIFTED
# RUN: %k2 opt %t/somehow.s | FileCheck %s --check-prefix=DIVIDED

#--- divided.s
.subprog 2
call 7
w0 = w0
w0 /= 0x7fffffff
w0 &= 3
exit
# DIVIDED: {{[rw]}}0 &= 3

#--- shifted.s
.subprog 2
call 7
w0 = w0
w0 >>= 30
w0 &= 3
exit
# SHIFTED-NOT: &=

#--- somehow.s
.subprog 2
.passed r1 number 30..31
r6 = r1
call 7
w0 = w0
w0 >>= w6
w0 &= 3
exit
