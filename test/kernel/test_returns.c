// SPDX-License-Identifier: BSD-2-Clause
/* What the running kernel makes of a program's result, against lib/func/progtypes.def: types with RET_ANY may return any number, also
   one above 32 bits; and whoever runs a program with RET32 gets 32 bits of it. Needs root. */
#include <linux/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>
#include "progtypes.h"

/* Returns `value`, whole. -1: not loaded. */
static int load(uint32_t type, uint64_t value)
{
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .imm = (int32_t)(uint32_t)value },
		{ .imm = (int32_t)(value >> 32) },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = sizeof(code) / sizeof(code[0]);
	attr.license = (uintptr_t) "GPL";
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static bool refuses_root(void)
{
	int fd = load(BPF_PROG_TYPE_XDP, 0);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EPERM;
}

static void test_any_number(void **state)
{
	unsigned int tried = 0;

	(void)state;
	if (refuses_root())
		skip();
	for (int32_t id = 1; k2_prog_type_by_id(id); id++) {
		const struct k2_prog_type *t = k2_prog_type_by_id(id);
		int fd = load((uint32_t)id, 0);

		if (fd < 0 || !(t->flags & K2_PT_RET_ANY)) { /* not in this kernel, or only with an attach point */
			if (fd >= 0)
				close(fd);
			continue;
		}
		close(fd);
		fd = load((uint32_t)id, 0x1234567800000005);
		if (fd < 0)
			fail_msg("%s: may not return any number", t->name);
		close(fd);
		tried++;
	}
	assert_true(tried >= 10);
}

static void test_32_bits(void **state)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP };
	uint8_t packet[64] = { 0 };

	(void)state;
	if (refuses_root())
		skip();
	for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
		int fd = load(types[k], 0x1234567800000002);
		union bpf_attr attr;

		assert_true(fd >= 0);
		memset(&attr, 0, sizeof(attr));
		attr.test.prog_fd = (uint32_t)fd;
		attr.test.data_in = (uintptr_t)packet;
		attr.test.data_size_in = sizeof(packet);
		assert_int_equal(syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)), 0);
		assert_int_equal(attr.test.retval, 2);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_number),
		cmocka_unit_test(test_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
