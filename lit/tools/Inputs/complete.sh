#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# complete.sh COMPLETION K2: what the completion offers for some lines.
. "$1"
k2=$2
cd "$(dirname "$0")" || exit 1
k2() { "$k2" "$@"; }
compopt() { :; }

offer()
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_k2
	echo "$*: $(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)"
}
offer k2 st
offer k2 help d
offer k2 diff --co
offer k2 diff --color = n
offer k2 diff --color =
offer k2 opt --level = ""
offer k2 opt --disable = st-
offer k2 load -t xd
offer k2 stat comp
