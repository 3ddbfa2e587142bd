// SPDX-License-Identifier: BSD-2-Clause
/* The cache's file: what is kept comes back, in this process and in the next one; files that are damaged, somebody else's, locked or not
   to be written are left alone; many processes write one file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "cache.h"

enum { PROCESSES = 8, KEYS = 700 };

static char folder[] = "/tmp/k2-cache-XXXXXX";
static char path[100];

static int set_up(void **state)
{
	(void)state;
	if (!path[0] && !mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/cache", folder);
	return 0;
}

static void remove_files(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-journal" };

	for (unsigned int k = 0; k < K2_ARRAY_SIZE(suffix); k++) {
		char name[120];

		snprintf(name, sizeof(name), "%s%s", path, suffix[k]);
		remove(name);
	}
}

static int tear_down(void **state)
{
	(void)state;
	remove_files();
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return path[0] ? rmdir(folder) : 0;
}

static struct k2_cache *open_quiet(void)
{
	struct k2_cache *c = k2_cache_open(path);

	assert_non_null(c);
	if (k2_cache_trouble(c))
		fail_msg("%s", k2_cache_trouble(c));
	return c;
}

static void expect(struct k2_cache *c, const char *key, const char *value)
{
	struct k2_arena *a = k2_arena_new(0);
	void *p;
	size_t n;
	bool found = k2_cache_get(c, key, strlen(key), a, &p, &n);

	assert_int_equal(found, value != NULL);
	if (value) {
		assert_int_equal(n, strlen(value));
		assert_memory_equal(p, value, n);
	}
	k2_arena_free(a);
}

static void put(struct k2_cache *c, const char *key, const char *value)
{
	k2_cache_put(c, key, strlen(key), value, strlen(value));
}

static void test_kept(void **state)
{
	struct k2_cache *c = open_quiet();

	(void)state;
	expect(c, "a", NULL);
	put(c, "a", "1");
	put(c, "b", "");
	put(c, "a", "2");
	expect(c, "a", "1");
	k2_cache_close(c);
	c = open_quiet();
	expect(c, "a", "1");
	expect(c, "b", "");
	expect(c, "ab", NULL);
	assert_int_equal(k2_cache_stats(c).hits, 2);
	k2_cache_close(c);
}

/* With trouble it still works, as long as the process lives, and the file stays as it is. */
static void expect_trouble(const char *what)
{
	struct k2_cache *c = k2_cache_open(path);

	assert_non_null(c);
	put(c, "key", "value");
	expect(c, "key", "value");
	k2_cache_flush(c);
	assert_non_null(k2_cache_trouble(c));
	if (!strstr(k2_cache_trouble(c), what) || !strstr(k2_cache_trouble(c), path))
		fail_msg("'%s' does not speak of '%s'", k2_cache_trouble(c), what);
	k2_cache_close(c);
}

static void test_no_database(void **state)
{
	FILE *f = fopen(path, "w");
	char text[40] = "";

	(void)state;
	fputs("int main(void) { return 0; }\n", f);
	fclose(f);
	expect_trouble("not a database");
	f = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	assert_string_equal(text, "int main(void) { return 0; }\n");
	fclose(f);
}

static void test_foreign(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE found (key BLOB, value BLOB, sum INTEGER)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	expect_trouble("not a cache");
}

static void test_nowhere(void **state)
{
	char keep[sizeof(path)];

	(void)state;
	memcpy(keep, path, sizeof(path));
	snprintf(path, sizeof(path), "%s/none/cache", folder);
	expect_trouble("unable to open");
	snprintf(path, sizeof(path), "%s", folder);
	expect_trouble("unable to open");
	memcpy(path, keep, sizeof(path));
}

static void test_locked(void **state)
{
	struct k2_cache *c = open_quiet();
	sqlite3 *db;

	(void)state;
	put(c, "a", "1");
	k2_cache_close(c);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	expect_trouble("locked");
	sqlite3_close(db);
}

/* Every byte of the file, one after the other: whatever is damaged, no other value comes out. */
static void test_damaged(void **state)
{
	struct k2_cache *c = open_quiet();
	unsigned char *bytes;
	struct stat st;
	FILE *f;

	(void)state;
	for (unsigned int k = 0; k < 100; k++) {
		char key[20];

		snprintf(key, sizeof(key), "key%u", k);
		put(c, key, key);
	}
	k2_cache_close(c);
	assert_int_equal(stat(path, &st), 0);
	bytes = malloc((size_t)st.st_size);
	f = fopen(path, "r");
	assert_int_equal(fread(bytes, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	for (long at = 0; at < st.st_size; at += at < 100 ? 3 : 311) {
		struct k2_arena *a = k2_arena_new(0);
		void *p;
		size_t n;

		remove_files();
		f = fopen(path, "w");
		bytes[at] ^= 0x5a;
		fwrite(bytes, 1, (size_t)st.st_size, f);
		fclose(f);
		bytes[at] ^= 0x5a;
		c = k2_cache_open(path);
		assert_non_null(c);
		if (k2_cache_get(c, "key50", 5, a, &p, &n))
			assert_true(n == 5 && !memcmp(p, "key50", 5));
		put(c, "another", "value");
		k2_cache_close(c);
		k2_arena_free(a);
	}
	free(bytes);
}

static void work(unsigned int process)
{
	struct k2_cache *c = k2_cache_open(path);

	for (unsigned int k = 0; k < KEYS; k++) {
		unsigned int n = (k + process * 50) % KEYS;
		char key[20];

		snprintf(key, sizeof(key), "key%u", n);
		put(c, key, key);
	}
	k2_cache_flush(c);
	_exit(k2_cache_trouble(c) ? 1 : 0);
}

static void test_processes(void **state)
{
	struct k2_cache *c;
	pid_t pid[PROCESSES];

	(void)state;
	for (unsigned int k = 0; k < PROCESSES; k++) {
		pid[k] = fork();
		if (!pid[k])
			work(k);
		assert_true(pid[k] > 0);
	}
	for (unsigned int k = 0; k < PROCESSES; k++) {
		int status;

		assert_int_equal(waitpid(pid[k], &status, 0), pid[k]);
		assert_int_equal(status, 0);
	}
	c = open_quiet();
	for (unsigned int k = 0; k < KEYS; k++) {
		char key[20];

		snprintf(key, sizeof(key), "key%u", k);
		expect(c, key, key);
	}
	k2_cache_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_database, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_foreign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_locked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_processes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, remove_folder);
}
