// SPDX-License-Identifier: BSD-2-Clause
#include "term.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { OPT_COLOR = 0x1100 }; /* beyond the keys of subcommands' own options */

static bool wanted_by_default(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *color = state->input;

	if (key == ARGP_KEY_INIT)
		*color = wanted_by_default();
	else if (key != OPT_COLOR)
		return ARGP_ERR_UNKNOWN;
	else if (!arg || !strcmp(arg, "always"))
		*color = true;
	else if (!strcmp(arg, "never"))
		*color = false;
	else if (!strcmp(arg, "auto"))
		*color = wanted_by_default();
	else
		argp_error(state, "--color is always, never or auto, not '%s'", arg);
	return 0;
}

static const struct argp_option options[] = {
	{ "color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL, "Colours: always, never, or auto (default: on terminals unless NO_COLOR is set)", 1 },
	{ 0 },
};
const struct argp term_color_argp = { .options = options, .parser = parse };

unsigned int term_width(unsigned int otherwise)
{
	const char *columns = getenv("COLUMNS");
	unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (n > 0 && n < 100000)
		return (unsigned int)n;
	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : otherwise;
}
