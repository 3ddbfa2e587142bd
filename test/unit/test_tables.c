// SPDX-License-Identifier: BSD-2-Clause
/* The tables of lib/func against the uapi header: helper names and numbers, context offsets and sizes; and their own rules.
   What the running kernel thinks of the helper rows: test/kernel/test_helpers.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <linux/bpf.h>
#include "helpers.h"
#include <k2/progtype.h>
#include "progtypes.h"
#include "util.h"

#define NAME(x, ...) #x
static const char *const uapi[] = { __BPF_FUNC_MAPPER(NAME) };

static void helpers_are_the_uapi_ones(void **state)
{
	int32_t id;

	(void)state;
	assert_true(K2_ARRAY_SIZE(uapi) >= 210); /* the header of Linux 6.1 */
	for (id = 1; id < (int32_t)K2_ARRAY_SIZE(uapi); id++) {
		const struct k2_helper *h = k2_helper_get(id);

		assert_non_null(h);
		assert_int_equal(h->id, id);
		assert_string_equal(h->name, uapi[id]);
	}
	assert_null(k2_helper_get(0));
	assert_null(k2_helper_get(-1));
	assert_null(k2_helper_get(INT32_MAX));
	assert_null(k2_helper_get(INT32_MIN));
	assert_null(k2_helper_at(UINT32_MAX));
}

static void helpers_are_sorted(void **state)
{
	const struct k2_helper *h;
	int32_t last = 0;
	uint32_t i;

	(void)state;
	for (i = 0; (h = k2_helper_at(i)); i++) {
		assert_true(h->id > last);
		last = h->id;
		assert_ptr_equal(k2_helper_get(h->id), h);
	}
	assert_true(i >= 211);
	assert_null(k2_helper_get(last + 1));
}

static bool has_size(enum k2_helper_arg a)
{
	return a == K2_ARG_MEM_READ || a == K2_ARG_MEM_WRITE || a == K2_ARG_MEM_WRITE_PART || a == K2_ARG_MEM_RW;
}

static bool is_size(enum k2_helper_arg a)
{
	return a == K2_ARG_SIZE || a == K2_ARG_SIZE_OR_ZERO;
}

static bool of_map(enum k2_helper_arg a)
{
	return a == K2_ARG_MAP_KEY || a == K2_ARG_MAP_VALUE || a == K2_ARG_MAP_VALUE_RW ||
	       a == K2_ARG_MAP_VALUE_WRITE_PART;
}

/* One row's own consistency. */
static void check_args(const struct k2_helper *h)
{
	bool map = false;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		enum k2_helper_arg a = h->arg[i], next = i < 4 ? h->arg[i + 1] : K2_ARG_NONE;

		assert_int_equal(has_size(a), is_size(next));
		assert_int_equal(h->fixed_size[i] != 0, a == K2_ARG_FIXED_READ || a == K2_ARG_FIXED_RW);
		assert_true(a != K2_ARG_NONE || next == K2_ARG_NONE);
		assert_true(!of_map(a) || map);
		assert_true(a != K2_ARG_ADDR || (i > 0 && is_size(h->arg[i - 1])));
		assert_true(a != K2_ARG_STACK || (i > 0 && h->arg[i - 1] == K2_ARG_FUNC));
		if (a == K2_ARG_STACK)
			assert_true(h->flags & K2_HELPER_CALLS_BACK);
		if (a == K2_ARG_NONE || a == K2_ARG_SCALAR || is_size(a))
			assert_false(k2_helper_arg_or_null(h, i));
		map |= a == K2_ARG_MAP;
	}
}

