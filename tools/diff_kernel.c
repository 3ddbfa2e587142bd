// SPDX-License-Identifier: BSD-2-Clause
/* k2 diff --kernel: each program of both objects loaded once. */
#include "diff.h"
#include "kernel_load.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(struct diff_figures *f, const struct bpf_program *p, const struct kernel_figures *k)
{
	struct diff_figure *more = realloc(f->v, (f->n + 1) * sizeof(*more));
	struct diff_figure one = {
		.name = strdup(bpf_program__name(p)),
		.section = strdup(bpf_program__section_name(p)),
		.reason = strdup(k->loaded ? "" : k->reason),
		.loaded = k->loaded,
		.processed = k->processed,
	};

	if (more)
		f->v = more;
	if (!more || !one.name || !one.section || !one.reason) {
		free(one.name);
		free(one.section);
		free(one.reason);
		return false;
	}
	f->v[f->n++] = one;
	return true;
}

/* 0, or an errno. */
static int load_all(struct kernel_loader *k, const char *path, int type, struct diff_figures *out)
{
	const struct kernel_source source = { .path = path, .type = (enum bpf_prog_type)type };

	for (int n = 0;; n++) {
		struct kernel_figures figures;
		struct bpf_program *p;
		struct bpf_object *obj = kernel_open(&source, n, &p);
		bool added;

		if (!obj)
			return errno ? errno : EINVAL;
		if (!p) {
			bpf_object__close(obj);
			return 0;
		}
		kernel_load(k, &source, n, obj, p, &figures);
		added = add(out, p, &figures);
		bpf_object__close(obj);
		if (!added)
			return ENOMEM;
	}
}

bool diff_kernel(struct diff_session *s)
{
	struct kernel_loader *k = kernel_loader_new();
	bool good = true;

	for (unsigned int side = 0; side < 2; side++) {
		int err = k ? load_all(k, s->args->path[side], s->args->type, &s->kernel[side]) : ENOMEM;

		if (err)
			fprintf(stderr, "k2: %s: %s\n", s->args->path[side],
				err != ENOMEM && kernel_warning()[0] ? kernel_warning() : strerror(err));
		good &= !err;
	}
	kernel_loader_free(k);
	return good;
}

const struct diff_figure *diff_kernel_find(const struct diff_figures *f, const char *name, const char *section)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].name, name) && !strcmp(f->v[i].section, section))
			return &f->v[i];
	return NULL;
}

void diff_kernel_free(struct diff_session *s)
{
	for (unsigned int side = 0; side < 2; side++) {
		for (size_t i = 0; i < s->kernel[side].n; i++) {
			free(s->kernel[side].v[i].name);
			free(s->kernel[side].v[i].section);
			free(s->kernel[side].v[i].reason);
		}
		free(s->kernel[side].v);
	}
}
