/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of one object or module seen together: what they know of each other. */
#ifndef K2_UNIT_H
#define K2_UNIT_H

#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_unit_func {
	const struct k2_func_desc *desc; /* what it says in `passed` is not looked at; without instructions: it calls nothing that is closed */
	const uint32_t *callee;          /* by symbol of the description: the function that it is, as an index; UINT32_MAX: none of these */
	/* Nobody else calls it, and nobody has its address: every reference to it is a call instruction in one of these functions, with a
	   symbol. The caller's promise. */
	bool closed;
	struct k2_passed passed[5];      /* out, if `called`: what every call gives it, as in k2_func_desc */
	const char *context;             /* out, likewise; a static string, NULL: unknown */
	bool called;                     /* out: closed, and every call was understood */
};

/* Finds what the closed functions are given: by abstract interpretation of the functions that call them, callers before callees.
   Symbols of two descriptions are the same map or variable where kind and name are; a name that one description has twice says
   nothing. Functions that may call themselves, and those that a function calls which K2 does not understand, are given anything.
   K2_ENOMEM: nothing is said. Thread-safe and deterministic. */
K2_API enum k2_status k2_find_passed(struct k2_unit_func *funcs, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
