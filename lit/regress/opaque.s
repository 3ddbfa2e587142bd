# Two instructions that K2 does not know are not one because they stand at the same place.
# RUN: split-file %s %t
# RUN: %k2 check %t/a.s %t/a.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/a.s %t/b.s; echo status $?' | FileCheck %s
# SAME: {{^}}equal{{$}}
# CHECK: unknown: another sequence of calls or fixed memory accesses
# CHECK: status 2

#--- a.s
.section tc
r6 = 1
opaque 0x06 0 0 0 5 {opaque use=0x7ff def=0x7ff}
r0 = 0
exit

#--- b.s
.section tc
r6 = 1
opaque 0x06 3 0 0 77 {opaque use=0x7ff def=0x7ff}
r0 = 0
exit
