// SPDX-License-Identifier: BSD-2-Clause
/* Records that programs write to ring buffers and perf buffers, in the order of their arrival at each map. */
#include "run.h"
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 64, RECORD_MAX = 1 << 20 };

struct stream {
	struct ring_buffer *ring;
	struct perf_buffer *perf[8];
	size_t n_perf;
	uint8_t *bytes; /* records since the last stream_read: size, data */
	size_t len, room;
	struct mask mask; /* by offset in a record */
};

static void append(struct stream *s, const void *data, size_t size)
{
	uint8_t *p;

	if (size > RECORD_MAX || s->len + size > 16 * RECORD_MAX)
		return;
	if (s->len + size > s->room) {
		p = realloc(s->bytes, (s->len + size) * 2);
		if (!p)
			return;
		s->bytes = p;
		s->room = (s->len + size) * 2;
	}
	memcpy(s->bytes + s->len, data, size);
	s->len += size;
}

static int ring_record(void *ctx, void *data, size_t size)
{
	append(ctx, &size, sizeof(size));
	append(ctx, data, size);
	return 0;
}

static void perf_record(void *ctx, int cpu, void *data, uint32_t size)
{
	(void)cpu;
	ring_record(ctx, data, size);
}

static void add_map(struct stream *s, const struct bpf_map *map)
{
	int fd = bpf_map__fd(map);

	if (fd < 0)
		return;
	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF) {
		if (s->ring)
			ring_buffer__add(s->ring, fd, ring_record, s);
		else
			s->ring = ring_buffer__new(fd, ring_record, s, NULL);
	} else if (bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY && s->n_perf < 8) {
		s->perf[s->n_perf] = perf_buffer__new(fd, PAGES, perf_record, NULL, s, NULL);
		s->n_perf += s->perf[s->n_perf] != NULL;
	}
}

bool stream_open(struct side *side)
{
	struct bpf_map *map;

	side->stream = calloc(1, sizeof(*side->stream));
	if (!side->stream)
		return false;
	bpf_object__for_each_map(map, side->obj)
		add_map(side->stream, map);
	return true;
}

void stream_close(struct side *side)
{
	struct stream *s = side->stream;

	if (!s)
		return;
	ring_buffer__free(s->ring);
	for (size_t i = 0; i < s->n_perf; i++)
		perf_buffer__free(s->perf[i]);
	free(s->bytes);
	free(s->mask.bytes);
	free(s);
	side->stream = NULL;
}

void stream_read(struct side *side)
{
	struct stream *s = side->stream;

	s->len = 0;
	if (s->ring)
		ring_buffer__consume(s->ring);
	for (size_t i = 0; i < s->n_perf; i++)
		perf_buffer__consume(s->perf[i]);
}

/* The next record; NULL past the last. */
static const uint8_t *next_record(const struct stream *s, size_t *at, size_t *size)
{
	const uint8_t *p;

	if (*at + sizeof(*size) > s->len)
		return NULL;
	memcpy(size, s->bytes + *at, sizeof(*size));
	p = s->bytes + *at + sizeof(*size);
	*at += sizeof(*size) + *size;
	return *at <= s->len ? p : NULL;
}

/* Number of the first record that differs, or -1. */
static long compare(struct stream *a, const struct stream *b, bool learn)
{
	size_t i = 0, j = 0, na = 0, nb = 0;

	for (long n = 0; !a->mask.all; n++) {
		const uint8_t *p = next_record(a, &i, &na), *q = next_record(b, &j, &nb);

		if (!p && !q)
			return -1;
		if (learn && (!p || !q || na != nb)) {
			a->mask.all = true;
			return -1;
		}
		if (!p || !q || na != nb)
			return n;
		if (learn)
			mask_learn(&a->mask, p, q, na);
		else if (mask_compare(&a->mask, p, q, na) >= 0)
			return n;
	}
	return -1;
}

bool stream_differs(struct side *a, struct side *b, char *text, size_t size)
{
	long n = compare(a->stream, b->stream, false);

	if (n >= 0)
		snprintf(text, size, "record %ld of the ring and perf buffers", n);
	return n >= 0;
}

void stream_learn(struct side *a, struct side *twin)
{
	compare(a->stream, twin->stream, true);
}
