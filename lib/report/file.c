/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that appear whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "report.h"

static enum k2_status fail(const char *what, const char *path, char *msg, size_t size)
{
	snprintf(msg, size, "cannot %s '%s': %s", what, path, strerror(errno));
	return K2_EIO;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static enum k2_status write_directly(const char *path, const void *data, size_t len, char *msg, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return fail("open", path, msg, size);
	ok = write_all(fd, data, len);
	close(fd);
	return ok ? K2_OK : fail("write", path, msg, size);
}

/* A new file gets the permissions that open() would have given it; mkstemp makes it private. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* `old` is the file that was there; NULL: none. Whoever cannot give the new one to the same owner must not lend it the rights of another.
   The mode comes last: chown() and write() take such bits away. */
static bool set_owner_and_mode(int fd, const struct stat *old)
{
	mode_t mode = old ? old->st_mode & 07777 : usual_mode();

	if (old && fchown(fd, old->st_uid, old->st_gid))
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	return !fchmod(fd, mode);
}

/* Some file systems have no fsync. */
static bool flush(int fd)
{
	return !fsync(fd) || errno == EINVAL || errno == ENOSYS;
}

static enum k2_status write_and_rename(const char *path, const struct stat *old, const void *data, size_t len, char *msg, size_t size)
{
	char temp[PATH_MAX];
	int fd;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return fail("write", path, msg, size);
	}
	fd = mkstemp(temp);
	if (fd < 0)
		return fail("write", path, msg, size);
	if (!write_all(fd, data, len) || !set_owner_and_mode(fd, old) || !flush(fd)) {
		fail("write", path, msg, size);
		close(fd);
		goto remove;
	}
	if (close(fd) || rename(temp, path)) {
		fail("write", path, msg, size);
		goto remove;
	}
	return K2_OK;
remove:
	unlink(temp);
	return K2_EIO;
}

/* Signals wait until the temporary file is gone. SIGXFSZ is one of them: write() fails with EFBIG first. */
static enum k2_status replace(const char *path, const struct stat *old, const void *data, size_t len, char *msg, size_t size)
{
	enum k2_status st;
	sigset_t all, was;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &was);
	st = write_and_rename(path, old, data, len, msg, size);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return st;
}

/* Puts where the symbolic link `path` (PATH_MAX bytes) leads in its place. False: errno says why; 0: it is none. */
static bool read_link(char *path)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to));
	const char *slash = strrchr(path, '/');
	size_t dir;

	if (n < 0) {
		errno = errno == EINVAL || errno == ENOENT ? 0 : errno;
		return false;
	}
	dir = slash && to[0] != '/' ? (size_t)(slash - path) + 1 : 0;
	if (dir + (size_t)n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(path + dir, to, (size_t)n);
	path[dir + (size_t)n] = 0;
	return true;
}

/* A symbolic link stays one, also if there is nothing yet where it leads. */
static bool follow_links(const char *path, char *real)
{
	size_t len = strlen(path);
	unsigned int left = 40; /* as many as the kernel follows */

	if (len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(real, path, len + 1);
	while (read_link(real)) {
		if (!left--) {
			errno = ELOOP;
			return false;
		}
	}
	return !errno;
}

enum k2_status k2_file_replace(const char *path, const void *data, size_t len, char *msg, size_t size)
{
	char real[PATH_MAX];
	struct stat st;
	bool exists = !stat(path, &st);

	if (exists && !S_ISREG(st.st_mode))
		return write_directly(path, data, len, msg, size);
	if (!follow_links(path, real))
		return fail("write", path, msg, size);
	return replace(real, exists ? &st : NULL, data, len, msg, size);
}
