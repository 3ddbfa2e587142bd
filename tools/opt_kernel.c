// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt --kernel: the verifier of the running kernel has the last word (law 4). Each program in which something changed is loaded as it
   was and as it is now; where it was accepted and is refused, or processed instructions are more, rewrites are taken back.

   A program is its main function with all that it calls, so the guilty rewrite may be in any of these. They are taken as one list of
   rewrites, function by function and in the order of their numbers: with none of them the program is the old one, with all it is bad,
   so bisection finds a rewrite with which it becomes bad, in about log2(functions) + log2(rewrites) loads. That one is skipped from
   now on, and the program asked about again. What comes behind a skipped rewrite may be another list, so there is a limit, after which
   the function goes back as a whole. Functions are shared between programs: passes go on until nothing is taken back any more. */
#include "kernel_load.h"
#include "opt.h"
#include "progress.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SKIPS = 8, LARGE = 10000 /* instructions: each step of a bisection takes seconds */, NOT_THERE = -1 };

/* By function. */
struct state {
	uint32_t skip[SKIPS], n_skip; /* numbers of rewrites */
	uint32_t version;             /* counts changes of the function's result */
};

struct prog {
	uint32_t func;
	int number;             /* libbpf's; NOT_THERE: it has no such program */
	bool loads;             /* as it was */
	long long processed;    /* as it was */
	bool *reach;            /* by function: part of the program */
	uint64_t asked;         /* sum of the versions for which it is known to be good */
};

struct asking {
	struct opt_job *j;
	struct kernel_loader *loader;
	struct state *states;
	struct k2_result **now; /* by function: what is loaded next */
	struct prog *progs;
	uint32_t n_funcs, n_progs;
	bool failed;            /* said why */
};

static const char *name_of(const struct asking *a, uint32_t func)
{
	return k2_object_func(a->j->o, func)->name;
}

static bool fail(struct asking *a, const char *why)
{
	if (!a->failed)
		k2_opt_fail(a->j->in, "%s", why);
	a->failed = true;
	return false;
}

/* ---- programs ---- */

static void reach(const struct asking *a, struct prog *p, uint32_t func)
{
	const struct k2_func_desc *d = k2_object_func(a->j->o, func);

	if (p->reach[func])
		return;
	p->reach[func] = true;
	for (uint32_t s = 0; s < d->n_syms; s++) {
		uint32_t to = d->syms[s].kind == K2_SYM_FUNC ? k2_object_sym(a->j->o, func, s)->func : UINT32_MAX;

		if (to < a->n_funcs)
			reach(a, p, to);
	}
}

static bool is_changed(const struct asking *a, uint32_t func)
{
	return a->now[func] && a->now[func]->changed;
}

static uint32_t count_changed(const struct asking *a, const struct prog *p)
{
	uint32_t n = 0;

	for (uint32_t f = 0; f < a->n_funcs; f++)
		n += p->reach[f] && is_changed(a, f);
	return n;
}

static bool find_programs(struct asking *a)
{
	const struct opt_job *j = a->j;

	a->progs = calloc(a->n_funcs + 1u, sizeof(*a->progs));
	for (uint32_t f = 0; a->progs && f < a->n_funcs; f++) {
		struct prog *p = &a->progs[a->n_progs];

		if (!k2_object_func_info(j->o, f)->entry)
			continue;
		*p = (struct prog){ .func = f, .number = NOT_THERE, .reach = calloc(a->n_funcs, sizeof(*p->reach)) };
		if (!p->reach)
			return false;
		a->n_progs++;
		reach(a, p, f);
	}
	return a->progs;
}

/* ---- questions ---- */

/* The object with a->now in it. */
static bool build(struct asking *a, void **data, size_t *size)
{
	char msg[300];
	enum k2_status st = k2_opt_build(a->j, a->now, data, size, msg, sizeof(msg));

	return !st || fail(a, msg);
}

