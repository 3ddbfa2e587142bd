/* SPDX-License-Identifier: BSD-2-Clause */
/* The file behind the cache: one SQLite database with one table. Only file.c knows SQLite. */
#ifndef K2_CACHE_FILE_H
#define K2_CACHE_FILE_H

#include "util.h"

struct k2_record {
	const void *key, *value;
	size_t key_size, size;
};

struct k2_cache_file;
/* NULL: out of memory, said in `msg`. Else k2_cache_file_usable tells whether it could be opened. */
struct k2_cache_file *k2_cache_file_open(const char *path, char *msg, size_t size);
void k2_cache_file_close(struct k2_cache_file *f);
/* May it be asked? After an error it may not. */
bool k2_cache_file_usable(const struct k2_cache_file *f);
/* What went wrong; `msg` stays when nothing did. */
void k2_cache_file_message(const struct k2_cache_file *f, char *msg, size_t size);
/* Fills in the value (in `a`) of r->key. False: there is none that can be used. */
bool k2_cache_file_get(struct k2_cache_file *f, struct k2_arena *a, struct k2_record *r);
/* Several puts between begin and commit; false: nothing is written. */
bool k2_cache_file_begin(struct k2_cache_file *f);
void k2_cache_file_put(struct k2_cache_file *f, const struct k2_record *r);
bool k2_cache_file_commit(struct k2_cache_file *f);

#endif
