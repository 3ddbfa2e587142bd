# narrow-load: only the low bytes of a load are used.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/stack.s | FileCheck %s --check-prefix=STACK
# RUN: %k2 opt -r %t/be.s | FileCheck %s --check-prefix=BE
# RUN: %k2 opt -r %t/used.s | FileCheck %s --check-prefix=USED
# RUN: %k2 opt -r %t/ctx.s | FileCheck %s --check-prefix=CTX

#--- stack.s
.subprog 1
r3 = r1
r1 = r10
r1 += -8
r2 = 8
call 113
r0 = *(u64 *)(r10 - 8)
r0 <<= 32
r0 >>= 32
exit
# STACK: r0 = *(u32 *)(r10 - 8)
# STACK-NEXT: exit

#--- be.s
# The low bytes lie at the higher address.
.subprog 1
.endian big
r3 = r1
r1 = r10
r1 += -8
r2 = 8
call 113
r0 = *(u64 *)(r10 - 8)
r0 <<= 32
r0 >>= 32
exit
# BE: r0 = *(u32 *)(r10 - 4)
# BE-NEXT: exit

#--- used.s
# All bytes are used.
.subprog 1
r3 = r1
r1 = r10
r1 += -8
r2 = 8
call 113
r0 = *(u64 *)(r10 - 8)
r1 = r0
r0 <<= 32
r0 >>= 32
r0 += r1
exit
# USED: *(u64 *)(r10 - 8)
# USED-NOT: applied narrow-load

#--- ctx.s
# The kernel rewrites context loads: a part of a field may not be readable.
.section tc
r0 = *(u32 *)(r1 + 0)
r0 &= 255
exit
# CTX-NOT: applied narrow-load
