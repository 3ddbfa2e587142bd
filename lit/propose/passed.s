# What every call gives a subprogram: bytes behind its arguments are loaded at once where that says that they are plain memory.
# RUN: split-file %s %t
# RUN: %k2 opt %t/value.s | FileCheck %s --check-prefix=WIDE
# RUN: %k2 opt %t/aligned.s | FileCheck %s --check-prefix=WIDE
# RUN: %k2 opt %t/bits.s | FileCheck %s --check-prefix=WIDE
# RUN: %k2 opt %t/anything.s | FileCheck %s --check-prefix=BYTES
# RUN: %k2 opt %t/context.s | FileCheck %s --check-prefix=BYTES
# RUN: %k2 opt %t/misaligned.s | FileCheck %s --check-prefix=BYTES
# RUN: %k2 opt %t/returned.s | FileCheck %s --check-prefix=BYTES
# RUN: %k2 opt %t/somewhere.s | FileCheck %s --check-prefix=BYTES
# RUN: %k2 opt %t/stores.s | FileCheck %s --check-prefix=STORES
# RUN: %k2 opt %t/value-stores.s | FileCheck %s --check-prefix=VALUE-STORES
# RUN: %k2 opt %t/apart.s | FileCheck %s --check-prefix=APART
# RUN: %k2 opt %t/alike.s | FileCheck %s --check-prefix=ALIKE
# RUN: %k2 opt %t/index.s | FileCheck %s --check-prefix=INDEX
# RUN: %k2 opt %t/value-index.s | FileCheck %s --check-prefix=VALUE-INDEX
# RUN: %k2 opt %t/packet.s | FileCheck %s --check-prefix=PACKET
# RUN: %k2 opt %t/no-packet.s | FileCheck %s --check-prefix=NO-PACKET
# RUN: %k2 opt %t/narrow.s | FileCheck %s --check-prefix=NARROW
# RUN: %k2 opt %t/wide.s | FileCheck %s --check-prefix=WIDE-FIELD

# WIDE: = *(u32 *)(r1 + {{0|4|0x4}})
# WIDE-NOT: *(u8 *)
# BYTES-COUNT-4: *(u8 *)
# BYTES-NOT: *(u32 *)

#--- value.s
.subprog 1
.passed r1 value
r0 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 1)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 2)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 3)
r2 <<= 24
r0 |= r2
exit

#--- aligned.s
.subprog 1
.passed r1 frame -12
r0 = *(u8 *)(r1 + 4)
r2 = *(u8 *)(r1 + 5)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 6)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 7)
r2 <<= 24
r0 |= r2
if r0 == 5 goto L1
r0 = 1
exit
L1:
r0 = 0
exit

#--- bits.s
# -4 from one caller, -24 from another.
.subprog 1
.passed r1 frame 0/3
r0 = *(u8 *)(r1 + 4)
r2 = *(u8 *)(r1 + 5)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 6)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 7)
r2 <<= 24
r0 |= r2
if r0 == 5 goto L1
r0 = 1
exit
L1:
r0 = 0
exit

#--- anything.s
# The pointer may be a program's context, or to kernel memory.
.subprog 1
r0 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 1)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 2)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 3)
r2 <<= 24
r0 |= r2
exit

#--- context.s
# The kernel rewrites loads from it: bytes are no part of the word.
.subprog 1
.passed r1 context 0
r0 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 1)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 2)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 3)
r2 <<= 24
r0 |= r2
exit

#--- returned.s
# Some of the bytes may be ones that the verifier knows to be 0; of all together it would know nothing, and the caller may need it.
.subprog 1
.passed r1 frame -12
r0 = *(u8 *)(r1 + 4)
r2 = *(u8 *)(r1 + 5)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 6)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 7)
r2 <<= 24
r0 |= r2
exit

