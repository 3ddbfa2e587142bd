// SPDX-License-Identifier: BSD-2-Clause
/* Helpers of the machine that work on the packet without moving its ends (net/core/filter.c): checksums and copies. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "machine_impl.h"

#define NOT_SUPPORTED       524 /* ENOTSUPP of include/linux/errno.h, which programs see and user space has no name for */
#define CSUM_MANGLED_0      0xffff
#define CSUM_IPV6           0x80 /* BPF_F_IPV6, Linux 6.16 */
#define OFFSET_MAX          0xffff

static uint64_t error(int e)
{
	return (uint64_t)-(int64_t)e;
}

static uint32_t packet_len(const struct k2_machine *m)
{
	return m->end - m->data;
}

static uint32_t csum_add(uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b;

	return (uint32_t)(sum + (sum >> 32));
}

static uint16_t csum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint16_t csum16_add(uint16_t a, uint16_t b)
{
	uint16_t sum = (uint16_t)(a + b);

	return (uint16_t)(sum + (sum < b));
}

/* csum_replace_by_diff, csum_replace2 and csum_replace4. */
static uint16_t replace_by_diff(uint16_t sum, uint64_t diff)
{
	return csum_fold(csum_add((uint32_t)diff, ~(uint32_t)sum));
}

static uint16_t replace2(uint16_t sum, uint64_t from, uint64_t to)
{
	uint16_t without = csum16_add((uint16_t)~sum, (uint16_t)~from);

	return (uint16_t)~csum16_add(without, (uint16_t)to);
}

static uint16_t replace4(uint16_t sum, uint64_t from, uint64_t to)
{
	uint32_t without = csum_add(~(uint32_t)sum, ~(uint32_t)from);

	return csum_fold(csum_add(without, (uint32_t)to));
}

/* The checksum at an offset of the packet; NULL: *r0 says why not. */
static uint8_t *checksum_at(struct k2_machine *m, uint32_t off, uint64_t *r0)
{
	*r0 = error(EFAULT);
	if (off > OFFSET_MAX || off % 2 || off + 2 > packet_len(m))
		return NULL;
	*r0 = error(EINVAL);
	return m->packet + m->data + off;
}

static bool l3_csum_replace(struct k2_machine *m, uint64_t regs[11])
{
	uint64_t from = regs[3], to = regs[4], flags = regs[5];
	uint16_t sum;
	uint8_t *p;

	regs[0] = error(EINVAL);
	if (flags & ~(uint64_t)BPF_F_HDR_FIELD_MASK)
		return true;
	p = checksum_at(m, (uint32_t)regs[2], &regs[0]);
	if (!p || (flags != 0 && flags != 2 && flags != 4) || (flags == 0 && from))
		return true;
	sum = (uint16_t)machine_get(m, p, 2);
	sum = flags == 0 ? replace_by_diff(sum, to) : flags == 2 ? replace2(sum, from, to) : replace4(sum, from, to);
	machine_put(m, p, 2, sum);
	regs[0] = 0;
	return true;
}

/* Of a packet whose checksum is not computed by hardware, as BPF_PROG_TEST_RUN makes them: the pseudo header makes no
   difference. */
static bool l4_csum_replace(struct k2_machine *m, uint64_t regs[11])
{
	const uint64_t known = BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR | CSUM_IPV6 | BPF_F_HDR_FIELD_MASK;
	uint64_t from = regs[3], to = regs[4], flags = regs[5], size = flags & BPF_F_HDR_FIELD_MASK;
	uint16_t sum;
	uint8_t *p;

	regs[0] = error(EINVAL);
	if (flags & ~known)
		return true;
	p = checksum_at(m, (uint32_t)regs[2], &regs[0]);
	if (!p)
		return true;
	sum = (uint16_t)machine_get(m, p, 2);
	if ((flags & BPF_F_MARK_MANGLED_0) && !(flags & BPF_F_MARK_ENFORCE) && !sum) {
		regs[0] = 0;
		return true;
	}
	if ((size != 0 && size != 2 && size != 4) || (size == 0 && from))
		return true;
	/* inet_proto_csum_replace2 goes by replace4 with the numbers as they are in 16 bits. */
	if (size == 2)
		sum = replace4(sum, (uint16_t)from, (uint16_t)to);
	else
		sum = size ? replace4(sum, from, to) : replace_by_diff(sum, to);
	if ((flags & BPF_F_MARK_MANGLED_0) && !sum)
		sum = CSUM_MANGLED_0;
	machine_put(m, p, 2, sum);
	regs[0] = 0;
	return true;
}

/* All of the packet is in one piece. */
static bool pull_data(struct k2_machine *m, uint64_t regs[11])
{
	regs[0] = (uint32_t)regs[2] > packet_len(m) ? error(ENOMEM) : 0;
	return true;
}

/* Works on packets whose checksum was computed by hardware. */
static bool csum_update(struct k2_machine *m, uint64_t regs[11])
{
	(void)m;
	regs[0] = error(NOT_SUPPORTED);
	return true;
}

static bool xdp_buff_len(struct k2_machine *m, uint64_t regs[11])
{
	regs[0] = packet_len(m);
	return true;
}

/* The bytes that xdp_load_bytes and xdp_store_bytes are about; NULL: *r0 says why not. */
static uint8_t *xdp_bytes(struct k2_machine *m, uint64_t regs[11])
{
	uint32_t off = (uint32_t)regs[2], len = (uint32_t)regs[4];

	regs[0] = error(off > OFFSET_MAX || len > OFFSET_MAX ? EFAULT : EINVAL);
	if (off > OFFSET_MAX || len > OFFSET_MAX || off + len > packet_len(m))
		return NULL;
	regs[0] = 0;
	return m->packet + m->data + off;
}

static bool xdp_load_bytes(struct k2_machine *m, uint64_t regs[11])
{
	uint8_t *to = k2_machine_memory(m, regs[3], (uint32_t)regs[4], true), *from = to ? xdp_bytes(m, regs) : NULL;

	if (from)
		memmove(to, from, (uint32_t)regs[4]);
	return to;
}

static bool xdp_store_bytes(struct k2_machine *m, uint64_t regs[11])
{
	uint8_t *from = k2_machine_memory(m, regs[3], (uint32_t)regs[4], false), *to = from ? xdp_bytes(m, regs) : NULL;

	if (to)
		memmove(to, from, (uint32_t)regs[4]);
	return from;
}

machine_helper_fn machine_skb_helper(int32_t id)
{
	switch (id) {
	case BPF_FUNC_l3_csum_replace: return l3_csum_replace;
	case BPF_FUNC_l4_csum_replace: return l4_csum_replace;
	case BPF_FUNC_skb_pull_data: return pull_data;
	case BPF_FUNC_csum_update: return csum_update;
	case BPF_FUNC_xdp_get_buff_len: return xdp_buff_len;
	case BPF_FUNC_xdp_load_bytes: return xdp_load_bytes;
	case BPF_FUNC_xdp_store_bytes: return xdp_store_bytes;
	default: return NULL;
	}
}
