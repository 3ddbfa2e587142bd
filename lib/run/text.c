// SPDX-License-Identifier: BSD-2-Clause
/* What the runner says in words: results, instructions, values. */
#include "run_impl.h"
#include "isa.h"
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>

enum { ALL_ARGS = 0x3e };

static const char *const xdp_names[] = { [XDP_ABORTED] = "XDP_ABORTED", [XDP_DROP] = "XDP_DROP", [XDP_PASS] = "XDP_PASS",
					 [XDP_TX] = "XDP_TX", [XDP_REDIRECT] = "XDP_REDIRECT" };
static const char *const tc_names[] = { [TC_ACT_OK] = "TC_ACT_OK", [TC_ACT_RECLASSIFY] = "TC_ACT_RECLASSIFY",
					[TC_ACT_SHOT] = "TC_ACT_SHOT", [TC_ACT_PIPE] = "TC_ACT_PIPE",
					[TC_ACT_STOLEN] = "TC_ACT_STOLEN", [TC_ACT_QUEUED] = "TC_ACT_QUEUED",
					[TC_ACT_REPEAT] = "TC_ACT_REPEAT", [TC_ACT_REDIRECT] = "TC_ACT_REDIRECT",
					[TC_ACT_TRAP] = "TC_ACT_TRAP" };
static const char *const sk_names[] = { [SK_DROP] = "SK_DROP", [SK_PASS] = "SK_PASS" };

const char *k2_runner_result_name(const struct k2_runner *r, uint64_t r0)
{
	uint32_t v = (uint32_t)r0;

	switch (r->type->id) {
	case BPF_PROG_TYPE_XDP:
		return v < K2_ARRAY_SIZE(xdp_names) ? xdp_names[v] : NULL;
	case BPF_PROG_TYPE_SCHED_CLS: case BPF_PROG_TYPE_SCHED_ACT:
		return v == (uint32_t)TC_ACT_UNSPEC ? "TC_ACT_UNSPEC" : v < K2_ARRAY_SIZE(tc_names) ? tc_names[v] : NULL;
	case BPF_PROG_TYPE_SK_MSG: case BPF_PROG_TYPE_SK_REUSEPORT: case BPF_PROG_TYPE_SK_LOOKUP: case BPF_PROG_TYPE_SK_SKB:
		return v < K2_ARRAY_SIZE(sk_names) ? sk_names[v] : NULL;
	default: return NULL;
	}
}

void k2_runner_insn_text(const struct k2_runner *r, uint32_t func, uint32_t insn, char *text, size_t size)
{
	const struct k2_func_desc *d = k2_runner_func(r, func);

	struct k2_insn i;

	if (size)
		text[0] = 0;
	if (!d || insn >= d->n_insns)
		return;
	i = d->insns[insn];
	if (k2_isa_kind(&i) == K2_KIND_CALL)
		i.use = ALL_ARGS; /* which registers are arguments is nothing to print */
	k2_isa_print(text, size, &i, d->syms, d->n_syms);
}

void k2_runner_value_text(const struct k2_runner *r, uint64_t value, char *text, size_t size)
{
	struct k2_place p;
	const char *sign;
	long long off;

	if (!k2_machine_place(r->machine, value, &p)) {
		snprintf(text, size, "0x%llx", (unsigned long long)value);
		return;
	}
	sign = p.offset < 0 ? "-" : "+";
	off = p.offset < 0 ? -p.offset : p.offset;
	switch (p.kind) {
	case K2_PLACE_CTX: snprintf(text, size, "context %s %lld", sign, off); break;
	case K2_PLACE_PACKET: snprintf(text, size, "packet %s %lld", sign, off); break;
	case K2_PLACE_RECORD: snprintf(text, size, "record %s %lld", sign, off); break;
	case K2_PLACE_STACK:
		if (p.index)
			snprintf(text, size, "frame %u: r10 %s %lld", p.index, sign, off);
		else
			snprintf(text, size, "r10 %s %lld", sign, off);
		break;
	case K2_PLACE_MAP: snprintf(text, size, "map %s", p.index < r->n_maps ? r->maps[p.index].name : "?"); break;
	case K2_PLACE_FUNC:
		snprintf(text, size, "function %s", p.index < r->n_code ? k2_runner_func(r, p.index)->name : "?");
		break;
	case K2_PLACE_VALUE:
		if (r->maps[p.index].is_data)
			snprintf(text, size, "%s %s %lld", r->maps[p.index].name, sign, off);
		else
			snprintf(text, size, "value of %s %s %lld", r->maps[p.index].name, sign, off);
		break;
	}
}
