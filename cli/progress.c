/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MILLISECONDS 100

static int64_t now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void wb_progress_start(struct wb_progress *progress, const char *what, bool quiet)
{
    *progress = (struct wb_progress){
        .enabled = !quiet && isatty(STDERR_FILENO) == 1,
        .what = what,
        .last_milliseconds = now_milliseconds(),
    };
}

void wb_progress_show(void *context, uint64_t done, uint64_t total)
{
    struct wb_progress *progress = context;
    if (!progress->enabled)
        return;
    int64_t now = now_milliseconds();
    if (now - progress->last_milliseconds < INTERVAL_MILLISECONDS)
        return;
    progress->last_milliseconds = now;
    progress->shown = true;
    uint64_t megabyte = 1000000;
    if (total > 0)
        fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " MB (%" PRIu64 " %%)",
                progress->what, done / megabyte, total / megabyte,
                done >= total ? 100 : done * 100 / total);
    else
        fprintf(stderr, "\r\033[K%s: %" PRIu64 " MB", progress->what, done / megabyte);
    fflush(stderr);
}

void wb_progress_end(struct wb_progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
    progress->shown = false;
}
