// SPDX-License-Identifier: BSD-2-Clause
/* A program in a machine: its functions, what their symbols stand for, and the run. */
#include "run_impl.h"
#include <k2/progtype.h>
#include "helpers.h"
#include "isa.h"
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum k2_status runner_say(enum k2_status st, char *msg, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, size, fmt, ap);
	va_end(ap);
	return st;
}

/* ---- symbols ---- */

/* The number that a CO-RE symbol had at compile time: "llvm.TYPE:KIND:NUMBER$ACCESS". */
static uint64_t core_number(const char *name)
{
	const char *end = strchr(name, '$');

	while (end && end > name && end[-1] != ':')
		end--;
	return end ? strtoull(end, NULL, 10) : 0;
}

/* What is elsewhere (other objects, the kernel) is bound to NOWHERE: the run stops where it is used. */
#define NOWHERE UINT32_MAX

static struct k2_bind bind_symbol(const struct k2_symbol *s, const struct k2_object_sym *ref)
{
	switch (s->kind) {
	case K2_SYM_CORE:
		return (struct k2_bind){ .kind = K2_BIND_NUMBER, .value = core_number(s->name) };
	case K2_SYM_KFUNC: /* of an address: there is no such function; the call is not modelled anyway */
		return (struct k2_bind){ .kind = K2_BIND_NUMBER };
	case K2_SYM_FUNC:
		return (struct k2_bind){ .kind = K2_BIND_FUNC, .index = ref->func };
	case K2_SYM_MAP:
		return (struct k2_bind){ .kind = K2_BIND_MAP, .index = ref->map };
	case K2_SYM_DATA:
	case K2_SYM_OTHER:
		break;
	}
	return (struct k2_bind){ .kind = K2_BIND_DATA, .index = ref->map, .value = ref->offset };
}

static bool bind_function(struct k2_runner *r, uint32_t func)
{
	const struct k2_func_desc *d = k2_runner_func(r, func);
	struct k2_bind *binds = k2_arena_calloc(r->arena, d->n_syms, sizeof(*binds));
	uint32_t k;

	if (!binds && d->n_syms)
		return false;
	for (k = 0; k < d->n_syms; k++) {
		struct k2_object_sym ref = { NOWHERE, NOWHERE, 0 };

		if (r->object)
			ref = *k2_object_sym(r->object, func, k);
		else
			ref.map = r->map_of_symbol[k];
		binds[k] = bind_symbol(&d->syms[k], &ref);
	}
	r->code[func] = (struct k2_code){ .insns = d->insns, .n_insns = d->n_insns, .binds = binds, .n_binds = d->n_syms };
	return true;
}

/* ---- hooks ---- */

static void note_args(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11])
{
	struct k2_runner *r = user;

	(void)func;
	(void)insn;
	if (k2_isa_kind(i) == K2_KIND_CALL)
		memcpy(r->args, regs + 1, sizeof(r->args));
}

static void describe_call(const struct k2_runner *r, const struct k2_insn *i, struct k2_run_step *s)
{
	const struct k2_helper *h = k2_helper_get((int32_t)i->imm);
	unsigned int n;

	s->helper = h ? h->name : "unknown";
	s->args = r->args;
	for (n = 0; h && n < 5; n++)
		s->n_args = h->arg[n] != K2_ARG_NONE ? n + 1 : s->n_args;
	s->made_up = k2_machine_invented(r->machine);
}

/* Calls leave nothing in r1-r5. */
static int written(const struct k2_insn *i)
{
	uint16_t mask = k2_isa_writes(i);

	if (k2_isa_kind(i) == K2_KIND_CALL)
		return i->src == K2_PSEUDO_CALL ? -1 : 0;
	return mask ? __builtin_ctz(mask) : -1;
}

static void report(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11])
{
	const struct k2_runner *r = user;
	struct k2_run_step s = { .func = func, .insn = insn, .i = i, .regs = regs, .reg = written(i) };

	if (k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_CALL_HELPER)
		describe_call(r, i, &s);
	r->opt.step(r->opt.user, &s);
}

/* ---- making and running ---- */

static const struct k2_prog_type *type_of(const struct k2_func_desc *d)
{
	int32_t attach;
	const struct k2_prog_type *t = d->section ? k2_prog_type_by_id(k2_section_prog_type(d->section, &attach)) : NULL;

	return t || !d->arg_type ? t : k2_prog_type_by_context(d->arg_type);
}

static enum k2_status check_program(struct k2_runner *r, char *msg, size_t size)
{
	const struct k2_func_desc *d = k2_runner_func(r, r->func);
	const struct k2_object_func *info = r->object ? k2_object_func_info(r->object, r->func) : NULL;

	if (!d)
		return runner_say(K2_EINVAL, msg, size, "no such function");
	if (d->is_subprog)
		return runner_say(K2_EINVAL, msg, size, "%s is called by other functions: not a program", d->name);
	if (info && info->status)
		return runner_say(info->status, msg, size, "%s: %s", d->name, info->message);
	r->type = type_of(d);
	if (!r->type)
		return runner_say(K2_EUNSUPPORTED, msg, size, "%s: section '%s' says no program type", d->name,
				  d->section ? d->section : "");
	if (r->type->id == BPF_PROG_TYPE_FLOW_DISSECTOR)
		return runner_say(K2_EUNSUPPORTED, msg, size, "%s: programs of type %s are not modelled", d->name, r->type->name);
	return K2_OK;
}

