#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# run_programs.sh CLANG PLUGIN RUN: compiles test/programs and test/regress (one file for each wrong answer of the past) with and without the plugin at each -mcpu and some -O levels, and
# executes old and new in the kernel on the same inputs. Exit status 77: the kernel is not ours to load programs into.
set -euo pipefail

clang=$1 plugin=$2 run=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "$(id -u)" != 0 ]; then
	echo "not root"
	exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0
for source in "$here"/../programs/*.c "$here"/../regress/*.c; do
	name=$(basename "$source" .c)
	for flags in "-mcpu=v2 -O2" "-mcpu=v3 -O2" "-mcpu=v4 -O2" "-mcpu=v3 -Os" "-mcpu=v3 -O1"; do
		read -ra f <<<"--target=bpf $flags -g -I/usr/include/$(uname -m)-linux-gnu"
		"$clang" "${f[@]}" -c "$source" -o "$out/old.o"
		"$clang" "${f[@]}" -fpass-plugin="$plugin" -c "$source" -o "$out/new.o"
		echo "$name $flags"
		"$run" "$out/old.o" "$out/new.o" | tee "$out/log" || failed=1
		grep -q ' 0 skipped' "$out/log" || failed=1
	done
done
exit $failed
