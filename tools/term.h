/* SPDX-License-Identifier: BSD-2-Clause */
/* What subcommands want to know of the terminal that they print to. */
#ifndef K2_TOOLS_TERM_H
#define K2_TOOLS_TERM_H

#include <argp.h>
#include <stdbool.h>

/* Option --color[=WHEN], parsed by a child parser with a bool as its input: set if standard output is to have colours. By default, and with
   "auto": it is a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb is set. */
extern const struct argp term_color_argp;
/* Columns of standard output: COLUMNS, or what the terminal says, or `otherwise`. */
unsigned int term_width(unsigned int otherwise);
#endif
