/* SPDX-License-Identifier: BSD-2-Clause */
/* A world for a function of a real program, from its text form: maps of its symbols' kinds with random elements, random
   packets and contexts, callees that answer anything their prototype allows. Include after absint_facts.h. */
#ifndef K2_TEST_ABSINT_FILES_H
#define K2_TEST_ABSINT_FILES_H

#include <errno.h>
#include <k2/text.h>
#include <linux/bpf.h>
#include <stdlib.h>

enum { FILE_PACKET = 256, FILE_STEPS = 20000, FILE_DATA = 4096 };

struct file_world {
	const struct k2_func_desc *d;
	struct run run;
	struct k2_bind *binds;
	uint32_t kernel; /* the map whose value is kernel memory: numbers, and pointers to itself */
	uint64_t rnd;
};

static unsigned int file_violations;
static uint64_t file_insns, file_seen; /* instructions of the functions looked at, and those that were executed */

static void scribble(struct file_world *w, uint64_t addr, uint64_t size)
{
	uint8_t *p = k2_machine_memory(w->run.place.m, addr, size, true);
	uint64_t k;

	for (k = 0; p && k < size; k++)
		p[k] = (uint8_t)k2_rand(&w->rnd);
}

static uint64_t some_number(struct file_world *w)
{
	static const uint64_t often[] = { 0, 0, 1, 2, 4, 6, 8, 17, (uint64_t)-1, (uint64_t)-14, 64 };
	uint64_t r = k2_rand(&w->rnd);

	return r % 3 ? often[(r >> 8) % K2_ARRAY_SIZE(often)] : r % 2 ? k2_rand(&w->rnd) : k2_rand(&w->rnd) & 0xffff;
}

static uint64_t kernel_pointer(struct file_world *w)
{
	return k2_rand(&w->rnd) % 4 ? REGION_BASE(R_VALUES + (uint64_t)w->kernel) + k2_rand(&w->rnd) % (FILE_DATA / 2) / 8 * 8 : 0;
}

static struct k2_map *map_argument(const struct k2_machine *m, const uint64_t regs[11])
{
	uint64_t off = regs[1] - REGION_BASE(R_MAP);

	return off / OBJECT_SPACING < m->n_maps ? &m->maps[off / OBJECT_SPACING] : NULL;
}

/* The address of an element, which is made if it is not there; more often than not. */
static uint64_t element(struct file_world *w, const struct k2_helper *h, const uint64_t regs[11])
{
	struct k2_machine *m = w->run.place.m;
	struct k2_map *p = map_argument(m, regs);
	uint8_t none[512] = { 0 }, *key = none, value[4096];
	uint64_t k;

	if (!p || (!p->array && !p->hash) || p->d.value_size > sizeof(value) || (h->ret != K2_RET_MAP_VALUE && k2_rand(&w->rnd) % 4 == 0))
		return 0;
	if (h->arg[1] == K2_ARG_MAP_KEY)
		key = k2_machine_memory(m, regs[2], p->d.key_size, false);
	for (k = 0; k < p->d.value_size; k++)
		value[k] = (uint8_t)(k2_rand(&w->rnd) % 2 ? k2_rand(&w->rnd) : 0);
	if (key && p->hash)
		k2_machine_map_update(m, (uint32_t)(p - m->maps), key, value, BPF_NOEXIST);
	return key ? machine_map_value_addr(m, (uint32_t)(p - m->maps), key) : 0;
}

/* What the callee may write of argument n; callees without a prototype, and callbacks: 8 bytes behind any stack pointer. */
static void write_argument(struct file_world *w, const struct k2_helper *h, unsigned int n, const uint64_t regs[11])
{
	uint64_t size = n < 4 ? (uint32_t)regs[n + 2] : 0, v = regs[n + 1];
	bool stack = region_of(v) >= R_STACK && region_of(v) < R_STACK + FRAMES;

	switch (h ? h->arg[n] : K2_ARG_STACK) {
	case K2_ARG_MEM_WRITE:
	case K2_ARG_MEM_WRITE_PART:
	case K2_ARG_MEM_RW:
		scribble(w, v, K2_MIN(size, 4096u));
		break;
	case K2_ARG_FIXED_RW:
		scribble(w, v, h->fixed_size[n]);
		break;
	case K2_ARG_DYNPTR:
		scribble(w, v, 16);
		break;
	case K2_ARG_STACK:
		if (stack && (uint32_t)v + 8 <= K2_STACK_SIZE)
			scribble(w, v, 8);
		break;
	default:
		break;
	}
}

