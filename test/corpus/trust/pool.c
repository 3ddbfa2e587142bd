// SPDX-License-Identifier: BSD-2-Clause
/* Work spread over processes, so that a crash or a hang is caught and named. */
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "trust.h"

static void *shared(size_t size)
{
	void *p = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void work(const struct options *o, const struct subjects *all, char *results, size_t size, atomic_uint *next, uint32_t *at,
		 void (*do_one)(const struct options *o, const struct subject *s, void *result))
{
	const struct itimerval limit = { .it_value.tv_sec = o->hang };

	/* Arenas come and go: pages need not go back to the system each time. */
	mallopt(M_TRIM_THRESHOLD, 1 << 28);
	mallopt(M_MMAP_THRESHOLD, 1 << 28);
	for (;;) {
		uint32_t k = atomic_fetch_add(next, 1);

		if (k >= all->n)
			return;
		*at = k;
		if (k % o->shards != o->shard)
			continue;
		setitimer(ITIMER_PROF, &limit, NULL);
		do_one(o, &all->s[k], results + k * size);
	}
}

static bool wait_for(pid_t pid, const struct subjects *all, uint32_t at)
{
	int status;

	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	fprintf(stderr, "trust: %s: %s: %s\n", all->s[at].path, all->s[at].d->name,
		pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF ? "takes too long" : "crashes");
	return false;
}

void *pool_run(const struct options *o, const struct subjects *all, size_t size,
	       void (*do_one)(const struct options *o, const struct subject *s, void *result))
{
	char *results = shared(all->n * size);
	atomic_uint *next = shared(sizeof(*next));
	uint32_t *at = shared(o->jobs * sizeof(*at));
	pid_t pids[64];
	bool good = results && next && at;

	fflush(stdout);
	for (uint32_t j = 0; j < o->jobs && good; j++) {
		pids[j] = fork();
		if (pids[j] == 0) {
			work(o, all, results, size, next, &at[j], do_one);
			fflush(stdout);
			_exit(0);
		}
	}
	for (uint32_t j = 0; results && next && at && j < o->jobs; j++)
		good &= wait_for(pids[j], all, at[j]);
	return good ? results : NULL;
}

void pool_free(void *results, const struct subjects *all, size_t size)
{
	munmap(results, K2_MAX(all->n * size, (size_t)1));
}
