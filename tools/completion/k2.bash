# SPDX-License-Identifier: BSD-2-Clause
# Completion for k2 in bash (in zsh after: autoload -U bashcompinit && bashcompinit).

# Words that may follow an option of a command; nothing: a file.
_k2_values()
{
	case $1:$2 in
	*:--color) echo always never auto ;;
	opt:--level | mine:--level) echo 0 1 2 3 ;;
	opt:--objective) echo default size latency verifier ;;
	opt:--mcpu) echo v1 v2 v3 v4 ;;
	opt:--disable | mine:--disable) k2 opt --list 2>/dev/null | while read -r name _; do echo "$name"; done ;;
	*:-t | *:--type)
		echo socket_filter kprobe sched_cls sched_act tracepoint xdp perf_event cgroup_skb cgroup_sock lwt_in lwt_out lwt_xmit \
			sock_ops sk_skb cgroup_device sk_msg raw_tracepoint cgroup_sock_addr lirc_mode2 sk_reuseport flow_dissector \
			cgroup_sysctl cgroup_sockopt tracing struct_ops ext lsm sk_lookup syscall netfilter
		;;
	esac
}

# Options of a command that take a word of their own.
_k2_takes_value()
{
	case $1:$2 in
	*:--about | *:--section | *:-p | *:--prog) ;;
	diff:--context | diff:--width | diff:-t | diff:--type) ;;
	load:--build | load:--load | load:-t | load:--type) ;;
	mine:--disable | mine:--level | mine:--rules) ;;
	opt:--budget | opt:--cache | opt:--disable | opt:--first | opt:-j | opt:--jobs | opt:--last | opt:--level | opt:--mcpu) ;;
	opt:--objective | opt:-o | opt:--output | opt:--profile | opt:--report | opt:--rules) ;;
	rules:-f | rules:--rules) ;;
	run:--ctx | run:--limit | run:--map | run:--packet | run:--profile | run:--seed) ;;
	*) return 1 ;;
	esac
}

_k2_options()
{
	local raw="--about --raw --section"

	echo "--help -? --usage --version -V"
	case $1 in
	check) echo "--json --prog -p $raw" ;;
	diff) echo "--all -a --brief -b --color --context --full --kernel --no-source --prog -p --type -t --unified -u --width $raw" ;;
	load) echo "--build --json -j --load --prog -p --type -t" ;;
	mine) echo "--disable --level --quiet -q --rules" ;;
	opt)
		echo "--assume-no-volatile --budget --cache --check --disable --dump --first --in-place -i --jobs -j --kernel --last --level" \
			"--list --mcpu --no-freeze --objective --output -o --profile --prog -p --remarks -r --report --rules --stats -s --strict-align" \
			"--strip-debug $raw"
		;;
	rules) echo "--rules -f" ;;
	run) echo "--count --ctx --json --limit --map --packet --profile --prog -p --seed --trace $raw" ;;
	stat) echo "--csv --json --prog -p" ;;
	esac
}

_k2()
{
	local n=$COMP_CWORD command=${COMP_WORDS[1]} commands="check diff load mine opt rules run stat" option= values=
	local word=${COMP_WORDS[n]} before=${COMP_WORDS[n - 1]}

	COMPREPLY=()
	# "--option=word" comes as three words.
	if [[ $word == = ]]; then
		word= option=$before
	elif [[ $before == = ]]; then
		option=${COMP_WORDS[n - 2]}
	elif _k2_takes_value "$command" "$before"; then
		option=$before
	fi
	if ((n == 1)); then
		values="help $commands $(_k2_options)"
	elif [[ $command == help ]]; then
		values=$commands
	elif [[ $option ]]; then
		values=$(_k2_values "$command" "$option")
	elif [[ $word == -* ]]; then
		values=$(_k2_options "$command")
	fi
	if [[ $values ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames 2>/dev/null
	fi
}
complete -F _k2 k2
