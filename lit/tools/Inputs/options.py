# SPDX-License-Identifier: BSD-2-Clause
# options.py K2 MANDIR COMPLETION: what each command's --help lists stands in its page and is offered by the completion, and nothing else;
# options that take a value are known to do so.
import re
import subprocess
import sys

k2, mandir, completion = sys.argv[1:]


def run(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, check=True, text=True).stdout


def of_help(*command):
    """{option: takes a value}, and what is listed as a command."""
    options = {}
    for line in run(k2, *command, "--help").splitlines():
        m = re.match(r" {2,6}(?:(-.), )?(?: {4})?(--[a-z-]+)(\[?=\S+)?", line) if line.startswith("  ") else None
        if m:
            takes = bool(m[3]) and not m[3].startswith("[")
            options.update({o: takes for o in (m[1], m[2]) if o})
    return options


def of_page(name):
    options = set()
    with open(f"{mandir}/{name}.1", encoding="utf-8") as f:
        for line in f:
            if line.startswith(".It Fl"):
                for word in re.findall(r"Fl (\S+)", line):
                    options.add("-" + word.replace("\\&", ""))
    return options


def of_bash(script):
    return set(run("bash", "-c", f". {completion}; {script}").split())


def compare(what, a, b):
    for option in sorted(a ^ b):
        print(f"{what}: {option} is only in {'--help' if option in a else 'the other'}")
    return a == b


commands = re.findall(r"^  ([a-z]+) ", run(k2, "--help").split("Commands:")[1], re.M)
good = compare("commands in the completion", {*commands, "help", *of_help()}, of_bash('COMP_WORDS=(k2 ""); COMP_CWORD=1; _k2; echo "${COMPREPLY[@]}"'))
good &= compare("k2.1", set(of_help()), of_page("k2"))
for command in commands:
    options = of_help(command)
    assert len(options) > 5, (command, options)
    good &= compare(f"k2-{command}.1", set(options), of_page("k2-" + command))
    good &= compare(f"completion of k2 {command}", set(options),
                    of_bash(f'COMP_WORDS=(k2 {command} -); COMP_CWORD=2; _k2; echo "${{COMPREPLY[@]}}"'))
    for option, takes in options.items():
        if option.startswith("--"):
            known = bool(of_bash(f"_k2_takes_value {command} {option} && echo yes || true"))
            if known != takes:
                print(f"completion of k2 {command}: {option} takes {'a' if takes else 'no'} value")
                good = False
print("good" if good else "bad")
