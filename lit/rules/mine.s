# k2 mine: rewrites become rules, as general as they can be proved; what they cover is not printed twice, and what they rest on is asked for.
# RUN: split-file %s %t
# RUN: %k2 mine --level=1 --disable=rules %t/bytes.s > %t/mined.rules
# RUN: FileCheck --check-prefix=BYTES %s < %t/mined.rules
# RUN: %k2 rules check %t/mined.rules | FileCheck --check-prefix=PROVED %s
# PROVED: 1 of 1 rules proved
# Known rules are not found again.
# RUN: %k2 mine --level=1 --disable=wide-copy --rules=%t/mined.rules %t/bytes.s | FileCheck --check-prefix=KNOWN %s
# KNOWN-NOT: rule wide-load
# RUN: %k2 mine --level=1 --disable=rules %t/bits.s | FileCheck --check-prefix=BITS %s
# RUN: %k2 mine --level=1 --disable=rules %t/known.s | FileCheck --check-prefix=NOTHING %s
# RUN: sh -c '%k2 mine %t/none.s 2>&1; echo status $?' | FileCheck --check-prefix=BAD %s
# BAD: none.s: {{.*}}No such file
# BAD: status 2

#--- bytes.s
# Twice, with other registers and another offset.
.section xdp
.data d size=64
r1 = &d ll
r2 = *(u8 *)(r1 + 4)
r3 = *(u8 *)(r1 + 5)
r3 <<= 8
r3 |= r2
r4 = *(u8 *)(r1 + 21)
r0 = *(u8 *)(r1 + 22)
r0 <<= 8
r0 |= r4
r0 += r3
exit
# BYTES: rule wide-load-ldb-ldb-lsh-or
# BYTES-NEXT: about Neighbouring bytes are loaded at once.
# BYTES-NEXT: match ra = *(u8 *)(rp + O)
# BYTES-NEXT:       rb = *(u8 *)(rp + O + 1)
# BYTES-NEXT:       rb <<= 8
# BYTES-NEXT:       rb |= ra
# BYTES-NEXT: give  rb = *(u16 *)(rp + O)
# BYTES-NEXT: where little
# BYTES-NEXT: example r{{.*}} -> r{{[0-9]}} = *(u16 *)(r1 + {{[0-9]+}})
# BYTES-NEXT: from bytes.s {{.*}}, 2 times
# BYTES-NOT: rule
# BYTES: # 2 rewrites: 1 new rules, 1 uses of them more, 0 rest on more than a rule says

#--- bits.s
# The mask is free, and the bits that it takes away are what has to be known.
.section xdp
.data d size=64
r1 = &d ll
r1 = *(u8 *)(r1 + 4)
r0 = 0
if r1 == 0 goto L1
r1 &= 1023
r0 = r1
L1:
exit
# BITS: rule useless-and
# BITS: match ra &= C
# BITS-NEXT: give  nothing
# BITS-NEXT: where zero(ra, ~C)

#--- known.s
# Which way was taken is nothing that a rule can say.
.section xdp
.subprog 1
r0 = 1
if r1 == 5 goto L1
r0 = 2
exit
L1:
r0 = r1
exit
# NOTHING: {{^}}# 1 rewrites: 0 new rules, 0 uses of them more, 1 rest on more than a rule says