/* False: the object or the program could not even be opened. */
static bool load(struct asking *a, const struct prog *p, const void *data, size_t size, struct kernel_figures *f)
{
	const struct kernel_source s = { .path = a->j->in->path, .data = data, .size = size };
	struct bpf_program *prog;
	struct bpf_object *obj = kernel_open(&s, p->number, &prog);

	if (prog)
		kernel_load(a->loader, &s, p->number, obj, prog, f);
	bpf_object__close(obj);
	return prog;
}

/* Does the kernel like the program less than it was, with a->now? */
static bool is_bad(struct asking *a, const struct prog *p, struct kernel_figures *f)
{
	void *data = NULL;
	size_t size;
	bool bad;

	*f = (struct kernel_figures){ .reason = "libbpf cannot open the object" };
	if (!build(a, &data, &size))
		return false;
	bad = !load(a, p, data, size, f) || !f->loaded || f->processed > p->processed;
	free(data);
	return bad;
}

/* What is in libbpf's list of programs, and how they load as they were. */
static bool ask_before(struct asking *a, uint32_t *silent)
{
	struct opt_job *j = a->j;
	struct kernel_source s = { .path = j->in->path };
	struct bpf_program *prog = NULL;
	struct bpf_object *obj;
	char msg[300];
	void *data;

	if (k2_object_rewrite(j->o, NULL, 0, NULL, &data, &s.size, msg, sizeof(msg)))
		return fail(a, msg);
	s.data = data;
	obj = kernel_open(&s, 0, &prog);
	for (int n = 0; obj && n < (int)a->n_funcs; n++) {
		prog = bpf_object__next_program(obj, n ? prog : NULL);
		for (uint32_t k = 0; prog && k < a->n_progs; k++) {
			if (!strcmp(bpf_program__name(prog), name_of(a, a->progs[k].func)))
				a->progs[k].number = n;
		}
		if (!prog)
			break;
	}
	bpf_object__close(obj);
	for (uint32_t k = 0; k < a->n_progs; k++) {
		struct prog *p = &a->progs[k];
		struct kernel_figures f;

		if (!count_changed(a, p))
			continue;
		progress_at("program", k + 1, a->n_progs, name_of(a, p->func));
		p->loads = p->number != NOT_THERE && load(a, p, data, s.size, &f) && f.loaded;
		p->processed = p->loads ? f.processed : 0;
		*silent += !p->loads;
	}
	free(data);
	return true;
}

/* ---- the search ---- */

/* The function with its rewrites up to `last` (0: all), without those that are skipped. */
static struct k2_result *redo(struct asking *a, uint32_t func, uint32_t last)
{
	struct k2_options o = a->j->args->o;
	struct k2_result *r = NULL;

	o.skip = a->states[func].skip;
	o.n_skip = a->states[func].n_skip;
	if (last && (!o.last || last < o.last))
		o.last = last;
	if (k2_opt_function(a->j, func, &o, &r) == K2_ENOMEM)
		fail(a, k2_status_str(K2_ENOMEM));
	return r;
}

/* a->now: of the program's changed functions the first `n`, the others as they were. The n-th of them is returned. */
static uint32_t take_functions(struct asking *a, const struct prog *p, uint32_t n)
{
	uint32_t last = 0, seen = 0;

	for (uint32_t f = 0; f < a->n_funcs; f++) {
		struct k2_result *r = a->j->results[f];
		bool counts = p->reach[f] && r && r->changed;

		a->now[f] = counts && seen >= n ? NULL : r;
		if (counts && ++seen == n)
			last = f;
	}
	return last;
}

/* The first of the changed functions with which the program is bad; in a->now those behind it are as they were. */
static uint32_t find_function(struct asking *a, const struct prog *p, struct kernel_figures *f)
{
	uint32_t good = 0, bad = count_changed(a, p);

	while (bad - good > 1 && !a->failed) {
		uint32_t middle = good + (bad - good) / 2;
		struct kernel_figures g;

		take_functions(a, p, middle);
		if (is_bad(a, p, &g)) {
			bad = middle;
			*f = g;
		} else {
			good = middle;
		}
	}
	return take_functions(a, p, bad);
}

