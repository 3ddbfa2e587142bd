// SPDX-License-Identifier: BSD-2-Clause
/* Output that could not be written (a full disk) is an error, of every subcommand: it is noticed when the process ends. */
#include "k2.h"
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A closed standard output is an error only for who writes to it. The status is that for errors of the subcommand, which its argument
   parser has, too. */
static void close_stdout(void)
{
	bool pending = __fpending(stdout) != 0, failed = ferror(stdout);

	errno = 0;
	if ((!fclose(stdout) || (errno == EBADF && !pending)) && !failed)
		return;
	fprintf(stderr, "k2: standard output cannot be written%s%s\n", errno ? ": " : "", errno ? strerror(errno) : "");
	_exit(argp_err_exit_status);
}

void k2_close_stdout_at_exit(void)
{
	atexit(close_stdout);
}
