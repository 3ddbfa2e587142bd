#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds and runs every test: unit and kernel tests (ctest, cmocka), lit tests, the unit tests once more with ASan and
# UBSan, and in CI a part of the measurement corpus. The last line is `N passed, N failed, N skipped`: cmocka tests, lit
# tests, and one for each other step. With CI=true a skipped kernel test is a failure.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/deps.sh
. "$root/tools/deps.sh"
build=${K2_BUILD:-$root/build}
passed=0 failed=0 skipped=0

usage() {
	echo "usage: check.sh [--corpus] [--no-asan]"
	echo "  --corpus   also a dozen kernel samples through the plugin and, finished, through k2 opt (default when CI=true)"
	echo "  --no-asan  leave out the build with sanitizers"
	echo "Environment: CI=true, K2_BUILD (build tree, default build/; the sanitizers' is the same with -asan)"
}

corpus=${CI:-false} asan=true
for argument in "$@"; do
	case $argument in
	--corpus) corpus=true ;;
	--no-asan) asan=false ;;
	-h | --help) usage; exit 0 ;;
	*) echo "check.sh: unknown argument '$argument' (see --help)" >&2; exit 2 ;;
	esac
done

finish() {
	echo
	echo "$passed passed, $failed failed, $skipped skipped"
	exit $((failed != 0))
}

# step NAME COMMAND...: one test more; false if it failed.
step() {
	echo "== $1"
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		echo "check.sh: $1 failed" >&2
		failed=$((failed + 1))
		return 1
	fi
}

# add "P F S": adds to the sums. With CI=true and the second argument, skipped ones have failed.
add() {
	local p f s
	read -r p f s <<<"$1"
	if [ "${2:-}" = kernel ] && [ "${CI:-}" = true ] && [ "$s" != 0 ]; then
		echo "check.sh: $s kernel tests were skipped, which is a failure in CI" >&2
		f=$((f + s)) s=0
	fi
	echo "$p passed, $f failed, $s skipped"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# build FOLDER OPTIONS...
build() {
	local log=$1/check.log
	mkdir -p "$1"
	if ! { cmake -S "$root" -B "$1" -G Ninja -DK2_WERROR=ON "${@:2}" && ninja -C "$1"; } >"$log" 2>&1; then
		tail -40 "$log"
		return 1
	fi
}

# Sums of a ctest run, from its JUnit file: the tests that cmocka counts, and one for a program that counts none or dies.
count_junit() {
	python3 - "$1" <<'PYTHON'
import re
import sys
import xml.etree.ElementTree as tree

total = [0, 0, 0]
try:
    cases = tree.parse(sys.argv[1]).getroot().iter("testcase")
except (OSError, tree.ParseError):
    print("0 1 0")
    sys.exit()
for case in cases:
    out = case.findtext("system-out") or ""
    n = [sum(map(int, re.findall(r"\[ *" + what + r" *\] (\d+) test", out))) for what in ("PASSED", "FAILED", "SKIPPED")]
    if case.get("status") in ("fail", "notrun") and not n[1]:
        n[1] = 1
    if not any(n):
        n[0] = 1
    total = [a + b for a, b in zip(total, n)]
print(*total)
PYTHON
}

# run_ctest BUILD LABEL COMMAND-PREFIX...
run_ctest() {
	local junit=$1/ctest-$2.xml
	rm -f "$junit"
	"${@:3}" ctest --test-dir "$1" -L "^$2\$" -j "$(nproc)" --output-on-failure --output-junit "$junit" \
		--test-output-size-passed 1000000 --test-output-size-failed 1000000 --no-tests=error || true
	add "$(count_junit "$junit")" "$2"
}

run_kernel_tests() {
	local prefix=()
	if [ "$(id -u)" != 0 ] && can_be_root; then
		prefix=(sudo -n env "CI=${CI:-}")
	fi
	run_ctest "$build" kernel "${prefix[@]}"
	[ ${#prefix[@]} = 0 ] || sudo -n chown -R "$(id -u):$(id -g)" "$build"
}

run_lit() {
	local out=$build/lit.json
	rm -f "$out"
	K2_BUILD=$build /usr/lib/llvm-22/bin/lit -sv --no-progress-bar --output "$out" "$root/lit" || true
	add "$(
		python3 - "$out" <<'PYTHON'
import json
import sys

n = [0, 0, 0]
try:
    with open(sys.argv[1], encoding="utf-8") as f:
        for test in json.load(f)["tests"]:
            code = test["code"]
            n[0 if code in ("PASS", "XFAIL", "FLAKYPASS") else 2 if code in ("UNSUPPORTED", "SKIPPED", "EXCLUDED") else 1] += 1
except (OSError, ValueError):
    n[1] = 1
print(*n)
PYTHON
	)"
}

run_corpus() {
	"$root/test/corpus/prepare.sh" "$build/corpus" &&
		"$root/test/corpus/measure.py" --corpus "$build/corpus" --plugin "$build/plugin/libk2.so" \
			--k2 "$build/tools/k2" --quick --runs 1
}

run_objects() {
	"$root/test/corpus/objects.py" --corpus "$build/corpus" --k2 "$build/tools/k2" --run "$build/test/run" \
		--quick --compiler clang-22 --mcpu v2,v3 --debug yes
}

step "Packages" install_packages "${k2_packages[@]}" || finish
PATH=$PATH:/usr/sbin

step "Release build, warnings are errors" build "$build" -DCMAKE_BUILD_TYPE=Release || finish
echo "== Unit tests"
run_ctest "$build" unit
echo "== Kernel tests"
run_kernel_tests
echo "== lit tests"
run_lit
if [ $asan = true ] && step "Build with ASan and UBSan" build "$build-asan" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	-DK2_SANITIZE=ON -DK2_PLUGIN=OFF; then
	echo "== Unit tests with ASan and UBSan"
	run_ctest "$build-asan" unit
fi
if [ "$corpus" = true ]; then
	step "A dozen kernel samples, with and without K2" run_corpus &&
		step "The same as finished objects" run_objects
fi
finish
