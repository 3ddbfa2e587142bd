/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program type an ELF section stands for. */
#ifndef K2_PROGTYPE_H
#define K2_PROGTYPE_H

#include <stdint.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The program type (a value of enum bpf_prog_type) that loaders give programs in this section: libbpf's rules, those of the
   kernel's sample loaders, and names that iproute2's users have. *attach gets the attach type (enum bpf_attach_type) without which
   the kernel does not load that type, else 0. 0: the section does not tell. */
K2_API int32_t k2_section_prog_type(const char *section, int32_t *attach);

#ifdef __cplusplus
}
#endif
#endif
