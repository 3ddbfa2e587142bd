/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that appear whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

static enum k2_status write_and_rename(const char *path, mode_t mode, const void *data, size_t len, char *msg, size_t size)
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
	if (!write_all(fd, data, len) || fchmod(fd, mode)) {
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

enum k2_status k2_file_replace(const char *path, const void *data, size_t len, char *msg, size_t size)
{
	char real[PATH_MAX];
	struct stat st;

	if (stat(path, &st))
		return write_and_rename(path, usual_mode(), data, len, msg, size);
	if (!S_ISREG(st.st_mode))
		return write_directly(path, data, len, msg, size);
	if (!realpath(path, real)) /* a symbolic link stays one */
		return fail("write", path, msg, size);
	return write_and_rename(real, st.st_mode & 07777, data, len, msg, size);
}