/* The machine does what it can by itself; the rest answers something that the prototype allows. */
static bool answer(void *user, struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	const uint32_t beyond = K2_HELPER_CHANGES_PKT | K2_HELPER_WRITES_EXT | K2_HELPER_CALLS_BACK | K2_HELPER_DEREFS;
	struct run *r = user;
	struct file_world *w = (struct file_world *)((char *)r - offsetof(struct file_world, run));
	const struct k2_helper *h = i->src == K2_CALL_HELPER ? k2_helper_get((int32_t)i->imm) : NULL;
	unsigned int n;

	(void)m;
	if (h && (h->ret == K2_RET_MAP_VALUE || h->ret == K2_RET_MAP_VALUE_OR_NULL)) {
		regs[0] = element(w, h, regs);
		return regs[0] || h->ret != K2_RET_MAP_VALUE;
	}
	if (h && !(h->flags & beyond) && (h->ret == K2_RET_SCALAR || h->ret == K2_RET_VOID))
		return false;
	for (n = 0; n < 5; n++)
		if (k2_call_reads(i) >> (n + 1) & 1)
			write_argument(w, h, n, regs);
	regs[0] = h && (h->ret == K2_RET_SCALAR || h->ret == K2_RET_VOID) ? some_number(w) : kernel_pointer(w);
	if (h && (h->flags & K2_HELPER_TAIL_CALL))
		regs[0] = (uint64_t)-ENOENT; /* none there */
	return true;
}

/* Fields' offsets are what the relocation's name says, as when it is resolved; other relocated numbers are anything. */
static uint64_t core_value(struct file_world *w, const char *name)
{
	const char *p = strstr(name, ":0:");

	return p ? strtoul(p + 3, NULL, 10) : k2_rand(&w->rnd) % 64;
}

static void bind(struct file_world *w, struct k2_machine *m, uint32_t k)
{
	const struct k2_symbol *s = &w->d->syms[k];
	struct k2_map_desc map = { s->map_type, s->key_size, s->value_size, 4 };
	const struct k2_map_desc nothing = { BPF_MAP_TYPE_HASH, 4, 8, 4 }, data = { BPF_MAP_TYPE_ARRAY, 4, s->data_size ? s->data_size : FILE_DATA, 1 };
	uint32_t number = 0, key;
	uint8_t *v;
	size_t j;

	if (map.type != BPF_MAP_TYPE_ARRAY && map.type != BPF_MAP_TYPE_PERCPU_ARRAY) {
		map.type = BPF_MAP_TYPE_HASH; /* whatever it is, it has elements */
		map.key_size = map.key_size ? map.key_size : 4;
	}

	w->binds[k] = (struct k2_bind){ .kind = K2_BIND_NUMBER, .value = some_number(w) };
	switch (s->kind) {
	case K2_SYM_MAP:
	case K2_SYM_DATA:
		if (k2_machine_add_map(m, s->kind == K2_SYM_DATA ? &data : &map, &number) != K2_OK)
			k2_machine_add_map(m, &nothing, &number);
		w->binds[k] = (struct k2_bind){ .kind = s->kind == K2_SYM_DATA ? K2_BIND_DATA : K2_BIND_MAP, .index = number };
		for (key = 0; key < 4; key++) {
			v = k2_machine_map_lookup(m, number, &key);
			for (j = 0; v && m->maps[number].array && j < m->maps[number].d.value_size; j++)
				v[j] = (uint8_t)(k2_rand(&w->rnd) % 3 ? 0 : k2_rand(&w->rnd));
		}
		break;
	case K2_SYM_FUNC:
		w->binds[k] = (struct k2_bind){ .kind = K2_BIND_FUNC, .index = 1 };
		break;
	case K2_SYM_CORE:
		w->binds[k].value = core_value(w, s->name);
		break;
	default:
		break;
	}
}

/* Numbers, and pointers into kernel memory where the kernel has some: fields that are no numbers. */
static void random_memory(struct file_world *w, const struct k2_prog_type *t, uint8_t *p, uint32_t len)
{
	const struct k2_ctx_field *f;
	uint64_t v;
	uint32_t k;

	for (k = 0; k + 8 <= len; k += 8) {
		f = t ? k2_ctx_field(t, k, 8) : NULL;
		v = (t && !f) || (f && f->kind == K2_CTX_SCALAR) || k2_rand(&w->rnd) % 2 ? some_number(w) : kernel_pointer(w);
		memcpy(p + k, &v, 8);
	}
}

/* A packet that parsers like: IPv4 or IPv6, TCP, UDP or ICMP. */
static uint32_t random_packet(struct file_world *w, uint8_t *p)
{
	static const uint8_t protos[] = { 6, 17, 1, 58, 4, 41, 47 };
	uint32_t len = 34 + (uint32_t)(k2_rand(&w->rnd) % (FILE_PACKET - 34)), k;
	bool v6 = k2_rand(&w->rnd) % 3 == 0;

	for (k = 0; k < FILE_PACKET; k++)
		p[k] = (uint8_t)(k2_rand(&w->rnd) % 4 ? k2_rand(&w->rnd) : 0);
	if (k2_rand(&w->rnd) % 8) {
		p[12] = v6 ? 0x86 : 0x08;
		p[13] = v6 ? 0xdd : 0;
		p[14] = v6 ? 0x60 : 0x45;
		p[v6 ? 20 : 23] = protos[k2_rand(&w->rnd) % K2_ARRAY_SIZE(protos)];
	}
	return len;
}

