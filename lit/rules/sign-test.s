# sign test rules: below v3 an int is sign-extended before it is tested; the sign can be seen without the second shift.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/sign.s | FileCheck %s --check-prefix=SIGN
# RUN: %k2 opt -r %t/value.s | FileCheck %s --check-prefix=VALUE
# RUN: %k2 opt -r %t/live.s | FileCheck %s --check-prefix=LIVE

#--- sign.s
.section xdp
.isa v2
call 14
r1 = r0
r1 <<= 32
r1 s>>= 32
r0 = 2
if r1 s> -1 goto L1
r0 = 1
L1:
exit
# SIGN: <<= 32
# SIGN-NOT: s>>=
# SIGN: if r{{[0-9]}} s> -1
# SIGN: applied rules line {{[0-9]+}}: sign-behind-shift

#--- value.s
# Other numbers than zero have another place behind the shift.
.section xdp
.isa v2
call 14
r1 = r0
r1 <<= 32
r1 s>>= 32
r0 = 2
if r1 s> 7 goto L1
r0 = 1
L1:
exit
# VALUE: s>>= 32
# VALUE-NOT: applied rules line {{[0-9]+}}: sign-behind-shift

#--- live.s
# The number itself is returned.
.section xdp
.isa v2
call 14
r0 <<= 32
r0 s>>= 32
if r0 s> -1 goto L1
r0 = 1
L1:
exit
# LIVE: s>>= 32
# LIVE-NOT: applied rules line {{[0-9]+}}: sign-behind-shift
