/* SPDX-License-Identifier: BSD-2-Clause */
/* The symbolic reading of lib/isa/semantics.inc: values are terms. Gives sym_alu, sym_cond, sym_load, sym_store, sym_atomic. */
#ifndef K2_TERMSEM_H
#define K2_TERMSEM_H

#include "isa.h"
#include "smt.h"

#define SEM_V                     k2_t
#define SEM_CTX                   struct k2_terms *
#define SEM_FN(name)              sym_##name
#define SEM_UNDEF(c, w)           k2_t_fresh(c, w, NULL, 0)
#define SEM_CONST(c, w, v)        k2_t_const(c, w, v)
#define SEM_ADD(c, w, a, b)       ((void)(w), k2_t_add(c, a, b))
#define SEM_SUB(c, w, a, b)       ((void)(w), k2_t_sub(c, a, b))
#define SEM_MUL(c, w, a, b)       ((void)(w), k2_t_mul(c, a, b))
#define SEM_UDIV(c, w, a, b)      ((void)(w), k2_t_udiv(c, a, b))
#define SEM_UREM(c, w, a, b)      ((void)(w), k2_t_urem(c, a, b))
#define SEM_SDIV(c, w, a, b)      ((void)(w), k2_t_sdiv(c, a, b))
#define SEM_SREM(c, w, a, b)      ((void)(w), k2_t_srem(c, a, b))
#define SEM_AND(c, w, a, b)       ((void)(w), k2_t_and(c, a, b))
#define SEM_OR(c, w, a, b)        ((void)(w), k2_t_or(c, a, b))
#define SEM_XOR(c, w, a, b)       ((void)(w), k2_t_xor(c, a, b))
#define SEM_SHL(c, w, a, b)       ((void)(w), k2_t_shl(c, a, b))
#define SEM_LSHR(c, w, a, b)      ((void)(w), k2_t_lshr(c, a, b))
#define SEM_ASHR(c, w, a, b)      ((void)(w), k2_t_ashr(c, a, b))
#define SEM_EXTRACT(c, v, lo, w)  k2_t_extract(c, v, lo, w)
#define SEM_ZEXT(c, from, to, v)  ((void)(from), k2_t_zext(c, v, to))
#define SEM_SEXT(c, from, to, v)  ((void)(from), k2_t_sext(c, v, to))
#define SEM_CONCAT(c, wh, wl, hi, lo) ((void)(wh), (void)(wl), k2_t_concat(c, hi, lo))
#define SEM_EQ(c, w, a, b)        ((void)(w), k2_t_eq(c, a, b))
#define SEM_ULT(c, w, a, b)       ((void)(w), k2_t_ult(c, a, b))
#define SEM_SLT(c, w, a, b)       ((void)(w), k2_t_slt(c, a, b))
#define SEM_BNOT(c, v)            k2_t_not(c, v)
#define SEM_ITE(c, w, cond, a, b) ((void)(w), k2_t_ite(c, cond, a, b))
#include "semantics.inc"

#endif
