#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# trust_programs.sh CLANG TRUST: compiles test/programs and test/regress at each -mcpu; their functions have to be equal to themselves,
# and no mutant of them may be called equal that does something else.
set -euo pipefail

clang=$1 trust=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for source in "$here"/../programs/*.c "$here"/../regress/*.c; do
	for cpu in v2 v3 v4; do
		"$clang" --target=bpf -mcpu=$cpu -O2 -g "-I/usr/include/$(uname -m)-linux-gnu" -c "$source" \
			-o "$out/$(basename "$source" .c).$cpu.o"
	done
done
"$trust" identity --jobs 2 "$out"/*.o
"$trust" mutants --jobs 2 --mutants 150 --search 8 "$out"/*.o
