// SPDX-License-Identifier: BSD-2-Clause
/* Replacing a file: what of the old one stays, and what is there after it went wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <k2/report.h>

enum { NOBODY = 65534, LIMIT = 1000 };

static char dir[] = "/tmp/k2-file-XXXXXX";

/* The writer's, in the place of libc's: a signal comes while the temporary file is there. */
static int signal_in_fsync;

int fsync(int fd)
{
	(void)fd;
	if (signal_in_fsync)
		kill(getpid(), signal_in_fsync);
	return 0;
}

static int enter(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir);
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir);
}

static int count_files(void)
{
	DIR *d = opendir(".");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

static void put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void expect(const char *path, const char *text)
{
	char got[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, f), strlen(text));
	fclose(f);
	assert_string_equal(got, text);
}

static bool replace(const char *path, const char *text)
{
	char msg[300];

	return !k2_file_replace(path, text, strlen(text), msg, sizeof(msg));
}

static void keeps_owner_and_mode(void **state)
{
	struct stat st;

	(void)state;
	put("a", "old", 0640);
	if (!geteuid())
		assert_int_equal(chown("a", NOBODY, NOBODY), 0);
	assert_int_equal(chmod("a", 06755), 0);
	assert_true(replace("a", "new"));
	expect("a", "new");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 06755);
	assert_int_equal(st.st_uid, geteuid() ? geteuid() : NOBODY);
	unlink("a");
}

/* Status of a child that writes to `path`, with this done before. */
static int in_child(const char *path, const char *text, void (*before)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		before();
		_exit(replace(path, text) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void become_another(void)
{
	if (setgid(NOBODY - 1) || setuid(NOBODY - 1))
		_exit(2);
}

static void lends_no_rights(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chmod(".", 0777), 0);
	put("a", "old", 06755);
	assert_int_equal(in_child("a", "new", become_another), 0);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_uid, NOBODY - 1);
	assert_int_equal(st.st_mode & 07777, 0755);
	unlink("a");
}

static void be_interrupted(void)
{
	signal_in_fsync = SIGINT;
}

static void be_ended(void)
{
	signal_in_fsync = SIGTERM;
}

static void signals_wait(void **state)
{
	int status;

	(void)state;
	put("a", "old", 0644);
	status = in_child("a", "new", be_interrupted);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	expect("a", "new");
	status = in_child("a", "newer", be_ended);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	expect("a", "newer");
	assert_int_equal(count_files(), 1);
	unlink("a");
}

static void limit_size(void)
{
	struct rlimit limit = { LIMIT, LIMIT };

	if (setrlimit(RLIMIT_FSIZE, &limit))
		_exit(2);
}

static void limit_size_and_go_on(void)
{
	limit_size();
	signal(SIGXFSZ, SIG_IGN);
}

static void too_long(void **state)
{
	char text[2 * LIMIT + 1];
	int status;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	put("a", "old", 0644);
	status = in_child("a", text, limit_size);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	status = in_child("a", text, limit_size_and_go_on);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	expect("a", "old");
	assert_int_equal(count_files(), 1);
	unlink("a");
}

static void links_stay(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(symlink("d/b", "a"), 0);
	assert_int_equal(symlink("c", "d/b"), 0);
	assert_true(replace("a", "one"));
	expect("d/c", "one");
	assert_true(replace("a", "two"));
	expect("d/c", "two");
	assert_int_equal(lstat("a", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(symlink("circle", "circle"), 0);
	assert_false(replace("circle", "x"));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(symlink("nowhere/x", "far"), 0);
	assert_false(replace("far", "x"));
	assert_int_equal(count_files(), 4);
	unlink("d/c");
	unlink("d/b");
	rmdir("d");
	unlink("a");
	unlink("circle");
	unlink("far");
}

static void hard_links_break(void **state)
{
	(void)state;
	put("a", "old", 0644);
	assert_int_equal(link("a", "b"), 0);
	assert_true(replace("a", "new"));
	expect("a", "new");
	expect("b", "old");
	unlink("a");
	unlink("b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_owner_and_mode), cmocka_unit_test(lends_no_rights), cmocka_unit_test(signals_wait),
		cmocka_unit_test(too_long),             cmocka_unit_test(links_stay),        cmocka_unit_test(hard_links_break),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