/* The number of the first rewrite of the function with which the program is bad. *with gets the function up to it, to be freed unless
   it is the function's own result. */
static uint32_t find_rewrite(struct asking *a, const struct prog *p, uint32_t func, struct kernel_figures *f, struct k2_result **with)
{
	uint32_t good = 0, bad = a->j->results[func]->stats.accepted;

	*with = a->j->results[func];
	while (bad - good > 1 && !a->failed) {
		uint32_t middle = good + (bad - good) / 2;
		struct k2_result *r = redo(a, func, middle);
		struct kernel_figures g;

		a->now[func] = r;
		if (!a->failed && is_bad(a, p, &g)) {
			bad = middle;
			*f = g;
			if (*with != a->j->results[func])
				k2_result_free(*with);
			*with = r;
		} else {
			good = middle;
			k2_result_free(r);
		}
	}
	a->now[func] = NULL;
	return bad;
}

/* ---- taking back ---- */

static const struct k2_remark *applied(const struct k2_result *r, uint32_t number)
{
	for (uint32_t k = 0; k < r->n_remarks; k++) {
		if (r->remarks[k].kind == K2_REMARK_APPLIED && r->remarks[k].number == number)
			return &r->remarks[k];
	}
	return NULL;
}

static void note(struct asking *a, const struct prog *p, uint32_t func, const struct k2_remark *what, const char *whole,
		 const struct kernel_figures *f)
{
	struct opt_job *j = a->j;
	struct opt_dropped d = { .func = func, .remark = { .kind = K2_REMARK_MISSED, .name = "kernel", .origin = what ? what->origin : -1,
							   .line = what ? what->line : 0 } };
	const char *name = what ? what->name : whole;
	char *text;
	int n;

	if (f->loaded)
		n = asprintf(&text, "%s: taken back, with it the kernel processes %lld instructions instead of %lld in program %s", name,
			     f->processed, p->processed, name_of(a, p->func));
	else
		n = asprintf(&text, "%s: taken back, with it the kernel refuses program %s: %s", name, name_of(a, p->func), f->reason);
	d.remark.text = text;
	if (n >= 0 && j->n_dropped == j->cap_dropped) {
		uint32_t cap = j->cap_dropped ? 2 * j->cap_dropped : 8;
		struct opt_dropped *more = realloc(j->dropped, cap * sizeof(*more));

		if (more) {
			j->dropped = more;
			j->cap_dropped = cap;
		}
	}
	if (n < 0 || j->n_dropped == j->cap_dropped) {
		fail(a, k2_status_str(K2_ENOMEM));
		return;
	}
	j->dropped[j->n_dropped++] = d;
}

static void set_result(struct asking *a, uint32_t func, struct k2_result *r)
{
	if (a->j->results[func] != r)
		k2_result_free(a->j->results[func]);
	a->j->results[func] = r;
	a->states[func].version++;
}

/* The function as it was; its remarks go with what they are about. */
static void take_back_function(struct asking *a, uint32_t func)
{
	struct k2_options o = a->j->args->o;
	struct k2_result *r = NULL;

	o.level = 0;
	if (k2_opt_function(a->j, func, &o, &r) || !r)
		fail(a, k2_status_str(K2_ENOMEM));
	set_result(a, func, r);
}

/* Takes back one rewrite of a bad program, or one function. At the latest when no function of it is changed it is good. */
static void take_back(struct asking *a, const struct prog *p, struct kernel_figures *f)
{
	uint32_t func = find_function(a, p, f), number;
	struct state *s = &a->states[func];
	struct k2_result *with;

	if (s->n_skip == (k2_object_func(a->j->o, func)->n_insns < LARGE ? SKIPS : 1)) {
		note(a, p, func, NULL, "all rewrites", f);
		take_back_function(a, func);
		return;
	}
	number = find_rewrite(a, p, func, f, &with);
	note(a, p, func, applied(with, number), "a rewrite", f);
	if (with != a->j->results[func])
		k2_result_free(with);
	s->skip[s->n_skip++] = number;
	set_result(a, func, redo(a, func, 0));
}

