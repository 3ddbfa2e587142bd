# stochastic and stochastic-function: what chance finds, alone (nothing else is asked), as in the K2 paper's examples.
# RUN: split-file %s %t
# RUN: %k2 opt --list | cut -d' ' -f1 | grep -v '^stochastic$' | tr '\n' ',' > %t/window
# RUN: %k2 opt --list | cut -d' ' -f1 | grep -v '^stochastic-function$' | tr '\n' ',' > %t/function
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/window) %t/stack.s' | FileCheck %s --check-prefix=STACK
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/function) %t/stack.s' | FileCheck %s --check-prefix=STACK
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/window) %t/seen.s' | FileCheck %s --check-prefix=SEEN
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/function) %t/seen.s' | FileCheck %s --check-prefix=SEEN
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/window) %t/shift.s' | FileCheck %s --check-prefix=SHIFT
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/window) %t/swap.s' | FileCheck %s --check-prefix=SWAP
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/function) %t/swap.s' | FileCheck %s --check-prefix=SWAP
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/window) %t/add.s' | FileCheck %s --check-prefix=ADD
# RUN: sh -c '%k2 opt -r --level=2 --disable=$(cat %t/window) %t/swap.s' | FileCheck %s --check-prefix=LEVEL2
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/window) %t/branch.s' | FileCheck %s --check-prefix=BRANCH
# RUN: sh -c '%k2 opt -r --level=3 --disable=$(cat %t/function) %t/branch.s' | FileCheck %s --check-prefix=FUNCTION
# FUNCTION: applied stochastic-function line
# LEVEL2-NOT: applied

#--- stack.s
# Two words made zero through registers, and read: one store of a number.
.section xdp
.map m type=1 key=8 value=8
r2 = 0
*(u32 *)(r10 - 4) = r2
r3 = 0
*(u32 *)(r10 - 8) = r3
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 1
exit
# STACK-NOT: u32
# STACK: *(u64 *)(r10 - 8) = {{0|[rw][0-9]+}}
# STACK-NOT: u32
# STACK: applied stochastic

#--- seen.s
# The word above a number that is not known is 1: both stay. (For 0 there is one store of 8 bytes, which chance finds, too.)
.section xdp
.map m type=1 key=8 value=8
r3 = *(u32 *)(r1 + 12)
r2 = 1
*(u32 *)(r10 - 4) = r2
*(u32 *)(r10 - 8) = r3
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 1
exit
# SEEN: *(u32 *)(r10 - 8) = {{[rw]}}
# SEEN-NOT: u64

#--- shift.s
# Eight bits, masked by shifts.
.section tc
r2 = *(u32 *)(r1 + 8)
r3 = r2
r3 >>= 4
r3 &= 15
r3 <<= 4
r4 = r2
r4 &= 15
r4 |= r3
r0 = r4
exit
# SHIFT: 255
# SHIFT-NOT: {{[<>]}}{{[<>]}}=
# SHIFT: applied stochastic

#--- swap.s
# Two bytes exchanged.
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = r2
r0 &= 255
r0 <<= 8
r2 >>= 8
r2 &= 255
r0 |= r2
exit
# SWAP: be16
# SWAP-NOT: |=
# SWAP: applied stochastic

#--- add.s
# The sum of two loads, by way of the stack.
.section tc
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
*(u64 *)(r10 - 8) = r2
*(u64 *)(r10 - 16) = r3
r4 = *(u64 *)(r10 - 8)
r5 = *(u64 *)(r10 - 16)
r4 += r5
r0 = r4
exit
# ADD-NOT: u64
# ADD: +=
# ADD: applied stochastic

#--- branch.s
# The copy is for another block: no single window sees that it is not needed.
.section tc
r2 = *(u32 *)(r1 + 8)
r3 = r2
r0 = 0
if r2 > 5 goto L1
r0 = r3
r0 += r3
L1:
exit
# BRANCH-NOT: applied stochastic line