#--- misaligned.s
# The verifier takes only aligned accesses to stacks.
.subprog 1
.passed r1 frame -15
r0 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 1)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 2)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 3)
r2 <<= 24
r0 |= r2
exit

#--- somewhere.s
.subprog 1
.passed r1 frame -64..-16
r0 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 1)
r2 <<= 8
r0 |= r2
r2 = *(u8 *)(r1 + 2)
r2 <<= 16
r0 |= r2
r2 = *(u8 *)(r1 + 3)
r2 <<= 24
r0 |= r2
exit

#--- stores.s
# What is stored in a caller's frame the verifier keeps slot by slot: pieces stay pieces, but a register is not needed.
.subprog 1
.passed r1 frame -16
r2 = 1
*(u32 *)(r1 + 0) = r2
*(u32 *)(r1 + 4) = 0
r0 = 0
exit
# STORES: *(u32 *)(r1 + 0) = 1
# STORES-NEXT: *(u32 *)(r1 + 4) = 0

#--- value-stores.s
# In a map's value nobody keeps them.
.subprog 1
.passed r1 value
r2 = 1
*(u32 *)(r1 + 0) = r2
*(u32 *)(r1 + 4) = 0
r0 = 0
exit
# VALUE-STORES: *(u64 *)(r1 + 0) = 1

#--- apart.s
# The frame is nobody's map: what was loaded is still there behind the store.
.subprog 2
.passed r1 frame -16
.passed r2 value
r0 = *(u32 *)(r1 + 0)
*(u32 *)(r2 + 0) = 0
r3 = *(u32 *)(r1 + 0)
r0 += r3
exit
# APART: r0 = *(u32 *)(r1 + 0)
# APART-NOT: *(u32 *)(r1

#--- alike.s
# Two pointers into one frame may be one.
.subprog 2
.passed r1 frame -64..-8
.passed r2 frame -64..-8
r0 = *(u32 *)(r1 + 0)
*(u32 *)(r2 + 0) = 0
r3 = *(u32 *)(r1 + 0)
r0 += r3
exit
# ALIKE-COUNT-2: *(u32 *)(r1 + 0)

#--- index.s
# Here the address would be refused.
.subprog 2
.passed r1 frame -16
.passed r2 value
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r4 <<= 8
r3 |= r4
r2 += r3
r0 = *(u8 *)(r2 + 0)
exit
# INDEX-COUNT-2: *(u8 *)(r1

#--- value-index.s
.subprog 2
.passed r1 value
.passed r2 value
r3 = *(u8 *)(r1 + 0)
r4 = *(u8 *)(r1 + 1)
r4 <<= 8
r3 |= r4
r2 += r3
r0 = *(u8 *)(r2 + 0)
exit
# VALUE-INDEX: *(u16 *)(r1 + 0)

#--- packet.s
# What a context is, only callers tell: then the packet is known by what is loaded from it.
.subprog 1
.context xdp_md
.passed r1 context 0
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 4
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 1)
r0 <<= 8
r4 = *(u8 *)(r2 + 0)
r0 |= r4
L1:
exit
# PACKET: r0 = *(u16 *)(r2 + 0)

#--- no-packet.s
.subprog 1
.passed r1 context 0
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 4
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 1)
r0 <<= 8
r4 = *(u8 *)(r2 + 0)
r0 |= r4
L1:
exit
# NO-PACKET-COUNT-2: *(u8 *)

#--- narrow.s
# No context of a tracing program has pointers of 4 bytes: what is loaded has no upper half.
.subprog 1
.context pt_regs
r0 = *(u32 *)(r1 + 0)
r0 <<= 32
r0 >>= 32
exit
# NARROW-NOT: <<=

#--- wide.s
# If it is an xdp_md, the lower half of an address is meant.
.subprog 1
.context xdp_md
r0 = *(u32 *)(r1 + 0)
r0 <<= 32
r0 >>= 32
exit
# WIDE-FIELD: {{<<= 32|w0 = w0}}
