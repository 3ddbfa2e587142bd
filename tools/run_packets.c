// SPDX-License-Identifier: BSD-2-Clause
/* k2 run: packets from files, a packet's bytes or captures. */
#include "run.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PCAP_HEADER = 24, PCAP_RECORD = 16,
	PCAP_LINK = 20,   /* offset of the link type */
	PCAP_LENGTH = 8,  /* of the number of bytes that were kept, in a record */
	LINK_ETHERNET = 1,
};
#define PCAP_MICRO 0xa1b2c3d4u
#define PCAP_NANO  0xa1b23c4du
#define PCAPNG     0x0a0d0d0au

static uint32_t get32(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] :
		     (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool has_magic(const uint8_t *p, size_t len, bool big)
{
	uint32_t magic = len >= PCAP_HEADER ? get32(p, big) : 0;

	return magic == PCAP_MICRO || magic == PCAP_NANO;
}

static bool bad_packet(const struct run_packets *p, const char *what)
{
	fprintf(stderr, "k2: %s: %s\n", p->path, what);
	return false;
}

/* FILE or FILE:N: splits the number off; 0: there is none. */
static unsigned long split_number(char *path)
{
	char *colon = strrchr(path, ':'), *end;
	unsigned long n;

	if (!colon || !isdigit((unsigned char)colon[1]))
		return 0;
	n = strtoul(colon + 1, &end, 10);
	if (*end || !n)
		return 0;
	*colon = 0;
	return n;
}

bool run_packets_more(const struct run_packets *p)
{
	return p->pcap ? p->at < p->len : !p->at;
}

/* The next packet's bytes, in the file's. */
static bool next(struct run_packets *p, const uint8_t **packet, size_t *len)
{
	if (!p->pcap) {
		p->at = 1;
		*packet = p->bytes;
		*len = p->len;
		return true;
	}
	if (p->len - p->at < PCAP_RECORD)
		return bad_packet(p, "the capture has not so many packets");
	*len = get32(p->bytes + p->at + PCAP_LENGTH, p->big);
	p->at += PCAP_RECORD;
	if (p->len - p->at < *len)
		return bad_packet(p, "the capture ends within a packet");
	*packet = p->bytes + p->at;
	p->at += *len;
	return true;
}

static bool open_capture(struct run_packets *p)
{
	const uint8_t *packet;
	size_t len;

	if ((get32(p->bytes + PCAP_LINK, p->big) & 0xffff) != LINK_ETHERNET)
		return bad_packet(p, "not a capture of Ethernet");
	p->at = PCAP_HEADER;
	for (unsigned long n = 1; n < p->number; n++) {
		if (!next(p, &packet, &len))
			return false;
	}
	return true;
}

bool run_packets_open(struct run_packets *p, const char *spec)
{
	p->path = strdup(spec);
	if (!p->path)
		return false;
	p->number = split_number(p->path);
	p->bytes = (uint8_t *)k2_read_whole(p->path, &p->len);
	if (!p->bytes)
		return false;
	p->big = has_magic(p->bytes, p->len, true);
	p->pcap = p->big || has_magic(p->bytes, p->len, false);
	if (p->pcap)
		return open_capture(p);
	if (p->len >= 4 && get32(p->bytes, true) == PCAPNG)
		return bad_packet(p, "pcapng is not read, only pcap (editcap -F pcap)");
	return !p->number || bad_packet(p, "not a pcap file, so its packets have no numbers");
}

bool run_packets_next(struct run_packets *p, uint8_t **packet, size_t *len)
{
	const uint8_t *bytes;

	if (!next(p, &bytes, len))
		return false;
	*packet = malloc(*len + 1);
	if (!*packet)
		return bad_packet(p, k2_status_str(K2_ENOMEM));
	memcpy(*packet, bytes, *len);
	return true;
}

void run_packets_free(struct run_packets *p)
{
	free(p->path);
	free(p->bytes);
}
