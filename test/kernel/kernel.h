/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests that talk to bpf(2) share. Include after cmocka.h. */
#ifndef K2_TEST_KERNEL_H
#define K2_TEST_KERNEL_H

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "isa.h"

#define KERNEL_STATIC static __attribute__((unused))

static char verifier_log[1 << 16];

KERNEL_STATIC long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

KERNEL_STATIC void print(const struct k2_insn *insns, uint32_t from, uint32_t to)
{
	char line[128];
	uint32_t k;

	for (k = from; k < to; k++) {
		k2_isa_print(line, sizeof(line), &insns[k], NULL, 0);
		print_message("%4u: %s\n", k, line);
	}
}

KERNEL_STATIC int load_program(enum bpf_prog_type type, const uint8_t *bytes, size_t len, bool log)
{
	union bpf_attr attr = { .prog_type = type, .insns = (uintptr_t)bytes, .insn_cnt = (uint32_t)(len / 8),
				.license = (uintptr_t)"Dual BSD/GPL", .prog_flags = BPF_F_TEST_STATE_FREQ };

	if (log) {
		attr.log_buf = (uintptr_t)verifier_log;
		attr.log_size = sizeof(verifier_log);
		attr.log_level = 1;
	}
	verifier_log[0] = 0;
	return (int)bpf(BPF_PROG_LOAD, &attr);
}

KERNEL_STATIC struct k2_insn parse(const char *text)
{
	const char *why = NULL;
	struct k2_insn i;

	if (k2_isa_parse(text, &i, &why) != K2_OK)
		fail_msg("%s: %s", text, why);
	return i;
}

#endif
