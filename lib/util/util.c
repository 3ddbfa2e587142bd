// SPDX-License-Identifier: BSD-2-Clause
/* Arena, growing arrays, status texts. */
#include "util.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 1 << 16, ALIGN = 16 };

struct chunk {
	struct chunk *prev;
	size_t used, size; /* bytes of data[] */
	size_t pad;
	_Alignas(ALIGN) unsigned char data[];
};

struct k2_arena {
	struct chunk *top;
	uint64_t count, fail_after;
	bool failed;
};

struct k2_arena *k2_arena_new(uint64_t fail_after)
{
	struct k2_arena *a = calloc(1, sizeof(*a));

	if (a)
		a->fail_after = fail_after;
	return a;
}

struct k2_arena *k2_arena_like(const struct k2_arena *a)
{
	return k2_arena_new(a->fail_after);
}

static void pop_chunk(struct k2_arena *a)
{
	struct chunk *c = a->top;

	a->top = c->prev;
	free(c);
}

void k2_arena_free(struct k2_arena *a)
{
	if (!a)
		return;
	while (a->top)
		pop_chunk(a);
	free(a);
}

static bool push_chunk(struct k2_arena *a, size_t need)
{
	size_t size = K2_MAX(need, (size_t)CHUNK_SIZE);
	struct chunk *c = malloc(sizeof(*c) + size);

	if (!c)
		return false;
	c->prev = a->top;
	c->used = 0;
	c->size = size;
	a->top = c;
	return true;
}

void *k2_arena_alloc(struct k2_arena *a, size_t size)
{
	size_t need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	void *p;

	a->count++;
	if (need < size || (a->fail_after && a->count >= a->fail_after))
		goto fail;
	if ((!a->top || a->top->size - a->top->used < need) && !push_chunk(a, need))
		goto fail;
	p = a->top->data + a->top->used;
	a->top->used += need;
	return memset(p, 0, need);
fail:
	a->failed = true;
	return NULL;
}

void *k2_arena_calloc(struct k2_arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size) {
		a->failed = true;
		return NULL;
	}
	return k2_arena_alloc(a, n * size);
}

void *k2_arena_dup(struct k2_arena *a, const void *p, size_t n, size_t size)
{
	void *q = k2_arena_calloc(a, n, size);

	if (q && n)
		memcpy(q, p, n * size);
	return q;
}

struct k2_arena_mark k2_arena_mark(const struct k2_arena *a)
{
	return (struct k2_arena_mark){ a->top, a->top ? a->top->used : 0 };
}

void k2_arena_release(struct k2_arena *a, struct k2_arena_mark m)
{
	while (a->top && a->top != m.chunk)
		pop_chunk(a);
	if (a->top)
		a->top->used = m.used;
}

bool k2_arena_failed(const struct k2_arena *a)
{
	return a->failed;
}

char *k2_arena_printf(struct k2_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	s = k2_arena_alloc(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

bool k2_vec_grow(struct k2_arena *a, void **data, uint32_t *cap, uint32_t n, size_t size)
{
	uint32_t want;
	void *p;

	if (n < *cap)
		return true;
	if (n >= UINT32_MAX / 2)
		return false;
	want = K2_MAX(n + n / 2 + 8, 16u);
	p = k2_arena_calloc(a, want, size);
	if (!p)
		return false;
	if (*cap)
		memcpy(p, *data, (size_t)*cap * size);
	*data = p;
	*cap = want;
	return true;
}

const char *k2_status_str(enum k2_status st)
{
	switch (st) {
	case K2_OK: return "ok";
	case K2_ENOMEM: return "out of memory";
	case K2_EINVAL: return "malformed input";
	case K2_EUNSUPPORTED: return "not supported";
	case K2_EBUDGET: return "step budget used up";
	case K2_EIO: return "input or output error";
	}
	return "unknown status";
}
