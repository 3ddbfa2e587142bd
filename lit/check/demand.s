# What is known of a number may get less where the verifier does not look at it. A byte of the packet is a number below 256, but
# the verifier does not know that of a legacy packet load: it learns it from the mask.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/stored.s | FileCheck %s --check-prefix=STORED
# RUN: %k2 opt --disable dead-call -r %t/added.s | FileCheck %s --check-prefix=ADDED
# RUN: %k2 opt --disable dead-call -r %t/added-here.s | FileCheck %s --check-prefix=HERE
# RUN: %k2 opt --disable dead-call -r %t/anything.s | FileCheck %s --check-prefix=ANYTHING
# RUN: %k2 opt --disable dead-call -r %t/size.s | FileCheck %s --check-prefix=SIZE
# RUN: %k2 opt --disable dead-call -r %t/compared.s | FileCheck %s --check-prefix=COMPARED
# RUN: %k2 opt --disable dead-call -r %t/decided.s | FileCheck %s --check-prefix=DECIDED
# RUN: %k2 opt --disable dead-call -r %t/bounds.s | FileCheck %s --check-prefix=BOUNDS
# RUN: %k2 opt --disable dead-call -r %t/atomic.s | FileCheck %s --check-prefix=ATOMIC
# RUN: %k2 opt --disable dead-call -r %t/spilled.s | FileCheck %s --check-prefix=SPILLED
# RUN: %k2 opt --disable dead-call -r %t/filled.s | FileCheck %s --check-prefix=FILLED
# RUN: %k2 opt --disable dead-call -r %t/returned.s | FileCheck %s --check-prefix=RETURNED

#--- stored.s
# A map value does not remember numbers.
.section tc
.map m type=2 key=4 value=256
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L17
r0 = *(u8 *)skb[14]
r8 = r0
r8 &= 255
r1 = *(u32 *)(r6 + 0)
if r1 == 3 goto L15
*(u64 *)(r7 + 0) = r8
goto L17
L15:
*(u64 *)(r7 + 8) = r8
L17:
r0 = 0
exit
# STORED-NOT: &=
# STORED: applied

#--- added.s
# Without the mask the sum may point anywhere.
.section tc
.map m type=2 key=4 value=256
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L17
r0 = *(u8 *)skb[14]
r8 = r0
r8 &= 255
r1 = *(u32 *)(r6 + 0)
if r1 == 3 goto L15
*(u64 *)(r7 + 0) = r8
goto L17
L15:
r7 += r8
*(u8 *)(r7 + 0) = 1
L17:
r0 = 0
exit
# ADDED: &= 255
# ADDED: would know less of a register

#--- added-here.s
# The same in one block.
.section tc
.map m type=2 key=4 value=256
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L15
r0 = *(u8 *)skb[14]
r0 &= 255
r7 += r0
*(u8 *)(r7 + 0) = 1
L15:
r0 = 0
exit
# HERE: &= 255
# HERE: would know less of what is added to a pointer

#--- anything.s
# redirect takes any number (ARG_ANYTHING).
.section tc
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
r1 = r0
r2 = 0
call 23
exit
# ANYTHING-NOT: &=
# ANYTHING: applied

#--- size.s
# A size is checked against the memory it is for.
.section tc
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
r1 = r10
r1 += -256
r2 = r0
r3 = 0
call 4
r0 = 0
exit
# SIZE: &= 255
# SIZE: would know less of an argument

#--- compared.s
# No comparison is decided by what the mask tells: each constant may be met with and without it.
.section tc
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
if r0 s> 47 goto L6
if r0 == 6 goto L8
goto L8
L6:
if r0 == 50 goto L8
*(u32 *)(r6 + 8) = 0
L8:
r0 = 0
exit
# COMPARED-NOT: &=
# COMPARED: applied

#--- decided.s
# The mask decides the second comparison: without it the verifier walks code that it did not walk.
.section tc
.isa v2
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
r1 = *(u32 *)(r6 + 0)
if r1 == 3 goto L8
r2 = 255
if r0 > r2 goto L9
L8:
r0 = 0
exit
L9:
r0 = *(u64 *)(r6 + 0)
exit
# DECIDED: &= 255
# DECIDED: would know less of a register

#--- bounds.s
# A comparison with a register tells of that one, too: it is added to a pointer.
.section tc
.map m type=2 key=4 value=256
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L16
r0 = *(u8 *)skb[14]
r0 &= 255
r1 = *(u64 *)(r7 + 8)
if r1 > r0 goto L16
r7 += r1
*(u8 *)(r7 + 0) = 1
L16:
r0 = 0
exit
# BOUNDS: &= 255
# BOUNDS: would know less of a register

#--- atomic.s
.section tc
.map m type=2 key=4 value=256
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L15
r0 = *(u8 *)skb[14]
r8 = r0
r8 &= 255
r1 = *(u32 *)(r6 + 0)
if r1 == 3 goto L15
lock *(u64 *)(r7 + 0) += r8
L15:
r0 = 0
exit
# ATOMIC-NOT: &=
# ATOMIC: applied

#--- spilled.s
# A spilled number that is loaded again and only stored.
.section tc
.map m type=2 key=4 value=256
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
*(u64 *)(r10 - 16) = r0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L15
r8 = *(u64 *)(r10 - 16)
*(u64 *)(r7 + 0) = r8
L15:
r0 = 0
exit
# SPILLED-NOT: &=
# SPILLED: applied

#--- filled.s
# A spilled number that is added to a pointer.
.section tc
.map m type=2 key=4 value=256
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
*(u64 *)(r10 - 16) = r0
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r7 = r0
if r7 == 0 goto L15
r8 = *(u64 *)(r10 - 16)
r7 += r8
*(u8 *)(r7 + 0) = 1
L15:
r0 = 0
exit
# FILLED: &= 255
# FILLED: would know less of a stack slot

#--- returned.s
# Some program types have a range for what is returned.
.section cgroup_skb/egress
r6 = r1
r0 = *(u8 *)skb[14]
r0 &= 255
exit
# RETURNED: &= 255
# RETURNED: less is known of the return value