static void check_flags(const struct k2_helper *h)
{
	const uint32_t ext = K2_HELPER_READS_EXT | K2_HELPER_WRITES_EXT;
	bool writes = false;
	unsigned int i;

	for (i = 0; i < 5; i++)
		writes |= h->arg[i] != K2_ARG_NONE && h->arg[i] != K2_ARG_SCALAR && h->arg[i] != K2_ARG_CTX &&
			  h->arg[i] != K2_ARG_MAP && h->arg[i] != K2_ARG_MEM_READ && !is_size(h->arg[i]) &&
			  h->arg[i] != K2_ARG_CONST_STR && h->arg[i] != K2_ARG_OTHER_PTR;
	if (h->flags & (K2_HELPER_DISCARDABLE | K2_HELPER_PURE_IN_RUN))
		assert_false(h->flags & (K2_HELPER_WRITES_EXT | K2_HELPER_CHANGES_PKT | K2_HELPER_TAIL_CALL |
					 K2_HELPER_CALLS_BACK | K2_HELPER_ACQUIRES | K2_HELPER_RELEASES));
	if (h->flags & K2_HELPER_PURE_IN_RUN) {
		assert_true(h->flags & K2_HELPER_DISCARDABLE);
		assert_false(h->flags & (ext | K2_HELPER_DEREFS));
		assert_false(writes);
	}
	if (h->flags & (K2_HELPER_CHANGES_PKT | K2_HELPER_TAIL_CALL | K2_HELPER_CALLS_BACK))
		assert_int_equal(h->flags & ext, ext);
	assert_int_equal(h->ret == K2_RET_MEM_OR_NULL, h->ret_size_arg != 0);
	if (h->ret_size_arg)
		assert_int_equal(h->arg[h->ret_size_arg - 1], K2_ARG_ALLOC_SIZE);
}

static void helper_rows_are_consistent(void **state)
{
	const struct k2_helper *h;
	uint32_t i;

	(void)state;
	for (i = 0; (h = k2_helper_at(i)); i++) {
		check_args(h);
		check_flags(h);
	}
}

static void helper_use_masks(void **state)
{
	(void)state;
	assert_int_equal(k2_helper_use_mask(NULL), 0x3e);
	assert_int_equal(k2_helper_use_mask(k2_helper_get(BPF_FUNC_ktime_get_ns)), 0);
	assert_int_equal(k2_helper_use_mask(k2_helper_get(BPF_FUNC_map_lookup_elem)), 0x06);
	assert_int_equal(k2_helper_use_mask(k2_helper_get(BPF_FUNC_tail_call)), 0x0e);
	assert_int_equal(k2_helper_use_mask(k2_helper_get(BPF_FUNC_map_update_elem)), 0x1e);
	assert_int_equal(k2_helper_use_mask(k2_helper_get(BPF_FUNC_csum_diff)), 0x3e);
	/* bpf_printk("%d", x) passes x in r3, which the prototype does not mention. */
	assert_int_equal(k2_helper_use_mask(k2_helper_get(BPF_FUNC_trace_printk)), 0x3e);
	assert_true(k2_helper_arg_or_null(k2_helper_get(BPF_FUNC_csum_diff), 0));
	assert_false(k2_helper_arg_or_null(k2_helper_get(BPF_FUNC_csum_diff), 1));
	assert_false(k2_helper_arg_or_null(k2_helper_get(BPF_FUNC_csum_diff), 5));
}

/* bpf_helper_changes_pkt_data of Linux 6.1 (by function) and 6.18 (by id). */
static void helpers_that_change_the_packet(void **state)
{
	static const int32_t ids[] = {
		BPF_FUNC_skb_vlan_push, BPF_FUNC_skb_vlan_pop, BPF_FUNC_skb_store_bytes, BPF_FUNC_skb_change_proto,
		BPF_FUNC_skb_change_head, BPF_FUNC_skb_change_tail, BPF_FUNC_skb_adjust_room, BPF_FUNC_skb_pull_data,
		BPF_FUNC_clone_redirect, BPF_FUNC_l3_csum_replace, BPF_FUNC_l4_csum_replace, BPF_FUNC_xdp_adjust_head,
		BPF_FUNC_xdp_adjust_meta, BPF_FUNC_msg_pull_data, BPF_FUNC_msg_push_data, BPF_FUNC_msg_pop_data,
		BPF_FUNC_xdp_adjust_tail, BPF_FUNC_lwt_seg6_store_bytes, BPF_FUNC_lwt_seg6_adjust_srh,
		BPF_FUNC_lwt_seg6_action, BPF_FUNC_store_hdr_opt, BPF_FUNC_lwt_push_encap, BPF_FUNC_tail_call,
		BPF_FUNC_dynptr_write,
	};
	const struct k2_helper *h;
	uint32_t i, n = 0;

	(void)state;
	for (i = 0; i < K2_ARRAY_SIZE(ids); i++)
		assert_true(k2_helper_get(ids[i])->flags & K2_HELPER_CHANGES_PKT);
	for (i = 0; (h = k2_helper_at(i)); i++)
		n += !!(h->flags & K2_HELPER_CHANGES_PKT);
	assert_int_equal(n, K2_ARRAY_SIZE(ids));
}

