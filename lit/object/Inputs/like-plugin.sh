#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# like-plugin.sh "CLANG with plugin" DESCRIBE TEMP SOURCE...: every source at every instruction set and byte order: the object's
# functions must be described as the plugin described them while that object was made.
clang=$1 describe=$2 temp=$3
failed=0
for source in "${@:4}"; do
	for cpu in v1 v2 v3 v4; do
		for target in bpfel bpfeb; do
			echo "$source $cpu $target"
			$clang --target=$target -mcpu=$cpu -O2 -g -c "$source" -o "$temp.o" -mllvm -k2-dump -mllvm -k2-level=0 \
				2>"$temp.dump" || { cat "$temp.dump"; exit 1; }
			$describe "$temp.o" >"$temp.described" &&
				python3 "$(dirname "$0")/compare.py" "$temp.dump" "$temp.described" || failed=1
		done
	done
done
exit $failed
