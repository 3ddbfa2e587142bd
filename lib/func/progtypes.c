// SPDX-License-Identifier: BSD-2-Clause
/* Lookups in the tables of program types, sections and context fields. The facts are in progtypes.def. */
#include "progtypes.h"
#include <k2/progtype.h>
#include <linux/bpf.h>
#include <string.h>
#include "util.h"

/* Tokens of the .def file. */
enum {
	LOAD = K2_CTX_LOAD,
	STORE = K2_CTX_STORE,
	NARROW = K2_CTX_NARROW,
	TELLS = K2_CTX_TELLS,
	WIDE = K2_CTX_WIDE,
	NARROW_STORE = K2_CTX_NARROW_STORE,
	CTX_PLAIN = K2_PT_CTX_PLAIN,
	PKT_READ = K2_PT_PKT_READ,
	PKT_WRITE = K2_PT_PKT_WRITE,
	LD_ABS = K2_PT_LD_ABS,
	RET32 = K2_PT_RET32,
	RET_ANY = K2_PT_RET_ANY,
};

/* Who may use a field of __sk_buff. */
enum {
	FILTER = 1,
	CGROUP = 2,
	LWT = 4,
	TC = 8,
	SK_SKB = 16,
	DISSECT = 32,
	NOBODY = 0,
	SKBS = FILTER | CGROUP | LWT | TC | SK_SKB,
};