#define IS(sec, ty) { sec, BPF_PROG_TYPE_##ty }
static void sections(void **state)
{
	static const struct {
		const char *sec;
		int32_t type;
	} cases[] = {
		IS("socket", SOCKET_FILTER), IS("socket1", SOCKET_FILTER), IS("socket/0", SOCKET_FILTER),
		IS("kprobe", KPROBE), IS("kprobe/sys_open", KPROBE), IS("kretprobe/x", KPROBE), IS("kprobe.multi/x*", KPROBE),
		IS("kprobe.session/x", KPROBE), IS("ksyscall/open", KPROBE), IS("kretsyscall/open", KPROBE),
		IS("uprobe/a:b", KPROBE), IS("uprobe.s//a:b", KPROBE), IS("uretprobe.multi.s/a", KPROBE), IS("usdt", KPROBE),
		IS("usdt.s/a:b:c", KPROBE), IS("uprobe.session", KPROBE),
		IS("classifier", SCHED_CLS), IS("classifier/ingress", SCHED_CLS), IS("tc", SCHED_CLS), IS("tc/egress", SCHED_CLS),
		IS("tc_mark", SCHED_CLS), IS("tcx/ingress", SCHED_CLS), IS("netkit/peer", SCHED_CLS), IS("action", SCHED_ACT),
		IS("tracepoint/a/b", TRACEPOINT), IS("tp/a/b", TRACEPOINT), IS("?tp/a/b", TRACEPOINT),
		IS("raw_tracepoint/a", RAW_TRACEPOINT), IS("raw_tp/a", RAW_TRACEPOINT), IS("raw_tp.w/a", RAW_TRACEPOINT_WRITABLE),
		IS("raw_tracepoint.w/a", RAW_TRACEPOINT_WRITABLE), IS("tp_btf/a", TRACING), IS("fentry/a", TRACING),
		IS("fexit.s/a", TRACING), IS("fmod_ret/a", TRACING), IS("iter/task", TRACING), IS("iter.s/task", TRACING),
		IS("lsm/a", LSM), IS("lsm.s/a", LSM), IS("lsm_cgroup/a", LSM), IS("freplace/a", EXT),
		IS("xdp", XDP), IS("xdp1", XDP), IS("xdp_redirect_map", XDP), IS("xdp/devmap", XDP), IS("xdp.frags", XDP),
		IS("xdp.frags/cpumap", XDP), IS("?xdp", XDP),
		IS("perf_event", PERF_EVENT), IS("cgroup_skb/ingress", CGROUP_SKB), IS("cgroup/skb", CGROUP_SKB),
		IS("cgroup/sock", CGROUP_SOCK), IS("cgroup/sock1", CGROUP_SOCK), IS("cgroup/sock_create", CGROUP_SOCK),
		IS("cgroup/post_bind6", CGROUP_SOCK), IS("cgroup/bind4", CGROUP_SOCK_ADDR), IS("cgroup/connect6", CGROUP_SOCK_ADDR),
		IS("cgroup/connect_unix", CGROUP_SOCK_ADDR), IS("cgroup/sendmsg4", CGROUP_SOCK_ADDR), IS("cgroup/dev", CGROUP_DEVICE),
		IS("cgroup/sysctl", CGROUP_SYSCTL), IS("cgroup/getsockopt", CGROUP_SOCKOPT), IS("lwt_in", LWT_IN),
		IS("lwt_out", LWT_OUT), IS("lwt_xmit", LWT_XMIT), IS("lwt_seg6local", LWT_SEG6LOCAL), IS("sockops", SOCK_OPS),
		IS("sk_skb", SK_SKB), IS("sk_skb/stream_verdict", SK_SKB), IS("sk_skb1", SK_SKB), IS("sk_msg", SK_MSG),
		IS("lirc_mode2", LIRC_MODE2), IS("sk_reuseport/migrate", SK_REUSEPORT), IS("flow_dissector", FLOW_DISSECTOR),
		IS("struct_ops/a", STRUCT_OPS), IS("struct_ops.s/a", STRUCT_OPS), IS("sk_lookup/a", SK_LOOKUP),
		IS("syscall", SYSCALL), { "netfilter", 32 },
	};
	static const char *const unknown[] = { "",	".text",    "maps",	 "xdpfoo",    "tcp",	  "tracepointx",
					       "kprobes", "license", "from-netdev", "cgroup/foo", "cgroup", "fentry.x/a",
					       "?",	"raw_tp.s/a", "tp_btfx/a" };
	size_t i;

	(void)state;
	for (i = 0; i < K2_ARRAY_SIZE(cases); i++) {
		const struct k2_prog_type *pt = k2_prog_type_by_section(cases[i].sec);

		if (!pt || pt->id != cases[i].type)
			fail_msg("section %s: type %d, not %d", cases[i].sec, pt ? pt->id : -1, cases[i].type);
	}
	for (i = 0; i < K2_ARRAY_SIZE(unknown); i++)
		if (k2_prog_type_by_section(unknown[i]))
			fail_msg("section %s is known", unknown[i]);
	assert_null(k2_prog_type_by_section(NULL));
}

