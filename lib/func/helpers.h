/* SPDX-License-Identifier: BSD-2-Clause */
/* What every BPF helper function reads, writes and returns: one row per helper in helpers.def. The facts are those of the
   kernel's struct bpf_func_proto, corrected by what the function's body does where the prototype says less (check_mtu
   reads what its prototype calls uninitialised) or more (probe_read_str does not fill its buffer). Where program types
   have different prototypes for one helper the row is their union. */
#ifndef K2_HELPERS_H
#define K2_HELPERS_H

#include <stdbool.h>
#include <stdint.h>

enum k2_helper_ret {
	K2_RET_VOID,              /* r0 holds nothing; the kernel does not allow it to be read */
	K2_RET_SCALAR,
	K2_RET_MAP_VALUE,         /* never NULL */
	K2_RET_MAP_VALUE_OR_NULL, /* value_size bytes; of a map of maps: the inner map */
	K2_RET_MEM_OR_NULL,       /* as many bytes as argument ret_size_arg says */
	K2_RET_OTHER_PTR,         /* socket, task, BTF object, per-cpu variable; never NULL */
	K2_RET_OTHER_PTR_OR_NULL,
};

/* "Part" kinds: bytes that the call leaves alone keep what the program stored there before, so earlier stores are not dead.
   From MAP_KEY to FIXED_RW (in this order) the argument is memory, of the stack or elsewhere. */
enum k2_helper_arg {
	K2_ARG_NONE,         /* the register is not an input */
	K2_ARG_SCALAR,       /* any value; never followed as a pointer to program-visible memory */
	K2_ARG_ADDR,         /* any value, but followed when it is a valid address, the stack's too: reads at most as many
				bytes as the size argument before it says */
	K2_ARG_ADDR_ANY,     /* the same, but reads an unknown number of bytes upwards from it (trace_printk's %s) */
	K2_ARG_SIZE,         /* length in bytes of the memory argument before it; not 0 */
	K2_ARG_SIZE_OR_ZERO, /* the same, may be 0 */
	K2_ARG_ALLOC_SIZE,   /* size of the returned memory; the verifier wants a constant it can see */
	K2_ARG_CTX,          /* the context pointer, unmodified (in some program types a socket). What is read or written of
				it: see flags */
	K2_ARG_MAP,          /* map address */
	K2_ARG_MAP_KEY,      /* reads key_size bytes */
	K2_ARG_MAP_VALUE,    /* reads value_size bytes */
	K2_ARG_MAP_VALUE_RW, /* reads value_size bytes and may write them */
	K2_ARG_MAP_VALUE_WRITE_PART, /* may write any of value_size bytes, reads none */
	K2_ARG_MEM_READ,       /* reads; length in the next argument */
	K2_ARG_MEM_WRITE,      /* writes every byte, also when it fails; reads none; length in the next argument */
	K2_ARG_MEM_WRITE_PART, /* may write any byte, reads none, needs no initialised memory; length in the next argument */
	K2_ARG_MEM_RW,         /* reads (or some kernel's verifier wants it initialised) and may write any byte; length next */
	K2_ARG_FIXED_READ,     /* reads fixed_size bytes */
	K2_ARG_FIXED_RW,       /* reads and may write fixed_size bytes */
	K2_ARG_CONST_STR,      /* NUL-terminated string in a read-only map; not the stack */
	K2_ARG_FUNC,           /* callback subprogram */
	K2_ARG_STACK,          /* callback context: the callback may read and write the whole stack through it */
	K2_ARG_DYNPTR,         /* 16 bytes on the stack holding a struct bpf_dynptr: read and written, opaque to the program */
	K2_ARG_TIMER,          /* the next three: special fields inside a map value, not on the stack */
	K2_ARG_SPIN_LOCK,
	K2_ARG_KPTR,
	K2_ARG_OTHER_PTR,      /* socket, task, BTF object, reserved record ... (sk_storage_get: or context): never the stack */
};

enum k2_helper_flag {
	/* Invalidates all packet pointers (kernel bpf_helper_changes_pkt_data). */
	K2_HELPER_CHANGES_PKT = 1 << 0,
	/* May read (write) memory that the program can access, other than through the argument kinds above: context, packet,
	   map values, BTF objects, reserved records. READS_EXT is also set for calls that tell somebody outside that
	   earlier stores are done (ringbuf_submit, map_update_elem). */
	K2_HELPER_READS_EXT = 1 << 1,
	K2_HELPER_WRITES_EXT = 1 << 2,
	/* Follows pointers that it finds in the memory given to it (format arguments, callback contexts): stack bytes whose
	   address was ever stored to memory may be read, and with CALLS_BACK or WRITES_EXT written. */
	K2_HELPER_DEREFS = 1 << 3,
	/* No effect but r0, and r0 depends only on the arguments, the bytes of memory arguments, and what is fixed while
	   one invocation of the program runs: a second call with the same arguments may reuse the first one's r0. */
	K2_HELPER_PURE_IN_RUN = 1 << 4,
	/* No effect but r0 and the memory arguments it writes: when none of them is used, the call may go. */
	K2_HELPER_DISCARDABLE = 1 << 5,
	/* Does not return when it succeeds. */
	K2_HELPER_TAIL_CALL = 1 << 6,
	/* Runs a subprogram of the program before it returns. */
	K2_HELPER_CALLS_BACK = 1 << 7,
	/* The verifier tracks r0 (argument): what is acquired must be released on every path. */
	K2_HELPER_ACQUIRES = 1 << 8,
	K2_HELPER_RELEASES = 1 << 9,
	/* The verifier bounds r0 by the size argument (do_refine_retval_range). */
	K2_HELPER_RET_LE_SIZE = 1 << 10,
	/* May be called in sleepable programs only. */
	K2_HELPER_SLEEPS = 1 << 11,
	/* Argument n may be NULL (or 0). */
	K2_HELPER_NULL1 = 1 << 12,
	K2_HELPER_NULL2 = 1 << 13,
	K2_HELPER_NULL3 = 1 << 14,
	K2_HELPER_NULL4 = 1 << 15,
	K2_HELPER_NULL5 = 1 << 16,
	/* Registers of SCALAR, ADDR_ANY and CTX arguments may be uninitialised, though the function may look at them: the
	   kernel does not check the last ones (trace_printk), or a program type has fewer (get_cgroup_classid). */
	K2_HELPER_LOOSE_ARGS = 1 << 17,
	/* Returns 0 only when it has written every byte of its MEM_WRITE_PART argument; its result is an int, sign-extended. */
	K2_HELPER_FILLS = 1 << 18,
};

struct k2_helper {
	const char *name; /* as in the uapi enum, without "BPF_FUNC_" */
	int32_t id;
	enum k2_helper_ret ret;
	enum k2_helper_arg arg[5];
	uint8_t fixed_size[5]; /* bytes, of K2_ARG_FIXED_* arguments; else 0 */
	uint8_t ret_size_arg;  /* K2_RET_MEM_OR_NULL: 1..5; else 0 */
	uint32_t flags;        /* enum k2_helper_flag */
};

/* The row of a helper, or NULL: unknown, to be taken as reading r1..r5 and reading and writing everything. */
const struct k2_helper *k2_helper_get(int32_t id);
/* Registers that the helper reads, bit n is rn. NULL: r1..r5. */
uint16_t k2_helper_use_mask(const struct k2_helper *h);
bool k2_helper_arg_or_null(const struct k2_helper *h, unsigned int arg); /* arg is 0..4 */
/* Number of the row by position, NULL after the last: for tables and tests. */
const struct k2_helper *k2_helper_at(uint32_t index);

#endif
