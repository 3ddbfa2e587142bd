/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that are in no object: as text, and as bare instructions. Text has instructions in the kernel's syntax, one a line,
   with a few directives:

     ; comment                          # comment
     .func NAME                         the function's name (default: the file's)
     .section xdp                       ELF section: decides the program type
     .arg xdp_md                        the structure behind the first argument, where the section does not tell
     .isa v3                            newest instruction set allowed (v1..v4; default v3)
     .endian big                        (default: little)
     .align strict                      the target lacks efficient unaligned access
     .subprog 2                         a subprogram with that many arguments
     .args 2                            arguments of a program in a freplace section
     .map NAME type=1 key=4 value=8     symbols; used as &NAME
     .data NAME size=4 [ro]
     .subr NAME  .kfunc NAME  .core NAME
     L1:  if r1 == 0 goto L1            labels are L and a number
*/
#ifndef K2_TEXT_H
#define K2_TEXT_H

#include <stddef.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_text;
/* Parses `len` bytes. *out is set on K2_OK only and is to be freed with k2_text_free. On K2_EINVAL `msg` (size bytes) says
   "line N: what". */
K2_API enum k2_status k2_text_parse(const char *src, size_t len, struct k2_text **out, char *msg, size_t size);
/* One function as the kernel takes it: `len` bytes of struct bpf_insn in the given byte order, for a program in `section` (NULL:
   unknown; kept by pointer). Its maps are known by the numbers in its ld_imm64, and nothing else is known of them. K2_EINVAL: damaged;
   K2_EUNSUPPORTED: calls other functions, unknown jumps; `msg` says which. *out as above. */
K2_API enum k2_status k2_text_from_insns(const void *bytes, size_t len, bool big_endian, const char *section, struct k2_text **out,
					 char *msg, size_t size);
/* Valid as long as `t`. */
K2_API const struct k2_func_desc *k2_text_desc(const struct k2_text *t);
K2_API void k2_text_free(struct k2_text *t);
/* The instructions of `d` as text with labels (not its directives); a malloc'd string for the caller to free, NULL when
   out of memory. */
K2_API char *k2_text_print(const struct k2_func_desc *d);

#ifdef __cplusplus
}
#endif
#endif
