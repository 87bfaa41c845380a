/* SPDX-License-Identifier: Apache-2.0 */
/* Measures the secret scan alone: reads the files named on standard input, one a line, and says
 * how fast they were scanned; with -v also what was found. */
#include "audit/audit_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PIECE (256 << 10)

_Noreturn void wb_out_of_memory(size_t requested)
{
    fprintf(stderr, "out of memory: %zu bytes\n", requested);
    exit(WB_SYSTEM);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct bench {
    struct wb_secret_findings *findings;
    char **paths;
    size_t count, capacity;
    uint64_t bytes;
    double time; /* of the scan, without reading */
};

static void scan_file(struct bench *bench, const char *path)
{
    static uint8_t piece[PIECE];
    struct stat status;
    WB_AUTO_FD fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    char *kept = wb_string_copy(path);
    WB_APPEND(bench->paths, bench->count, bench->capacity, kept);
    const struct wb_entry entry = {.path = kept + (kept[0] == '/'),
                                   .size = (uint64_t)status.st_size};
    double begin = seconds();
    void *file = wb_secret_begin(bench->findings, &entry, bench->count - 1);
    bench->time += seconds() - begin;
    for (ssize_t size; (size = read(fd, piece, sizeof piece)) > 0;) {
        begin = seconds();
        wb_secret_piece(bench->findings, file, piece, (uint64_t)size);
        bench->time += seconds() - begin;
        bench->bytes += (uint64_t)size;
    }
    begin = seconds();
    wb_secret_end(bench->findings, file);
    bench->time += seconds() - begin;
}

static void print_matches(const struct bench *bench)
{
    size_t count;
    const struct wb_secret_match *matches = wb_secret_matches(bench->findings, &count);
    for (size_t i = 0; i < count; i++)
        printf("%s:%lld: %s [%s] %s%s%s\n", bench->paths[matches[i].entry],
               (long long)matches[i].line, matches[i].rule,
               wb_audit_severity_name(matches[i].severity), matches[i].redacted,
               matches[i].known_as == NULL ? "" : "; ",
               matches[i].known_as == NULL ? "" : matches[i].known_as);
}

int main(int argc, char **argv)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_secret_rules *rules = wb_secret_rules_new();
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    bool ok = wb_secret_rules_add(rules, wb_audit_built_in_rules(), "built-in rules", &err);
    for (int i = verbose ? 2 : 1; ok && i < argc; i++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        ok = wb_file_read(AT_FDCWD, argv[i], 16 << 20, &text, &err) &&
             wb_secret_rules_add(rules, wb_buffer_bytes(&text), argv[i], &err);
    }
    if (!ok || !wb_secret_rules_finish(rules, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return (int)err.status;
    }
    struct bench bench = {.findings = wb_secret_findings_new(rules)};
    char line[4096];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        scan_file(&bench, line);
    }
    if (verbose)
        print_matches(&bench);
    size_t count;
    wb_secret_matches(bench.findings, &count);
    printf("rules loaded: %zu; %zu files, %llu bytes, %.2f s, %.0f MB/s, %zu matches%s\n",
           wb_secret_rules_count(rules), bench.count, (unsigned long long)bench.bytes, bench.time,
           (double)bench.bytes / 1e6 / bench.time, count,
           wb_secret_matches_complete(bench.findings) ? "" : " and more");
    wb_secret_findings_free(bench.findings);
    wb_secret_rules_free(rules);
    return 0;
}