/* What loaders may guess is not a fact for anybody else. */
static void loader_sections(void **state)
{
	int32_t attach;

	(void)state;
	assert_int_equal(k2_section_prog_type("from-netdev", &attach), BPF_PROG_TYPE_SCHED_CLS);
	assert_int_equal(attach, 0);
	assert_int_equal(k2_section_prog_type("filter", &attach), BPF_PROG_TYPE_SOCKET_FILTER);
	assert_int_equal(k2_section_prog_type("xdp1", &attach), BPF_PROG_TYPE_XDP);
	assert_int_equal(k2_section_prog_type("cgroup/sock1", &attach), BPF_PROG_TYPE_CGROUP_SOCK);
	assert_int_equal(attach, BPF_CGROUP_INET_SOCK_CREATE);
	assert_int_equal(k2_section_prog_type("license", &attach), 0);
}

static void sleepable_sections(void **state)
{
	(void)state;
	assert_true(k2_section_sleepable("fentry.s/a"));
	assert_true(k2_section_sleepable("?lsm.s/a"));
	assert_true(k2_section_sleepable("uprobe.multi.s/a"));
	assert_true(k2_section_sleepable("syscall"));
	assert_false(k2_section_sleepable("fentry/a.s"));
	assert_false(k2_section_sleepable("xdp"));
	assert_false(k2_section_sleepable(".s"));
	assert_false(k2_section_sleepable(""));
	assert_false(k2_section_sleepable(NULL));
}

