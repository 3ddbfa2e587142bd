/* SPDX-License-Identifier: BSD-2-Clause */
/* Status codes of every K2 function that can fail. K2 never prints, exits or aborts: it returns one of these. */
#ifndef K2_STATUS_H
#define K2_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define K2_API __attribute__((visibility("default")))

enum k2_status {
	K2_OK = 0,
	K2_ENOMEM,       /* an allocation failed */
	K2_EINVAL,       /* the caller's input is malformed; the message says where */
	K2_EUNSUPPORTED, /* well-formed, but K2 does not handle it */
	K2_EBUDGET,      /* the step budget is used up */
	K2_EIO           /* a file could not be read or written */
};

/* A short English phrase for `st`; static storage. */
K2_API const char *k2_status_str(enum k2_status st);

#ifdef __cplusplus
}
#endif
#endif
