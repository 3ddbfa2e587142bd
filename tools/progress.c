// SPDX-License-Identifier: BSD-2-Clause
/* See progress.h. A thread of its own writes the line, so that it also appears while one function takes long. */
#include "progress.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 1000, EVERY_MS = 200, WIDTH = 80, WIDTH_MAX = 400 };

/* There is one terminal. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t stop;
	pthread_t thread;
	bool running, stopping;
	const char *file, *what, *name;
	uint32_t k, n;
} line = { .lock = PTHREAD_MUTEX_INITIALIZER, .stop = PTHREAD_COND_INITIALIZER };

static int width(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || !w.ws_col)
		return WIDTH;
	return w.ws_col < WIDTH_MAX ? w.ws_col : WIDTH_MAX;
}

/* Returns how many columns there is something in. */
static int draw(int before)
{
	char text[WIDTH_MAX];
	int n = snprintf(text, sizeof(text), "k2: %s: %s %u of %u %s", line.file, line.what, line.k, line.n, line.name);
	int room = width() - 1;

	n = n < (int)sizeof(text) ? n : (int)sizeof(text) - 1;
	n = n < room ? n : room;
	fprintf(stderr, "\r%.*s%*s", n, text, before > n ? before - n : 0, "");
	fflush(stderr);
	return n;
}

static void in_ms(struct timespec *t, long ms)
{
	clock_gettime(CLOCK_REALTIME, t);
	t->tv_nsec += ms % 1000 * 1000000;
	t->tv_sec += ms / 1000 + t->tv_nsec / 1000000000;
	t->tv_nsec %= 1000000000;
}

static void *show(void *arg)
{
	struct timespec when;
	int drawn = 0;

	(void)arg;
	in_ms(&when, FIRST_MS);
	pthread_mutex_lock(&line.lock);
	while (!line.stopping) {
		if (!pthread_cond_timedwait(&line.stop, &line.lock, &when))
			continue;
		if (line.what)
			drawn = draw(drawn);
		in_ms(&when, EVERY_MS);
	}
	pthread_mutex_unlock(&line.lock);
	if (drawn) {
		fprintf(stderr, "\r%*s\r", drawn, "");
		fflush(stderr);
	}
	return NULL;
}

void progress_begin(const char *file)
{
	if (line.running || !isatty(STDERR_FILENO))
		return;
	line.file = strrchr(file, '/') ? strrchr(file, '/') + 1 : file; /* there is not much room */
	line.what = NULL;
	line.stopping = false;
	line.running = !pthread_create(&line.thread, NULL, show, NULL);
}

void progress_at(const char *what, uint32_t k, uint32_t n, const char *name)
{
	pthread_mutex_lock(&line.lock);
	line.what = what;
	line.name = name;
	line.k = k;
	line.n = n;
	pthread_mutex_unlock(&line.lock);
}

void progress_end(void)
{
	if (!line.running)
		return;
	pthread_mutex_lock(&line.lock);
	line.stopping = true;
	pthread_cond_signal(&line.stop);
	pthread_mutex_unlock(&line.lock);
	pthread_join(line.thread, NULL);
	line.running = false;
}