static void prog_types_are_consistent(void **state)
{
	const struct k2_prog_type *pt;
	int32_t id;

	(void)state;
	assert_null(k2_prog_type_by_id(0));
	assert_null(k2_prog_type_by_id(-1));
	for (id = 1; (pt = k2_prog_type_by_id(id)); id++) {
		unsigned int end = 0, i;

		assert_int_equal(pt->id, id);
		for (i = 0; i < pt->n_fields; i++) {
			const struct k2_ctx_field *f = &pt->fields[i];

			assert_true(f->off >= end);
			end = (unsigned int)f->off + f->size;
			assert_true(f->elem && f->size % f->elem == 0);
			assert_true(!pt->ctx_size || end <= pt->ctx_size);
			assert_true(f->kind == K2_CTX_SCALAR || f->kind == K2_CTX_UNKNOWN || !(f->flags & K2_CTX_STORE));
			assert_true(f->kind == K2_CTX_SCALAR || !(f->flags & K2_CTX_NARROW));
			assert_ptr_equal(k2_ctx_field(pt, f->off, f->elem), f);
		}
	}
	assert_int_equal(id, 33);
}

static const struct k2_ctx_field *field(int32_t type, size_t off, size_t size, const char *name)
{
	const struct k2_ctx_field *f = k2_ctx_field(k2_prog_type_by_id(type), (int64_t)off, (unsigned int)size);

	if (!f)
		fail_msg("type %d has no field %s at %zu", type, name, off);
	if (strcmp(f->name, name) != 0 || f->off != off || f->size != size)
		fail_msg("type %d: %s is %s at %u, %u bytes; not at %zu, %zu", type, name, f->name, f->off, f->size, off, size);
	return f;
}

#define FIELD(ty, st, m)   field(BPF_PROG_TYPE_##ty, offsetof(struct st, m), sizeof(((struct st *)0)->m), #m)
#define KIND(ty, st, m, k) assert_int_equal(FIELD(ty, st, m)->kind, K2_CTX_##k)
#define SIZE(ty, st)       assert_int_equal(k2_prog_type_by_id(BPF_PROG_TYPE_##ty)->ctx_size, sizeof(struct st))

static void skb_is_the_uapi_one(void **state)
{
	(void)state;
	SIZE(SCHED_CLS, __sk_buff);
#define X(m) FIELD(SCHED_CLS, __sk_buff, m)
	X(len), X(pkt_type), X(mark), X(queue_mapping), X(protocol), X(vlan_present), X(vlan_tci), X(vlan_proto), X(priority);
	X(ingress_ifindex), X(ifindex), X(tc_index), X(cb), X(hash), X(tc_classid), X(napi_id), X(family), X(remote_ip4);
	X(local_ip4), X(remote_ip6), X(local_ip6), X(remote_port), X(local_port), X(tstamp), X(wire_len), X(gso_segs);
	X(gso_size), X(tstamp_type), X(hwtstamp);
#undef X
	KIND(SCHED_CLS, __sk_buff, data, PKT_DATA);
	KIND(SCHED_ACT, __sk_buff, data_end, PKT_END);
	KIND(SCHED_CLS, __sk_buff, data_meta, PKT_META);
	KIND(CGROUP_SKB, __sk_buff, data, PKT_DATA);
	KIND(LWT_XMIT, __sk_buff, data_end, PKT_END);
	KIND(SK_SKB, __sk_buff, data, PKT_DATA);
	KIND(FLOW_DISSECTOR, __sk_buff, flow_keys, OTHER_PTR);
	KIND(SOCKET_FILTER, __sk_buff, sk, OTHER_PTR);
	assert_int_equal(FIELD(SOCKET_FILTER, __sk_buff, data)->flags, 0);
	assert_int_equal(FIELD(FLOW_DISSECTOR, __sk_buff, len)->flags, 0);
	assert_true(FIELD(SCHED_CLS, __sk_buff, mark)->flags & K2_CTX_STORE);
	assert_false(FIELD(SOCKET_FILTER, __sk_buff, mark)->flags & K2_CTX_STORE);
	assert_false(FIELD(SK_SKB, __sk_buff, mark)->flags & K2_CTX_LOAD);
	assert_false(FIELD(SCHED_CLS, __sk_buff, hash)->flags & K2_CTX_STORE);
}

