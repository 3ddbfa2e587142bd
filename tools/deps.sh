# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the set-up scripts: what K2 needs from Debian 12, installed when it is missing.

# shellcheck disable=SC2034 # used by those who source this
k2_packages=(
	clang-22 llvm-22-dev llvm-22-tools # compiler, plugin interface, lit and FileCheck
	libz3-dev libjansson-dev libsqlite3-dev libbpf-dev libelf-dev zlib1g-dev libcmocka-dev
	cmake ninja-build pkg-config gcc g++ libc6-dev linux-libc-dev
	bpftool python3
	gcc-bpf # objects of another compiler, for tests
)

# Runs a command as root, by sudo where needed.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "${0##*/}: run this as root, or install sudo (needed for: $*)" >&2
		return 1
	fi
}

# True when as_root works without asking anybody.
can_be_root() {
	[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

# Installs those of the given packages that are missing.
install_packages() {
	local package missing=()
	for package in "$@"; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] && return
	echo "Installing ${missing[*]}"
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
