# A pattern is a slice: what stands in between does not hide it, unless it interferes.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/between.s | FileCheck --check-prefix=BETWEEN %s
# RUN: %k2 opt -r %t/reads.s | FileCheck --check-prefix=READS %s
# RUN: %k2 opt -r %t/wanted.s --disable=search | FileCheck --check-prefix=WANTED %s

#--- between.s
.section xdp
.subprog 2
r1 <<= 48
r2 += 7
r0 = r2
r1 >>= 48
r0 += r1
exit
# BETWEEN: &= 65535
# BETWEEN: applied rules line {{[0-9]+}}: shift-pair-to-mask: 1 slot saved

#--- reads.s
# The value between the shifts is read.
.section xdp
.subprog 2
r1 <<= 48
r0 = r1
r1 >>= 48
r0 += r1
exit
# READS: <<= 48
# READS-NOT: applied rules

#--- wanted.s
# Another number of bits stays.
.section xdp
.subprog 1
r1 <<= 48
r1 >>= 40
r0 = r1
exit
# WANTED: <<= 48
# WANTED-NOT: applied rules
