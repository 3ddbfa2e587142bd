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
     .passed r1 frame -16               what every call gives a subprogram: anything, number, frame, context (each with a number: -16, 1..9, or
     .passed r2 number 0x8/0xf             the known bits: those of the first number where the second has ones), packet, packet-end, value,
     .passed r3 value NAME                 global (each with the symbol, if it is known), record
     .context xdp_md                    the context of all programs that call a subprogram
     .args 2                            arguments of a program in a freplace section
     .map NAME type=1 key=4 value=8 entries=16     symbols; used as &NAME
     .data NAME size=4 [ro]
     .subr NAME  .kfunc NAME  .core NAME
     L1:  if r1 == 0 goto L1            labels are L and a number

   Bare instructions name maps by numbers. What they are is said by the same directives in a text of its own, without instructions:

     .section xdp
     .map counts fd=3 type=1 key=4 value=8 entries=16     r1 = map_fd 3 ll   is   r1 = &counts ll
     .data config fd=4 size=12 ro                         r1 = map_value of 4, offset 8   is   r1 = &config + 8 ll
     .map ports idx=0 type=2 key=2 value=4                by index, as with struct bpf_attr's fd_array

   Different names are different maps. A map whose elements are looked up has a .map, one that is only used by the address of its value
   a .data; numbers of which nothing is said stay numbers.
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
/* What is known of bare instructions. */
struct k2_raw {
	size_t size;         /* sizeof(struct k2_raw), for later growth */
	bool big_endian;     /* unless `about` says the byte order */
	const char *section; /* kept by pointer; NULL: as `about` says, or unknown */
	const char *about;   /* directives, about_len bytes; NULL: none. `.isa` is the newest instruction set allowed; the default is the lowest */
	size_t about_len;    /*   that has every instruction */
};
/* One function as the kernel takes it: `len` bytes of struct bpf_insn. K2_EINVAL: damaged, or a bad directive; K2_EUNSUPPORTED: calls
   other functions, unknown jumps; `msg` says which. *out as above. */
K2_API enum k2_status k2_text_from_raw(const void *bytes, size_t len, const struct k2_raw *how, struct k2_text **out, char *msg,
				       size_t size);
/* The reverse: instructions with the symbols of `t`, as k2_optimize gives them, in the byte order of `t`. *out is malloc'd. K2_EINVAL,
   `msg` says why: a symbol without number, a jump that is too long; K2_ENOMEM. */
K2_API enum k2_status k2_text_to_raw(const struct k2_text *t, const struct k2_insn *insns, uint32_t n, void **out, size_t *len,
				     char *msg, size_t size);
/* Valid as long as `t`. */
K2_API const struct k2_func_desc *k2_text_desc(const struct k2_text *t);
K2_API void k2_text_free(struct k2_text *t);
/* The instructions of `d` as text with labels (not its directives); a malloc'd string for the caller to free, NULL when
   out of memory. */
K2_API char *k2_text_print(const struct k2_func_desc *d);
/* The directives of `t`; likewise. With the instructions behind them it is a text that k2_text_parse reads. */
K2_API char *k2_text_print_directives(const struct k2_text *t);

#ifdef __cplusplus
}
#endif
#endif
