/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the runner, shared by the files of this folder. */
#ifndef K2_RUN_IMPL_H
#define K2_RUN_IMPL_H

#include <k2/run.h>
#include "machine.h"
#include "progtypes.h"
#include "util.h"

/* What a map was before the run: keys and values one after the other. */
struct runner_snapshot {
	uint32_t n, cap_keys, cap_values;
	uint8_t *keys, *values;
};

struct k2_runner {
	struct k2_arena *arena;
	const struct k2_object *object; /* NULL: described otherwise */
	const struct k2_func_desc *one; /* then, the function */
	const struct k2_prog_type *type;
	struct k2_run_options opt;
	struct k2_machine *machine;
	struct k2_code *code;
	uint32_t n_code, func, *map_of_symbol; /* map_of_symbol: of `one` */
	struct k2_run_map *maps;
	uint32_t n_maps, cap_maps;
	struct runner_snapshot *before;
	bool has_input;
	uint64_t args[5]; /* of the instruction that is being executed */
};

/* Puts a sentence into the caller's buffer; returns `st`. */
enum k2_status runner_say(enum k2_status st, char *msg, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* k2_runner_new and k2_runner_new_func: `like` has object and function, or the description, and n_code. Allocations fail from
   number `fail_after` on (tests); 0: never. */
enum k2_status runner_make(const struct k2_runner *like, const struct k2_run_options *opt, uint64_t fail_after,
			   struct k2_runner **out, char *msg, size_t size);

/* maps.c */
enum k2_status runner_add_maps(struct k2_runner *r);
enum k2_status runner_snapshot(struct k2_runner *r);

#endif
