#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# roundtrip.sh "CLANG" PLUGIN TEMP SOURCE [CPU...]: SOURCE at every instruction set, optimisation level, byte order, with and without -g.
# DEBUG=-g leaves out the compilations without it. The object with -k2-level=0 and the one with -k2-rebuild (every instruction decoded from its bytes) must be the plain one.
clang=$1 plugin=$2 temp=$3 source=$4
shift 4
cpus=${*:-v1 v2 v3 v4}
failed=0
for cpu in $cpus; do
	for level in -O0 -O2; do
		for target in bpfel bpfeb; do
			for debug in "${DEBUG--g0}" -g; do
				flags="--target=$target -mcpu=$cpu $level $debug -c $source"
				$clang $flags -o "$temp.plain.o" || exit 1
				for mode in -k2-level=0 -k2-rebuild; do
					$clang $flags -fpass-plugin="$plugin" -mllvm $mode -mllvm -verify-machineinstrs \
						-o "$temp.k2.o" &&
						cmp "$temp.plain.o" "$temp.k2.o" && continue
					echo "FAILED: $mode $flags"
					failed=1
				done
			done
		done
	done
done
exit $failed