static void other_contexts_are_the_uapi_ones(void **state)
{
	(void)state;
	SIZE(XDP, xdp_md);
	KIND(XDP, xdp_md, data, PKT_DATA);
	KIND(XDP, xdp_md, data_end, PKT_END);
	KIND(XDP, xdp_md, data_meta, PKT_META);
	FIELD(XDP, xdp_md, ingress_ifindex);
	FIELD(XDP, xdp_md, rx_queue_index);
	FIELD(XDP, xdp_md, egress_ifindex);
	SIZE(CGROUP_SOCK, bpf_sock);
#define X(m) FIELD(CGROUP_SOCK, bpf_sock, m)
	X(bound_dev_if), X(family), X(type), X(protocol), X(mark), X(priority), X(src_ip4), X(src_ip6), X(src_port), X(dst_ip4);
	X(dst_ip6), X(state), X(rx_queue_mapping);
#undef X
	field(BPF_PROG_TYPE_CGROUP_SOCK, offsetof(struct bpf_sock, dst_port), 4, "dst_port");
	SIZE(CGROUP_SOCK_ADDR, bpf_sock_addr);
#define X(m) FIELD(CGROUP_SOCK_ADDR, bpf_sock_addr, m)
	X(user_family), X(user_ip4), X(user_ip6), X(user_port), X(family), X(type), X(protocol), X(msg_src_ip4), X(msg_src_ip6);
#undef X
	KIND(CGROUP_SOCK_ADDR, bpf_sock_addr, sk, OTHER_PTR);
	SIZE(SK_MSG, sk_msg_md);
#define X(m) FIELD(SK_MSG, sk_msg_md, m)
	X(family), X(remote_ip4), X(local_ip4), X(remote_ip6), X(local_ip6), X(remote_port), X(local_port), X(size);
#undef X
	KIND(SK_MSG, sk_msg_md, data, PKT_DATA);
	KIND(SK_MSG, sk_msg_md, data_end, PKT_END);
	KIND(SK_MSG, sk_msg_md, sk, OTHER_PTR);
	SIZE(SK_REUSEPORT, sk_reuseport_md);
#define X(m) FIELD(SK_REUSEPORT, sk_reuseport_md, m)
	X(len), X(eth_protocol), X(ip_protocol), X(bind_inany), X(hash);
#undef X
	KIND(SK_REUSEPORT, sk_reuseport_md, data, PKT_DATA);
	KIND(SK_REUSEPORT, sk_reuseport_md, data_end, PKT_END);
	KIND(SK_REUSEPORT, sk_reuseport_md, sk, OTHER_PTR);
	KIND(SK_REUSEPORT, sk_reuseport_md, migrating_sk, OTHER_PTR);
	SIZE(SK_LOOKUP, bpf_sk_lookup);
#define X(m) FIELD(SK_LOOKUP, bpf_sk_lookup, m)
	X(family), X(protocol), X(remote_ip4), X(remote_ip6), X(local_ip4), X(local_ip6), X(local_port), X(ingress_ifindex);
#undef X
	KIND(SK_LOOKUP, bpf_sk_lookup, sk, OTHER_PTR);
	field(BPF_PROG_TYPE_SK_LOOKUP, offsetof(struct bpf_sk_lookup, remote_port), 4, "remote_port");
	SIZE(CGROUP_SOCKOPT, bpf_sockopt);
#define X(m) FIELD(CGROUP_SOCKOPT, bpf_sockopt, m)
	X(level), X(optname), X(optlen), X(retval);
#undef X
	KIND(CGROUP_SOCKOPT, bpf_sockopt, sk, OTHER_PTR);
	KIND(CGROUP_SOCKOPT, bpf_sockopt, optval, PKT_DATA);
	KIND(CGROUP_SOCKOPT, bpf_sockopt, optval_end, PKT_END);
	SIZE(CGROUP_SYSCTL, bpf_sysctl);
	FIELD(CGROUP_SYSCTL, bpf_sysctl, write);
	FIELD(CGROUP_SYSCTL, bpf_sysctl, file_pos);
	SIZE(CGROUP_DEVICE, bpf_cgroup_dev_ctx);
	FIELD(CGROUP_DEVICE, bpf_cgroup_dev_ctx, access_type);
	FIELD(CGROUP_DEVICE, bpf_cgroup_dev_ctx, major);
	FIELD(CGROUP_DEVICE, bpf_cgroup_dev_ctx, minor);
}

