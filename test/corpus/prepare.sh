#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the corpus that measure.py works on: the BPF programs of samples/bpf and of the BPF selftests in Debian's
# linux-source-6.1, with headers so far configured that plain clang compiles them in one step, and vmlinux.h of the
# running kernel. Repeatable: what is there already is kept; DIR can be deleted at any time.
#
# The samples' own Makefile compiles *_kern.c for the host first, because kernel headers hold x86 inline assembly, and
# makes BPF of the result with opt and llc. Here clang compiles for BPF at once, and the prepared copy of the x86 headers
# has its inline assembly made void, as the samples' asm_goto_workaround.h does for the rest.
set -euo pipefail

usage() {
	cat <<TEXT
usage: prepare.sh [DIR]
Prepares the measurement corpus in DIR (default: build/corpus of this tree). It then holds
  list          one line per program: kind, name, path of the C file, flags of its own
  KIND.flags    clang's flags for a kind (kern, bpf, selftest), to be used as clang @KIND.flags
For one file: clang-22 --target=bpf -mcpu=v3 -O2 -g @DIR/KIND.flags FILE-FLAGS -c FILE.c
Environment: K2_LINUX_SOURCE  the tarball (default: /usr/src/linux-source-6.1.tar.xz, installed when missing)
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case ${1:-} in
-h | --help) usage; exit 0 ;;
-*) echo "prepare.sh: unknown option '$1' (see --help)" >&2; exit 2 ;;
esac
tarball=${K2_LINUX_SOURCE:-/usr/src/linux-source-6.1.tar.xz}
mkdir -p "${1:-$here/../../build/corpus}"
dir=$(cd "${1:-$here/../../build/corpus}" && pwd)
case $dir in
*[[:space:]]*) echo "prepare.sh: the kernel's make does not work in a path with spaces: $dir" >&2; exit 2 ;;
esac
tree=$dir/linux-source-6.1
samples=$tree/samples/bpf
selftests=$tree/tools/testing/selftests/bpf
clang=${CLANG:-clang-22}
version=3 # of what this script leaves behind; a change makes the trees that others left stale

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
	local missing=()
	[ -e "$tarball" ] || missing+=(linux-source-6.1)
	command -v "$clang" >/dev/null || missing+=(clang-22)
	PATH=$PATH:/usr/sbin command -v bpftool >/dev/null || missing+=(bpftool)
	for tool in flex bison bc make gcc python3; do
		command -v $tool >/dev/null || missing+=("$tool")
	done
	command -v xz >/dev/null || missing+=(xz-utils)
	[ -e /usr/include/linux/types.h ] || missing+=(linux-libc-dev libc6-dev)
	[ ${#missing[@]} = 0 ] && return
	echo "installing ${missing[*]}"
	as_root apt-get update -q
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# What `make prepare0` and `make headers` need, and the programs themselves: a tenth of the tarball.
unpack() {
	local top=linux-source-6.1
	rm -rf "$tree"
	xz -dc -T0 "$tarball" | tar -x -C "$dir" --wildcards --wildcards-match-slash \
		$top/Makefile $top/Kbuild '*/Kconfig' '*/Kconfig.*' $top/scripts $top/include $top/arch/x86 \
		$top/kernel/bounds.c $top/kernel/time/timeconst.bc $top/security/selinux/include \
		$top/usr/include $top/usr/Makefile $top/samples/bpf $top/tools/arch/x86 $top/tools/include \
		$top/tools/lib/bpf $top/tools/testing/selftests/bpf
}

configure() {
	make -s -C "$tree" defconfig
	make -s -C "$tree" -j"$(nproc)" prepare0
	make -s -C "$tree" -j"$(nproc)" headers
}

# x86 inline assembly: `asm(` becomes `asm volatile(`, which the samples' macro of that name makes void.
void_assembly() {
	grep -rlE '\b(asm|__asm__)\b' "$tree/arch/x86/include" | xargs sed -i -E \
		-e 's/\bregister (unsigned long current_stack_pointer) asm\(_ASM_SP\)/extern \1/' \
		-e 's/\b(asm|__asm__)\s*\(/\1 volatile(/' -e 's/\basm qual\s*\(/asm volatile(/'
}

write_headers() {
	mkdir -p "$dir/include/bpf" "$dir/vmlinux"
	cp "$tree"/tools/lib/bpf/*.h "$dir/include/bpf/"
	python3 "$tree/scripts/bpf_doc.py" --header --file "$tree/tools/include/uapi/linux/bpf.h" \
		>"$dir/include/bpf/bpf_helper_defs.h"
	for call in write read mmap; do
		echo "SYS__NR_$call __NR_$call" | gcc -E -P -include "$tree/usr/include/asm/unistd_64.h" - |
			sed 's/^/#define /'
	done >"$samples/syscall_nrs.h"
	if [ -r /sys/kernel/btf/vmlinux ]; then
		PATH=$PATH:/usr/sbin bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$dir/vmlinux/vmlinux.h"
	else
		echo "prepare.sh: this kernel shows no BTF: programs that include vmlinux.h are left out" >&2
	fi
}

# clang's own headers and the system's, after all others.
system_includes() {
	"$clang" -v -E - </dev/null 2>&1 |
		sed -n '/<...> search starts here:/,/End of search list./{ s| \(/.*\)|-idirafter \1|p }'
}

write_flags() {
	local x86=$tree/arch/x86/include
	printf '%s\n' -nostdinc "-I$x86" "-I$x86/generated" "-I$tree/include" "-I$x86/uapi" "-I$x86/generated/uapi" \
		"-I$tree/include/uapi" "-I$tree/include/generated/uapi" "-include $tree/include/linux/compiler-version.h" \
		"-include $tree/include/linux/kconfig.h" -fno-stack-protector "-I$selftests" "-I$dir/include" \
		"$(system_includes)" -D__KERNEL__ -D__BPF_TRACING__ -D__TARGET_ARCH_x86 -D__x86_64__ "-I$samples" \
		"-include $samples/asm_goto_workaround.h" -w >"$dir/kern.flags"
	printf '%s\n' -D__TARGET_ARCH_x86 "-I$dir/vmlinux" "-I$dir/include" "-I$samples" "-I$tree/tools/include" \
		"-I$tree/usr/include" "$(system_includes)" -w >"$dir/bpf.flags"
	printf '%s\n' -D__TARGET_ARCH_x86 "-I$dir/vmlinux" "-I$selftests" \
		"-I$tree/tools/include/uapi" "-I$dir/include" "-I$tree/usr/include" "$(system_includes)" -w \
		>"$dir/selftest.flags"
}

# Flags of single files, with their reason.
own_flags() {
	case $1 in
	test_lwt_bpf) echo '-DSRC_MAC=0x020000000001ULL -DDST_MAC=0x020000000002ULL -DDST_IFINDEX=2 -D__x86_64__' ;; # as test_lwt_bpf.sh
	tracex6_kern) echo '-include linux/bpf.h' ;; # uses struct bpf_map without it
	esac
}

line() {
	local name
	name=$(basename "$2" .c)
	printf '%s\t%s\t%s\t%s\n' "$1" "$name" "$2" "$(own_flags "$name")"
}

write_list() {
	{
		sed -n 's/^always-y += //p' "$samples/Makefile" | tr ' ' '\n' | sed -n 's/\.o$//p' | sort |
			while read -r name; do line kern "$samples/$name.c"; done
		line bpf "$samples/test_lwt_bpf.c"
		for file in "$samples"/*.bpf.c; do line bpf "$file"; done
		for file in "$selftests"/progs/*.c; do line selftest "$file"; done
	} >"$dir/list"
}

install_packages
stamp="$version $(stat -c '%s %Y' "$tarball") $(uname -r)"
if [ "$(cat "$dir/stamp" 2>/dev/null)" != "$stamp" ]; then
	rm -f "$dir/stamp"
	unpack
	configure
	void_assembly
	write_headers
	echo "$stamp" >"$dir/stamp"
fi
write_flags
write_list
echo "$dir: $(grep -c -v ^selftest "$dir/list") samples, $(grep -c ^selftest "$dir/list") selftests"
