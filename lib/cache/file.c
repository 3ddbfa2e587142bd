// SPDX-License-Identifier: BSD-2-Clause
/* The database. It has K2's number in its header, so that nobody else's file is touched; a write-ahead log, so that readers do not wait for
   writers; a checksum with every value, because SQLite has none. */
#include "file.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "K2ca"; another layout of the table is another number. */
#define APPLICATION_ID "1261593441"
#define LAYOUT         "1"
enum { BUSY_MS = 2000 };

struct k2_cache_file {
	sqlite3 *db;
	sqlite3_stmt *get, *put;
	bool usable, writable, transaction;
	char message[300];
	char *path;
};

static bool fail(struct k2_cache_file *f, const char *what)
{
	if (!f->message[0])
		snprintf(f->message, sizeof(f->message), "cache '%.160s' is not used: %s", f->path, what);
	f->usable = f->writable = false;
	return false;
}

static bool check(struct k2_cache_file *f, int rc)
{
	return rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW || fail(f, f->db ? sqlite3_errmsg(f->db) : "out of memory");
}

static bool run(struct k2_cache_file *f, const char *sql)
{
	return check(f, sqlite3_exec(f->db, sql, NULL, NULL, NULL));
}

/* The first column of the first row as a number; -1: something went wrong. */
static int64_t number(struct k2_cache_file *f, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	if (check(f, sqlite3_prepare_v2(f->db, sql, -1, &s, NULL)) && check(f, sqlite3_step(s)))
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Nothing is in it yet: makes it ours. Another process may be doing the same. */
static bool found_cache(struct k2_cache_file *f)
{
	bool ok = run(f, "BEGIN IMMEDIATE");

	if (ok && !number(f, "SELECT count(*) FROM sqlite_schema") && !number(f, "PRAGMA application_id"))
		ok = run(f, "PRAGMA application_id = " APPLICATION_ID) && run(f, "PRAGMA user_version = " LAYOUT) &&
		     run(f, "CREATE TABLE found (key BLOB PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID");
	return ok && run(f, "COMMIT");
}

static bool prepare(struct k2_cache_file *f)
{
	sqlite3_extended_result_codes(f->db, 1);
	sqlite3_busy_timeout(f->db, BUSY_MS);
	/* Somebody else's triggers and functions are not run. */
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
	f->writable = !sqlite3_db_readonly(f->db, "main");
	if (!number(f, "SELECT count(*) FROM sqlite_schema") && f->writable && !found_cache(f))
		return false;
	if (f->message[0])
		return false;
	if (number(f, "PRAGMA application_id") != atoll(APPLICATION_ID))
		return fail(f, "it is not a cache of K2's");
	if (number(f, "PRAGMA user_version") != atoll(LAYOUT))
		return fail(f, "it is another version's");
	/* Not on every file system; then the ordinary journal does. */
	if (f->writable)
		sqlite3_exec(f->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	return run(f, "PRAGMA synchronous = NORMAL") && run(f, "PRAGMA cell_size_check = ON") &&
	       check(f, sqlite3_prepare_v2(f->db, "SELECT value, sum FROM found WHERE key = ?1", -1, &f->get, NULL)) &&
	       check(f, sqlite3_prepare_v2(f->db, "INSERT OR IGNORE INTO found VALUES (?1, ?2, ?3)", -1, &f->put, NULL));
}

struct k2_cache_file *k2_cache_file_open(const char *path, char *msg, size_t size)
{
	struct k2_cache_file *f = calloc(1, sizeof(*f));
	int rc;

	if (f)
		f->path = strdup(path);
	if (!f || !f->path) {
		snprintf(msg, size, "cache '%.160s' is not used: out of memory", path);
		free(f);
		return NULL;
	}
	f->usable = true;
	rc = sqlite3_open_v2(path, &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);
	if (check(f, rc) && prepare(f) && !f->writable)
		snprintf(f->message, sizeof(f->message), "cache '%.160s' can only be read: nothing new is kept", path);
	return f;
}

void k2_cache_file_close(struct k2_cache_file *f)
{
	sqlite3_finalize(f->get);
	sqlite3_finalize(f->put);
	sqlite3_close(f->db);
	free(f->path);
	free(f);
}

bool k2_cache_file_usable(const struct k2_cache_file *f)
{
	return f->usable;
}

void k2_cache_file_message(const struct k2_cache_file *f, char *msg, size_t size)
{
	if (f->message[0])
		snprintf(msg, size, "%s", f->message);
}

/* Of key and value together: a value under another's key is as wrong as another value. */
static int64_t checksum(const struct k2_record *r)
{
	const void *part[2] = { r->key, r->value };
	size_t size[2] = { r->key_size, r->size };
	uint64_t h = 0;

	for (unsigned int p = 0; p < 2; p++) {
		h = k2_hash_mix(h, size[p]);
		for (size_t k = 0; k < size[p]; k++)
			h = k2_hash_mix(h, ((const unsigned char *)part[p])[k]);
	}
	return (int64_t)h;
}

bool k2_cache_file_get(struct k2_cache_file *f, struct k2_arena *a, struct k2_record *r)
{
	bool ok = check(f, sqlite3_bind_blob(f->get, 1, r->key, (int)r->key_size, SQLITE_STATIC));
	int rc = ok ? sqlite3_step(f->get) : SQLITE_ERROR;

	if (rc == SQLITE_ROW) {
		const void *blob = sqlite3_column_blob(f->get, 0);

		r->size = (size_t)sqlite3_column_bytes(f->get, 0);
		r->value = k2_arena_dup(a, blob ? blob : "", r->size, 1);
		ok = r->value && sqlite3_column_int64(f->get, 1) == checksum(r);
	} else {
		ok = ok && check(f, rc) && false;
	}
	sqlite3_reset(f->get);
	sqlite3_clear_bindings(f->get);
	return ok;
}

bool k2_cache_file_begin(struct k2_cache_file *f)
{
	f->transaction = f->usable && f->writable && run(f, "BEGIN IMMEDIATE");
	return f->transaction;
}

void k2_cache_file_put(struct k2_cache_file *f, const struct k2_record *r)
{
	f->transaction = f->transaction && check(f, sqlite3_bind_blob(f->put, 1, r->key, (int)r->key_size, SQLITE_STATIC)) &&
			 check(f, sqlite3_bind_blob(f->put, 2, r->value, (int)r->size, SQLITE_STATIC)) &&
			 check(f, sqlite3_bind_int64(f->put, 3, checksum(r))) && check(f, sqlite3_step(f->put));
	sqlite3_reset(f->put);
	sqlite3_clear_bindings(f->put);
}

bool k2_cache_file_commit(struct k2_cache_file *f)
{
	bool ok = f->transaction && run(f, "COMMIT");

	if (!ok)
		sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
	f->transaction = false;
	return ok;
}
