/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by symexec.c and event.c only. */
#ifndef K2_SYMEXEC_IMPL_H
#define K2_SYMEXEC_IMPL_H

#include "symexec.h"

struct k2_exec {
	struct k2_symctx *c;
	struct k2_sym *s;
	struct k2_point *point;
	k2_on_event on_event;
	void *user;
};

/* A new unknown with the facts of `v`. */
k2_t k2_sym_unknown(struct k2_symctx *c, const struct k2_aval *v);
/* Executes `i` as an event. For memory accesses, point->base, off and value are set. False: s->fault is set. */
bool k2_exec_event(struct k2_exec *x, const struct k2_insn *i);

#endif