#define FIELD(nm, o, sz, el, kd, fl)                                                                         \
	{ .name = #nm, .off = (o), .size = (sz), .elem = (el), .flags = (fl), .kind = K2_CTX_##kd },
/* Flags of an __sk_buff field for the types in `who`. */
#define SKB_FLAGS(who, access, loads, stores)                                                                \
	(((loads) & (who) ? LOAD | ((access) & (NARROW | WIDE | TELLS)) : 0) |                                      \
	 ((stores) & (who) ? STORE | ((access) & NARROW_STORE) : 0))

#define K2_CTX_SKB(nm, o, sz, el, kd, ac, ld, st) FIELD(nm, o, sz, el, kd, SKB_FLAGS(FILTER, ac, ld, st))
static const struct k2_ctx_field skb_filter[] = {
#include "progtypes.def"
};
#define K2_CTX_SKB(nm, o, sz, el, kd, ac, ld, st) FIELD(nm, o, sz, el, kd, SKB_FLAGS(CGROUP, ac, ld, st))
static const struct k2_ctx_field skb_cgroup[] = {
#include "progtypes.def"
};
#define K2_CTX_SKB(nm, o, sz, el, kd, ac, ld, st) FIELD(nm, o, sz, el, kd, SKB_FLAGS(LWT, ac, ld, st))
static const struct k2_ctx_field skb_lwt[] = {
#include "progtypes.def"
};
#define K2_CTX_SKB(nm, o, sz, el, kd, ac, ld, st) FIELD(nm, o, sz, el, kd, SKB_FLAGS(TC, ac, ld, st))
static const struct k2_ctx_field skb_tc[] = {
#include "progtypes.def"
};
#define K2_CTX_SKB(nm, o, sz, el, kd, ac, ld, st) FIELD(nm, o, sz, el, kd, SKB_FLAGS(SK_SKB, ac, ld, st))
static const struct k2_ctx_field skb_sk_skb[] = {
#include "progtypes.def"
};
#define K2_CTX_SKB(nm, o, sz, el, kd, ac, ld, st) FIELD(nm, o, sz, el, kd, SKB_FLAGS(DISSECT, ac, ld, st))
static const struct k2_ctx_field skb_dissect[] = {
#include "progtypes.def"
};
#define K2_CTX_XDP FIELD
static const struct k2_ctx_field xdp[] = {
#include "progtypes.def"
};
#define K2_CTX_SOCK FIELD
static const struct k2_ctx_field sock[] = {
#include "progtypes.def"
};
#define K2_CTX_SOCK_ADDR FIELD
static const struct k2_ctx_field sock_addr[] = {
#include "progtypes.def"
};
#define K2_CTX_SOCK_OPS FIELD
static const struct k2_ctx_field sock_ops[] = {
#include "progtypes.def"
};
#define K2_CTX_SK_MSG FIELD
static const struct k2_ctx_field sk_msg[] = {
#include "progtypes.def"
};
#define K2_CTX_REUSEPORT FIELD
static const struct k2_ctx_field reuseport[] = {
#include "progtypes.def"
};
#define K2_CTX_SK_LOOKUP FIELD
static const struct k2_ctx_field sk_lookup[] = {
#include "progtypes.def"
};
#define K2_CTX_SOCKOPT FIELD
static const struct k2_ctx_field sockopt[] = {
#include "progtypes.def"
};
#define K2_CTX_SYSCTL FIELD
static const struct k2_ctx_field sysctl[] = {
#include "progtypes.def"
};
#define K2_CTX_CGROUP_DEV FIELD
static const struct k2_ctx_field cgroup_dev[] = {
#include "progtypes.def"
};
#define K2_CTX_LIRC FIELD
static const struct k2_ctx_field lirc[] = {
#include "progtypes.def"
};
#define K2_CTX_NETFILTER FIELD
static const struct k2_ctx_field netfilter[] = {
#include "progtypes.def"
};
#define K2_CTX_PT_REGS FIELD
static const struct k2_ctx_field pt_regs[] = {
#include "progtypes.def"
};
#define K2_CTX_TRACEPOINT FIELD
static const struct k2_ctx_field tracepoint[] = {
#include "progtypes.def"
};
#define K2_CTX_PERF_EVENT FIELD
static const struct k2_ctx_field perf_event[] = {
#include "progtypes.def"
};
#define K2_CTX_RAW_TP FIELD
static const struct k2_ctx_field raw_tp[] = {
#include "progtypes.def"
};
#define K2_CTX_RAW_TP_WRITABLE FIELD
static const struct k2_ctx_field raw_tp_writable[] = {
#include "progtypes.def"
};
#define K2_CTX_SYSCALL FIELD
static const struct k2_ctx_field syscall[] = {
#include "progtypes.def"
};
#define K2_CTX_BTF FIELD
static const struct k2_ctx_field btf[] = {
#include "progtypes.def"
};

/* In the order of their ids, from 1. */
#define K2_PROG_TYPE(n, nm, table, type, size, ld, st, fl)                                                   \
	{ .id = (n), .name = #nm, .ctx = (type), .ctx_size = (size), .load_sizes = (ld), .store_sizes = (st),  \
	  .n_fields = K2_ARRAY_SIZE(table), .flags = (fl), .fields = (table) },
static const struct k2_prog_type types[] = {
#include "progtypes.def"
};

#define K2_PROG_TYPE(n, nm, ...) TYPE_##nm = (n),
enum {
#include "progtypes.def"
};

enum rule { PATH, DIGITS, PREFIX, GUESS };

struct section {
	const char *name;
	int32_t type;
	enum rule rule;
};

#define K2_SECTION(nm, ty, ru) { (nm), TYPE_##ty, (ru) },
static const struct section sections[] = {
#include "progtypes.def"
};

const struct k2_prog_type *k2_prog_type_by_id(int32_t id)
{
	return id >= 1 && (size_t)id <= K2_ARRAY_SIZE(types) ? &types[id - 1] : NULL;
}

const struct k2_prog_type *k2_prog_type_by_context(const char *name)
{
	const struct k2_prog_type *best = NULL;

	for (size_t k = 0; name && k < K2_ARRAY_SIZE(types); k++) {
		const struct k2_prog_type *t = &types[k];

		if (t->ctx && !strcmp(t->ctx, name) && (!best || (t->flags & ~best->flags & K2_PT_PKT_WRITE)))
			best = t;
	}
	return best;
}

static uint32_t flags_of_context(const char *name)
{
	uint32_t all = K2_PT_RET32 | K2_PT_RET_ANY;
	bool any = false;

	for (size_t k = 0; name && k < K2_ARRAY_SIZE(types); k++) {
		if (!types[k].ctx || strcmp(types[k].ctx, name))
			continue;
		all &= types[k].flags;
		any = true;
	}
	return any ? all : 0;
}

/* libbpf marks programs that are not loaded unless asked for with '?'. */
static const char *skip_optional(const char *sec)
{
	return sec && *sec == '?' ? sec + 1 : sec;
}

static bool matches(const struct section *s, const char *sec, size_t len)
{
	char next;

	if (strncmp(sec, s->name, len) != 0)
		return false;
	if (s->rule == GUESS)
		return true;
	next = sec[len];
	return next == '\0' || next == '/' || (s->rule >= DIGITS && next >= '0' && next <= '9') ||
	       (s->rule == PREFIX && next == '_');
}

static const struct section *best_section(const char *sec)
{
	const struct section *best = NULL;
	size_t best_len = 0, i;

	sec = skip_optional(sec);
	for (i = 0; sec && i < K2_ARRAY_SIZE(sections); i++) {
		size_t len = strlen(sections[i].name);

		if (len > best_len && matches(&sections[i], sec, len)) {
			best = &sections[i];
			best_len = len;
		}
	}
	return best;
}

const struct k2_prog_type *k2_prog_type_by_section(const char *sec)
{
	const struct section *s = best_section(sec);

	return s && s->rule != GUESS ? k2_prog_type_by_id(s->type) : NULL;
}

int32_t k2_section_prog_type(const char *section, int32_t *attach)
{
	const struct section *s = best_section(section);

	*attach = 0;
	switch (s ? s->type : 0) {
	case TYPE_CGROUP_SOCK: *attach = BPF_CGROUP_INET_SOCK_CREATE; break;
	case TYPE_CGROUP_DEVICE: *attach = BPF_CGROUP_DEVICE; break;
	case TYPE_SOCK_OPS: *attach = BPF_CGROUP_SOCK_OPS; break;
	case TYPE_SK_MSG: *attach = BPF_SK_MSG_VERDICT; break;
	case TYPE_FLOW_DISSECTOR: *attach = BPF_FLOW_DISSECTOR; break;
	default: break;
	}
	return s ? s->type : 0;
}

bool k2_section_sleepable(const char *sec)
{
	size_t len;

	sec = skip_optional(sec);
	if (!sec)
		return false;
	len = strcspn(sec, "/");
	return (len > 2 && sec[len - 2] == '.' && sec[len - 1] == 's') || (len == 7 && !strncmp(sec, "syscall", len));
}

const struct k2_ctx_field *k2_ctx_field(const struct k2_prog_type *pt, int64_t off, unsigned int size)
{
	uint16_t i;

	for (i = 0; pt && i < pt->n_fields; i++) {
		const struct k2_ctx_field *f = &pt->fields[i];

		if (off >= f->off && off < f->off + f->size && size <= f->off + f->size - off)
			return f;
	}
	return NULL;
}

uint32_t k2_prog_return_flags(const char *sec, const char *context)
{
	const struct k2_prog_type *t = sec ? k2_prog_type_by_section(sec) : NULL;
	uint32_t flags = t ? t->flags : flags_of_context(context);

	/* Session programs are asked for 0 or 1 (check_return_code), and only the section says that they are. */
	if (!t || strstr(sec, ".session"))
		flags &= ~(uint32_t)(t || (context && !strcmp(context, "pt_regs")) ? K2_PT_RET_ANY : 0);
	return flags & (K2_PT_RET32 | K2_PT_RET_ANY);
}

bool k2_ctx_load_tells(const struct k2_prog_type *pt, int64_t off, unsigned int size)
{
	enum { SCHED_CLS = 3 };
	const struct k2_ctx_field *field = k2_ctx_field(pt ? pt : k2_prog_type_by_id(SCHED_CLS), off, size);

	return field && field->off == off && (field->flags & K2_CTX_TELLS);
}