static void sock_ops_is_the_uapi_one(void **state)
{
	(void)state;
	/* Headers before Linux 6.2 lack skb_hwtstamp. */
	assert_true(k2_prog_type_by_id(BPF_PROG_TYPE_SOCK_OPS)->ctx_size >= sizeof(struct bpf_sock_ops));
#define X(m) FIELD(SOCK_OPS, bpf_sock_ops, m)
	X(op), X(reply), X(family), X(remote_ip4), X(local_ip4), X(remote_ip6), X(local_ip6), X(remote_port), X(local_port);
	X(is_fullsock), X(snd_cwnd), X(srtt_us), X(bpf_sock_ops_cb_flags), X(state), X(rtt_min), X(snd_ssthresh), X(rcv_nxt);
	X(snd_nxt), X(snd_una), X(mss_cache), X(ecn_flags), X(rate_delivered), X(rate_interval_us), X(packets_out);
	X(retrans_out), X(total_retrans), X(segs_in), X(data_segs_in), X(segs_out), X(data_segs_out), X(lost_out);
	X(sacked_out), X(sk_txhash), X(bytes_received), X(bytes_acked), X(skb_len), X(skb_tcp_flags);
#undef X
	field(BPF_PROG_TYPE_SOCK_OPS, offsetof(struct bpf_sock_ops, args[1]), 12, "args[1]");
	KIND(SOCK_OPS, bpf_sock_ops, sk, OTHER_PTR);
	KIND(SOCK_OPS, bpf_sock_ops, skb_data, PKT_DATA);
	KIND(SOCK_OPS, bpf_sock_ops, skb_data_end, PKT_END);
}

static void field_lookups(void **state)
{
	const struct k2_prog_type *xdp = k2_prog_type_by_id(BPF_PROG_TYPE_XDP);
	const struct k2_prog_type *tp = k2_prog_type_by_id(BPF_PROG_TYPE_TRACEPOINT);

	(void)state;
	/* A narrow load inside a field is that field; one over two fields is none. */
	assert_string_equal(k2_ctx_field(xdp, 1, 2)->name, "data");
	assert_null(k2_ctx_field(xdp, 2, 4));
	assert_null(k2_ctx_field(xdp, 0, 8));
	assert_null(k2_ctx_field(xdp, 24, 4));
	assert_null(k2_ctx_field(xdp, -4, 4));
	assert_null(k2_ctx_field(xdp, INT64_MIN, 4));
	assert_null(k2_ctx_field(xdp, INT64_MAX, 4));
	assert_null(k2_ctx_field(NULL, 0, 4));
	assert_null(k2_ctx_field(tp, 0, 8));
	assert_int_equal(k2_ctx_field(tp, 8, 8)->kind, K2_CTX_SCALAR);
	assert_int_equal(k2_ctx_field(k2_prog_type_by_section("fentry/x"), 8, 8)->kind, K2_CTX_UNKNOWN);
	assert_int_equal(k2_ctx_field(k2_prog_type_by_section("raw_tp.w/x"), 0, 8)->kind, K2_CTX_OTHER_PTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helpers_are_the_uapi_ones),
		cmocka_unit_test(helpers_are_sorted),
		cmocka_unit_test(helper_rows_are_consistent),
		cmocka_unit_test(helper_use_masks),
		cmocka_unit_test(helpers_that_change_the_packet),
		cmocka_unit_test(sections),
		cmocka_unit_test(loader_sections),
		cmocka_unit_test(sleepable_sections),
		cmocka_unit_test(prog_types_are_consistent),
		cmocka_unit_test(skb_is_the_uapi_one),
		cmocka_unit_test(other_contexts_are_the_uapi_ones),
		cmocka_unit_test(sock_ops_is_the_uapi_one),
		cmocka_unit_test(field_lookups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