static enum k2_status build(struct k2_runner *r, char *msg, size_t size)
{
	struct k2_machine_opts o = { .seed = r->opt.seed, .limit = r->opt.limit, .user = r };
	enum k2_status st = check_program(r, msg, size);
	uint32_t k;

	if (st)
		return st;
	o.big_endian = k2_runner_func(r, r->func)->big_endian;
	if (r->opt.step) {
		o.trace = note_args;
		o.after = report;
	}
	r->code = k2_arena_calloc(r->arena, r->n_code, sizeof(*r->code));
	r->machine = r->code ? k2_machine_new(r->arena, r->code, r->n_code, &o) : NULL;
	if (!r->machine)
		return K2_ENOMEM;
	st = runner_add_maps(r);
	for (k = 0; k < r->n_code && !st; k++)
		st = bind_function(r, k) ? K2_OK : K2_ENOMEM;
	return st;
}

enum k2_status runner_make(const struct k2_runner *like, const struct k2_run_options *opt, uint64_t fail_after,
			   struct k2_runner **out, char *msg, size_t size)
{
	struct k2_arena *a = k2_arena_new(fail_after);
	struct k2_runner *r = a ? k2_arena_alloc(a, sizeof(*r)) : NULL;
	enum k2_status st = K2_ENOMEM;

	*out = NULL;
	if (size)
		msg[0] = 0;
	if (r) {
		*r = *like;
		r->arena = a;
		memcpy(&r->opt, opt, K2_MIN(opt->size, sizeof(r->opt)));
		st = build(r, msg, size);
	}
	if (st == K2_ENOMEM && size && !msg[0])
		runner_say(st, msg, size, "%s", k2_status_str(st));
	if (st)
		k2_arena_free(a);
	else
		*out = r;
	return st;
}

enum k2_status k2_runner_new(const struct k2_object *o, uint32_t func, const struct k2_run_options *opt, struct k2_runner **out,
			     char *msg, size_t msg_size)
{
	const struct k2_runner like = { .object = o, .func = func, .n_code = k2_object_n_funcs(o) };

	return runner_make(&like, opt, 0, out, msg, msg_size);
}

enum k2_status k2_runner_new_func(const struct k2_func_desc *d, const struct k2_run_options *opt, struct k2_runner **out,
				  char *msg, size_t msg_size)
{
	const struct k2_runner like = { .one = d, .n_code = 1 };

	return runner_make(&like, opt, 0, out, msg, msg_size);
}

void k2_runner_free(struct k2_runner *r)
{
	if (r)
		k2_arena_free(r->arena);
}

/* Why an instruction with a symbol cannot go on; NULL: not because of the symbol. */
static const char *missing(const struct k2_runner *r, const struct k2_bind *b)
{
	const struct k2_object_func *info;

	if (b->kind == K2_BIND_NUMBER)
		return NULL;
	if (b->index == NOWHERE)
		return "not in this object";
	info = b->kind == K2_BIND_FUNC && r->object ? k2_object_func_info(r->object, b->index) : NULL;
	return info && info->status ? info->message : NULL;
}

/* A function that could not be read has no instructions. run->insn is then still the call. */
static void explain(const struct k2_runner *r, struct k2_run *run)
{
	const struct k2_func_desc *d = k2_runner_func(r, run->func);
	const struct k2_insn *i = &d->insns[run->insn];
	const char *why = i->sym && run->status == K2_RUN_FAULT ? missing(r, &r->code[run->func].binds[i->sym - 1]) : NULL;

	if (!why)
		return;
	run->status = K2_RUN_UNSUPPORTED;
	snprintf(run->why, sizeof(run->why), "%s: %s", d->syms[i->sym - 1].name, why);
}

enum k2_status k2_runner_run(struct k2_runner *r, struct k2_run *out)
{
	enum k2_status st;

	memset(out, 0, sizeof(*out));
	if (!r->has_input)
		return K2_EINVAL;
	st = runner_snapshot(r);
	if (st)
		return st;
	k2_machine_run(r->machine, r->func, out);
	explain(r, out);
	return k2_arena_failed(r->arena) ? K2_ENOMEM : K2_OK;
}

const struct k2_func_desc *k2_runner_func(const struct k2_runner *r, uint32_t func)
{
	if (r->object)
		return k2_object_func(r->object, func);
	return func ? NULL : r->one;
}

const void *k2_runner_packet(const struct k2_runner *r, uint32_t *len)
{
	uint32_t meta;

	return k2_machine_packet(r->machine, len, &meta);
}

const void *k2_runner_ctx(const struct k2_runner *r, uint32_t *len)
{
	return k2_machine_ctx(r->machine, len);
}

bool k2_runner_event(const struct k2_runner *r, uint32_t n, uint32_t *map, const void **data, uint32_t *len)
{
	return k2_machine_event(r->machine, n, map, data, len);
}