static uint64_t versions(const struct asking *a, const struct prog *p)
{
	uint64_t sum = 1;

	for (uint32_t f = 0; f < a->n_funcs; f++)
		sum += p->reach[f] ? a->states[f].version : 0;
	return sum;
}

/* False: there was nothing to take back. */
static bool settle(struct asking *a, struct prog *p)
{
	bool any = false;

	while (!a->failed) {
		struct kernel_figures f;

		memcpy(a->now, a->j->results, a->n_funcs * sizeof(*a->now));
		if (!p->loads || p->asked == versions(a, p) || !count_changed(a, p) || !is_bad(a, p, &f))
			break;
		take_back(a, p, &f);
		any = true;
	}
	p->asked = versions(a, p);
	return any;
}

static void settle_all(struct asking *a)
{
	for (bool again = true; again && !a->failed;) {
		again = false;
		for (uint32_t k = 0; k < a->n_progs; k++) {
			progress_at("program", k + 1, a->n_progs, name_of(a, a->progs[k].func));
			again |= settle(a, &a->progs[k]);
		}
	}
}

/* ---- */

/* The smallest program there is. */
static bool kernel_answers(struct asking *a)
{
	const struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT } };
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", insns, 2, NULL);
	char msg[200];

	if (fd >= 0) {
		close(fd);
		return true;
	}
	snprintf(msg, sizeof(msg), "--kernel: the kernel loads no programs: %s", strerror(errno));
	return fail(a, msg);
}

/* What cannot be written cannot be asked about, and is not changed anyway. */
static bool can_be_written(struct asking *a)
{
	void *data = NULL;
	size_t size;
	char msg[300];
	enum k2_status st = k2_opt_build(a->j, a->j->results, &data, &size, msg, sizeof(msg));

	free(data);
	return !st || (st != K2_EUNSUPPORTED && fail(a, msg));
}

static void say(const struct asking *a, uint32_t silent)
{
	const struct opt_job *j = a->j;

	progress_end();
	for (uint32_t k = 0; k < j->n_dropped; k++) {
		const struct opt_dropped *d = &j->dropped[k];

		fprintf(stderr, "k2: %s: note: function %s, line %u: %s\n", j->in->path, name_of(a, d->func), d->remark.line, d->remark.text);
	}
	if (silent)
		fprintf(stderr, "k2: %s: note: %u changed program%s not load as %s, so the kernel was not asked about %s\n", j->in->path,
			silent, silent == 1 ? " does" : "s do", silent == 1 ? "it was" : "they were", silent == 1 ? "it" : "them");
}

static void ask(struct asking *a)
{
	uint32_t silent = 0;

	if (!kernel_answers(a) || !can_be_written(a) || !ask_before(a, &silent))
		return;
	settle_all(a);
	if (!a->failed)
		say(a, silent);
}

bool k2_opt_ask_kernel(struct opt_job *j)
{
	struct asking a = { .j = j, .n_funcs = k2_object_n_funcs(j->o) };

	a.loader = kernel_loader_new();
	a.states = calloc(a.n_funcs + 1u, sizeof(*a.states));
	a.now = calloc(a.n_funcs + 1u, sizeof(struct k2_result *));
	if (!a.loader || !a.states || !a.now || !find_programs(&a)) {
		fail(&a, k2_status_str(K2_ENOMEM));
	} else {
		memcpy(a.now, j->results, a.n_funcs * sizeof(*a.now));
		ask(&a);
	}
	for (uint32_t k = 0; k < a.n_progs; k++)
		free(a.progs[k].reach);
	free(a.progs);
	free(a.states);
	free(a.now);
	kernel_loader_free(a.loader);
	return !a.failed;
}
