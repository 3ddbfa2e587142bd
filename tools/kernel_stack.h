/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef K2_TOOLS_KERNEL_STACK_H
#define K2_TOOLS_KERNEL_STACK_H

#include <linux/bpf.h>
#include <stddef.h>

/* Bytes of stack that a program and what it calls take at most, as Cilium's records count them: the deepest sum along its calls and
   callbacks. `depths` is what the verifier says of its subprograms in their order ("144+280+120"), `insns` the program with them
   linked in. Where the verifier has removed subprograms as dead nobody knows which are left: the program's own stack. -1: out of memory. */
long long kernel_stack_depth(const struct bpf_insn *insns, size_t n, const char *depths);

#endif
