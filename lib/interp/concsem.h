/* SPDX-License-Identifier: BSD-2-Clause */
/* The concrete reading of lib/isa/semantics.inc: values are uint64_t masked to their width. Gives conc_alu, conc_cond,
   conc_load, conc_store and conc_atomic; the first parameter is a dummy. */
#ifndef K2_CONCSEM_H
#define K2_CONCSEM_H

#include <stdbool.h>
#include <stdint.h>
#include "isa.h"
#include "util.h"

#define CONC_OP static inline __attribute__((unused)) uint64_t

CONC_OP conc_udiv(unsigned int w, uint64_t a, uint64_t b)
{
	return b ? a / b : k2_mask(w);
}

CONC_OP conc_urem(uint64_t a, uint64_t b)
{
	return b ? a % b : a;
}

/* -1 apart: C leaves the overflow of MIN / -1 and MIN % -1 undefined. */
CONC_OP conc_sdiv(unsigned int w, uint64_t a, uint64_t b)
{
	int64_t x = k2_sext(a, w), y = k2_sext(b, w);

	if (y == 0)
		return x < 0 ? 1 : k2_mask(w);
	return (y == -1 ? 0 - a : (uint64_t)(x / y)) & k2_mask(w);
}

CONC_OP conc_srem(unsigned int w, uint64_t a, uint64_t b)
{
	int64_t x = k2_sext(a, w), y = k2_sext(b, w);

	if (y == 0)
		return a;
	return (y == -1 ? 0 : (uint64_t)(x % y)) & k2_mask(w);
}

/* Shifting a negative number right in C is what every compiler K2 builds with defines as arithmetic. */
CONC_OP conc_ashr(unsigned int w, uint64_t a, uint64_t n)
{
	return (uint64_t)(k2_sext(a, w) >> n) & k2_mask(w);
}

#define SEM_V                     uint64_t
#define SEM_CTX                   int
#define SEM_FN(name)              conc_##name
#define SEM_UNDEF(c, w)           ((void)(c), (void)(w), 0ull)
#define SEM_CONST(c, w, v)        ((void)(c), (uint64_t)(v) & k2_mask(w))
#define SEM_ADD(c, w, a, b)       (((a) + (b)) & k2_mask(w))
#define SEM_SUB(c, w, a, b)       (((a) - (b)) & k2_mask(w))
#define SEM_MUL(c, w, a, b)       (((a) * (b)) & k2_mask(w))
#define SEM_AND(c, w, a, b)       ((a) & (b))
#define SEM_OR(c, w, a, b)        ((a) | (b))
#define SEM_XOR(c, w, a, b)       ((a) ^ (b))
#define SEM_UDIV(c, w, a, b)      conc_udiv(w, a, b)
#define SEM_UREM(c, w, a, b)      conc_urem(a, b)
#define SEM_SDIV(c, w, a, b)      conc_sdiv(w, a, b)
#define SEM_SREM(c, w, a, b)      conc_srem(w, a, b)
#define SEM_SHL(c, w, a, b)       (((a) << (b)) & k2_mask(w))
#define SEM_LSHR(c, w, a, b)      ((a) >> (b))
#define SEM_ASHR(c, w, a, b)      conc_ashr(w, a, b)
#define SEM_EXTRACT(c, v, lo, w)  ((void)(c), ((v) >> (lo)) & k2_mask(w))
#define SEM_ZEXT(c, from, to, v)  ((void)(c), (v))
#define SEM_SEXT(c, from, to, v)  ((void)(c), (uint64_t)k2_sext(v, from) & k2_mask(to))
#define SEM_CONCAT(c, wh, wl, h, l) (((h) << (wl)) | (l))
#define SEM_EQ(c, w, a, b)        ((uint64_t)((a) == (b)))
#define SEM_ULT(c, w, a, b)       ((uint64_t)((a) < (b)))
#define SEM_SLT(c, w, a, b)       ((uint64_t)(k2_sext(a, w) < k2_sext(b, w)))
#define SEM_BNOT(c, v)            ((v) ^ 1)
#define SEM_ITE(c, w, cond, a, b) ((cond) ? (a) : (b))
#include "semantics.inc"

#undef CONC_OP
#endif
