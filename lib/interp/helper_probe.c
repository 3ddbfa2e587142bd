// SPDX-License-Identifier: BSD-2-Clause
/* Helpers of the machine that read at any address, and strings (kernel/trace/bpf_trace.c). The machine's own memory can be
   read; user space and the rest of the kernel are not there: the buffer is cleared and the result is what it is at a bad
   address. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "machine_impl.h"

static uint64_t error(int e)
{
	return (uint64_t)-(int64_t)e;
}

/* copy_from_kernel_nofault_allowed: addresses of user space and those that cannot be. */
static uint64_t bad_address(uint64_t addr, bool kernel)
{
	return error(kernel && addr >> 48 != 0xffff ? ERANGE : EFAULT);
}

/* (buffer, size, address) */
static bool probe(struct k2_machine *m, uint64_t regs[11], bool kernel)
{
	uint32_t size = (uint32_t)regs[2];
	uint8_t *to = size ? k2_machine_memory(m, regs[1], size, true) : NULL;
	const uint8_t *from = to && kernel ? machine_peek(m, regs[3], size) : NULL;

	regs[0] = 0;
	if (from) {
		memmove(to, from, size);
	} else if (to) {
		memset(to, 0, size);
		regs[0] = bad_address(regs[3], kernel);
	}
	return to || !size;
}

static bool probe_str(struct k2_machine *m, uint64_t regs[11], bool kernel)
{
	uint32_t size = (uint32_t)regs[2], n;
	uint8_t *to = size ? k2_machine_memory(m, regs[1], size, true) : NULL;
	const uint8_t *from;

	regs[0] = 0;
	if (!to)
		return !size;
	regs[0] = bad_address(regs[3], kernel);
	for (n = 0; n < size; n++) {
		from = kernel ? machine_peek(m, regs[3] + n, 1) : NULL;
		if (!from) {
			memset(to, 0, size);
			return true;
		}
		to[n] = n + 1 < size ? *from : 0;
		if (!to[n])
			break;
	}
	regs[0] = n + 1;
	return true;
}

static bool probe_kernel(struct k2_machine *m, uint64_t regs[11])
{
	return probe(m, regs, true);
}

static bool probe_kernel_str(struct k2_machine *m, uint64_t regs[11])
{
	return probe_str(m, regs, true);
}

static bool probe_user(struct k2_machine *m, uint64_t regs[11])
{
	return probe(m, regs, false);
}

static bool probe_user_str(struct k2_machine *m, uint64_t regs[11])
{
	return probe_str(m, regs, false);
}

/* The text goes nowhere. What comes back is the length of the format, not of the text. */
static bool trace_printk(struct k2_machine *m, uint64_t regs[11])
{
	uint32_t size = (uint32_t)regs[2];
	const char *format = k2_machine_memory(m, regs[1], size, false);

	if (!format)
		return false;
	regs[0] = size && !format[size - 1] ? strlen(format) : error(EINVAL);
	m->invented = true;
	return true;
}

/* (string, size, constant string): bytes up to a difference or a NUL (strncmp of lib/string.c). */
static bool compare(struct k2_machine *m, uint64_t regs[11])
{
	uint32_t size = (uint32_t)regs[2], k;
	const uint8_t *a = k2_machine_memory(m, regs[1], size, false), *b = NULL;

	regs[0] = 0;
	for (k = 0; a && k < size; k++) {
		b = k2_machine_memory(m, regs[3] + k, 1, false);
		if (!b || *b != a[k] || !a[k])
			break;
	}
	if (b && k < size && a[k] != *b)
		regs[0] = a[k] < *b ? (uint64_t)-1 : 1;
	return a && (b || !size);
}

machine_helper_fn machine_probe_helper(int32_t id)
{
	switch (id) {
	case BPF_FUNC_probe_read:
	case BPF_FUNC_probe_read_kernel: return probe_kernel;
	case BPF_FUNC_probe_read_str:
	case BPF_FUNC_probe_read_kernel_str: return probe_kernel_str;
	case BPF_FUNC_probe_read_user: return probe_user;
	case BPF_FUNC_probe_read_user_str: return probe_user_str;
	case BPF_FUNC_strncmp: return compare;
	case BPF_FUNC_trace_printk:
	case BPF_FUNC_trace_vprintk: return trace_printk;
	default: return NULL;
	}
}
