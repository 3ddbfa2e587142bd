// SPDX-License-Identifier: BSD-2-Clause
/* pace OLD NEW PCAP [PROGRAM]: how long programs of two objects take on the packets of a capture (BPF_PROG_TEST_RUN, root). Rounds of both
   take turns on one CPU; a line for each program: nanoseconds of the fastest round, and the median and the middle half of the rounds' ratios
   new to old. Of captures with many packets every so many are taken. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKETS = 16, ROUNDS = 41, REPEAT = 3000, SNAP = 4096, PCAP_HEADER = 24, PCAP_RECORD = 16 };

static struct { uint8_t bytes[SNAP]; uint32_t len; } packets[PACKETS];
static unsigned int n_packets;

static bool read_packets(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t head[PCAP_HEADER];
	uint32_t record[PCAP_RECORD / 4], total = 0, k = 0;

	for (unsigned int pass = 0; f && pass < 2; pass++, k = 0) {
		rewind(f);
		if (fread(head, sizeof(head), 1, f) != 1)
			break;
		while (fread(record, sizeof(record), 1, f) == 1 && record[2] <= SNAP) {
			bool wanted = pass && n_packets < PACKETS && (uint64_t)k * PACKETS / total == n_packets;

			if (fread(packets[wanted ? n_packets : PACKETS - 1].bytes, 1, record[2], f) != record[2])
				break;
			packets[wanted ? n_packets : PACKETS - 1].len = record[2];
			n_packets += wanted;
			total += !pass;
			k++;
		}
	}
	if (f)
		fclose(f);
	return n_packets;
}

/* Nanoseconds for all packets; negative: it does not run. */
static double time_round(int fd)
{
	static uint8_t out[SNAP + 512];
	double sum = 0;

	for (unsigned int k = 0; k < n_packets; k++) {
		LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packets[k].bytes, .data_size_in = packets[k].len, .data_out = out,
			    .data_size_out = sizeof(out), .repeat = REPEAT);

		if (bpf_prog_test_run_opts(fd, &o))
			return -1;
		sum += o.duration;
	}
	return sum / n_packets;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void compare(const char *name, int old_fd, int new_fd)
{
	double ratio[ROUNDS], best[2] = { 1e9, 1e9 };

	for (unsigned int k = 0; k < ROUNDS; k++) {
		bool new_first = k & 1;
		double a = time_round(new_first ? new_fd : old_fd), b = time_round(new_first ? old_fd : new_fd);
		double old = new_first ? b : a, new = new_first ? a : b;

		if (a <= 0 || b <= 0) {
			printf("%s: not executed\n", name);
			return;
		}
		ratio[k] = new / old;
		best[0] = old < best[0] ? old : best[0];
		best[1] = new < best[1] ? new : best[1];
	}
	qsort(ratio, ROUNDS, sizeof(*ratio), by_size);
	printf("%s: %.1f ns to %.1f (%+.1f %%); ratios: median %+.1f %%, middle half %+.1f to %+.1f %%\n", name, best[0], best[1],
	       100 * (best[1] / best[0] - 1), 100 * (ratio[ROUNDS / 2] - 1), 100 * (ratio[ROUNDS / 4] - 1),
	       100 * (ratio[3 * ROUNDS / 4] - 1));
	fflush(stdout);
}

static struct bpf_object *load(const char *path)
{
	struct bpf_object *o = bpf_object__open_file(path, NULL);
	struct bpf_program *p;

	if (!o)
		return NULL;
	bpf_object__for_each_program(p, o) {
		if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC)
			bpf_program__set_type(p, strstr(bpf_program__section_name(p), "xdp") ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS);
	}
	return bpf_object__load(o) ? NULL : o;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *old, *new;
	struct bpf_program *p;
	cpu_set_t cpu;

	if (argc < 4 || !read_packets(argv[3])) {
		fprintf(stderr, argc < 4 ? "usage: pace OLD NEW PCAP [PROGRAM]\n" : "pace: no packets in %s\n", argv[3]);
		return 2;
	}
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	libbpf_set_print(silent);
	old = load(argv[1]);
	new = load(argv[2]);
	if (!old || !new) {
		fprintf(stderr, "pace: %s does not load\n", argv[old ? 2 : 1]);
		return 2;
	}
	bpf_object__for_each_program(p, old) {
		struct bpf_program *q = bpf_object__find_program_by_name(new, bpf_program__name(p));

		if (q && (argc < 5 || !strcmp(argv[4], bpf_program__name(p))))
			compare(bpf_program__name(p), bpf_program__fd(p), bpf_program__fd(q));
	}
	bpf_object__close(old);
	bpf_object__close(new);
	return 0;
}