static enum k2_machine_ctx context_kind(const struct k2_prog_type *t)
{
	if (t && t->ctx && !strcmp(t->ctx, "xdp_md"))
		return K2_CTX_XDP;
	return t && t->ctx && !strcmp(t->ctx, "__sk_buff") ? K2_CTX_SKB : K2_CTX_BYTES;
}

/* Contexts with packet pointers that the machine cannot make. */
static bool has_packet_pointers(const struct k2_prog_type *t)
{
	unsigned int k;

	for (k = 0; t && k < t->n_fields; k++)
		if (t->fields[k].kind == K2_CTX_PKT_DATA || t->fields[k].kind == K2_CTX_PKT_END)
			return true;
	return false;
}

static void file_run(struct k2_arena *a, struct file_world *w, struct facts *facts)
{
	static const struct k2_machine_opts base = { .limit = FILE_STEPS, .trace = look_at_state, .helper = answer };
	static const struct k2_map_desc memory = { BPF_MAP_TYPE_ARRAY, 4, FILE_DATA, 1 };
	static const uint32_t zero;
	struct k2_insn stub[2] = { k2_mk_alu_imm(64, K2_MOV, 0, (int32_t)some_number(w)), { .code = K2_JMP | K2_EXIT } };
	enum k2_machine_ctx kind = context_kind(facts->f->type);
	uint8_t packet[FILE_PACKET], ctx[512];
	struct k2_machine_opts opts = base;
	struct k2_machine *m;
	struct k2_run out;
	uint32_t k;

	w->binds = k2_arena_calloc(a, w->d->n_syms + 1, sizeof(*w->binds));
	struct k2_code code[2] = { { w->d->insns, w->d->n_insns, w->binds, w->d->n_syms }, { stub, 2, NULL, 0 } };

	opts.user = &w->run;
	opts.seed = k2_rand(&w->rnd);
	opts.big_endian = w->d->big_endian;
	m = k2_machine_new(a, code, 2, &opts);
	assert_non_null(m);
	for (k = 0; k < w->d->n_syms; k++)
		bind(w, m, k);
	assert_int_equal(k2_machine_add_map(m, &memory, &w->kernel), K2_OK);
	random_memory(w, NULL, k2_machine_map_lookup(m, w->kernel, &zero), FILE_DATA);
	random_memory(w, facts->f->type, ctx, sizeof(ctx));
	assert_int_equal(k2_machine_set_packet(m, packet, random_packet(w, packet)), K2_OK);
	k = kind == K2_CTX_XDP ? sizeof(struct xdp_md) : kind == K2_CTX_SKB ? sizeof(struct __sk_buff) : sizeof(ctx);
	assert_int_equal(k2_machine_set_ctx(m, kind, ctx, k), K2_OK);
	w->run.facts = facts;
	w->run.n_facts = 1;
	w->run.place = (struct place){ .m = m, .binds = w->binds, .n_binds = w->d->n_syms,
				       .kernel = R_VALUES + w->kernel };
	w->run.paths = true;
	w->run.fill = 0xa5;
	w->run.depth = 0;
	k2_machine_run(m, 0, &out);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *s = malloc(1 << 22);

	*len = f && s ? fread(s, 1, 1 << 22, f) : 0;
	if (f)
		fclose(f);
	return s;
}

static void file_violation(const struct k2_func_desc *d, const char *path, const struct run *r)
{
	char line[128];

	k2_isa_print(line, sizeof(line), &d->insns[r->insn], d->syms, d->n_syms);
	print_message("%s: before %u: %s: %s\n", path, r->insn, line, r->why);
	file_violations++;
}

/* Runs the function `n` times; the number of states compared. */
static uint64_t file_check(const char *path, unsigned long n, uint64_t seed_value)
{
	struct k2_arena *a = k2_arena_new(0), *each;
	struct k2_text *t = NULL;
	static struct file_world w;
	struct facts facts;
	uint64_t steps = 0;
	char msg[128];
	uint32_t k;
	size_t len;
	char *s = read_file(path, &len);

	w = (struct file_world){ .rnd = seed_value };
	if (k2_text_parse(s, len, &t, msg, sizeof(msg)) != K2_OK) {
		print_message("%s: %s\n", path, msg);
		file_violations++;
	} else if (w.d = k2_text_desc(t), !w.d->big_endian && facts_make(a, w.d, &facts) &&
		   (context_kind(facts.f->type) != K2_CTX_BYTES || !has_packet_pointers(facts.f->type))) {
		for (; n && !w.run.why[0]; n--) {
			each = k2_arena_new(0);
			file_run(each, &w, &facts);
			k2_arena_free(each);
		}
		steps = w.run.steps;
		for (k = 0; k < facts.n; k++)
			file_seen += facts.seen[k];
		file_insns += facts.n;
		if (w.run.why[0])
			file_violation(w.d, path, &w.run);
		k2_absint_free(facts.ai);
	}
	k2_text_free(t);
	k2_arena_free(a);
	free(s);
	return steps;
}

#endif
