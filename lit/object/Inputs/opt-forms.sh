#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# opt-forms.sh K2 CLANG LLVM_BIN TEMP SOURCE: compiles SOURCE in every form, optimises the object, and lets everybody look at the result who
# reads objects. Prints a line for each form.
set -euo pipefail
k2=$1 clang=$2 bin=$3 temp=$4 source=$5

for form in "v1 bpfel" "v2 bpfel -g" "v3 bpfel" "v3 bpfel -g" "v4 bpfel -g" "v3 bpfel -gdwarf-4" "v2 bpfel -gdwarf-3" "v1 bpfeb -g" "v3 bpfeb" "v4 bpfeb -g"; do
	read -r cpu target debug <<<"$form"
	old=$temp.$cpu.$target$debug.o new=$temp.$cpu.$target$debug.new.o
	${clang/--target=bpf/--target=$target} -O2 -mcpu="$cpu" $debug -c "$source" -o "$old"
	for strip in "" --strip-debug; do
		$k2 opt $strip "$old" -o "$new" 2>"$temp.err"
		! cmp -s "$old" "$new"
		$k2 check "$old" "$new" >"$temp.check" || { cat "$temp.check"; exit 1; }
		"$bin/llvm-objdump" -dr "$new" >"$temp.out" 2>&1
		"$bin/llvm-readelf" -a "$new" >>"$temp.out" 2>&1
		if grep -iE "(warning|error):" "$temp.out"; then exit 1; fi
		if [ "$debug" ] && [ -z "$strip" ]; then
			[ ! -s "$temp.err" ] || { cat "$temp.err"; exit 1; } # DWARF of old code
			"$bin/llvm-dwarfdump" --verify "$new" >"$temp.out" || { cat "$temp.out"; exit 1; }
			"$bin/llvm-readelf" -S "$new" | grep '[.]debug_line ' >/dev/null
			if command -v readelf >/dev/null &&
				readelf -w "$new" 2>&1 >/dev/null | grep -v "unable to apply unsupported reloc"; then exit 1; fi
		fi
		if [ "$debug" ] && [ "$target" = bpfel ] && command -v bpftool >/dev/null; then
			bpftool btf dump file "$old" >"$temp.old.btf"
			bpftool btf dump file "$new" | cmp - "$temp.old.btf"
			bpftool gen object "$temp.linked.o" "$new"
			bpftool gen skeleton "$temp.linked.o" name forms | grep '^struct forms {' >/dev/null
			$k2 check "$old" "$temp.linked.o" >"$temp.check" || { cat "$temp.check"; exit 1; }
			# What bpftool has linked, the old object, is worked on just so.
			bpftool gen object "$temp.linked.o" "$old"
			$k2 opt "$temp.linked.o" -o "$temp.linked.new.o"
			! cmp -s "$temp.linked.o" "$temp.linked.new.o"
			$k2 check "$old" "$temp.linked.new.o" >"$temp.check" || { cat "$temp.check"; exit 1; }
		fi
		# Once more: nothing is left to do, or at least nothing breaks.
		$k2 opt $strip "$new" -o "$temp.again.o" 2>"$temp.err"
		$k2 check "$old" "$temp.again.o" >"$temp.check" || { cat "$temp.check"; exit 1; }
		# With level 0 nothing changes at all.
		$k2 opt --level=0 "$new" -o "$temp.same.o"
		cmp "$new" "$temp.same.o"
	done
	echo "$form: good"
done
