/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one layer's secret scan: what was found (secret_findings.c), where rules are tried
 * (secret_window.c), the buffer that the files pass (secret_scan.c). */
#ifndef WAYBILL_SECRET_SCAN_H
#define WAYBILL_SECRET_SCAN_H

#include "audit/secret_private.h"

#include <pthread.h>

struct wb_secret_file {
    size_t entry;
    uint64_t size;
    struct wb_secret_file *next, *previous; /* of those that have begun and not ended */
    char path[];
};

/* Where one rule is to be tried, by offsets in the file. */
struct wb_secret_window {
    uint64_t begin;
    uint64_t end; /* 0: there is none */
};

struct wb_secret_state {
    uint64_t file; /* the number of the file that the rest is about */
    struct wb_secret_window ready, late;
    uint64_t searched; /* up to there nothing is looked for again */
    unsigned tries;
    bool excluded; /* by the rule's `path` */
};

/* A match before the file's end, when what gives way to others is left out. */
struct wb_secret_pending {
    const struct wb_secret_rule *rule;
    struct wb_secret_found found;
    uint64_t begin, end;
    int64_t line;
};

struct wb_secret_findings {
    const struct wb_secret_rules *rules;
    struct wb_arena *arena;
    struct wb_secret_match *matches;
    size_t match_count, match_capacity;
    bool left_some_out;

    pthread_mutex_t lock; /* of the list of files: they begin on another thread */
    struct wb_secret_file *files;

    const struct wb_secret_file *current;
    uint64_t file_number;           /* from 1 */
    struct wb_secret_state *states; /* one for each rule */
    size_t *touched;                /* rules with a state of the current file */
    size_t touched_count;
    struct wb_secret_pending *pending;
    size_t pending_count, pending_capacity;
    size_t pending_ranks[2 * (WB_AUDIT_CRITICAL + 1)]; /* how many there are of each severity,
                                                          generic or not */

    uint8_t *buffer;
    size_t filled;
    size_t scanned;     /* how much of it the automaton has seen */
    uint64_t offset;    /* of the buffer in the file */
    int64_t line;       /* of its first byte */
    uint32_t automaton; /* its state */
    bool at_end;        /* the buffer holds the file's last bytes */
    bool begun;         /* something was processed */
    bool is_text;
    bool gave_up; /* not all of some file was searched */
    struct wb_secret_decoder decoder;
    struct wb_secret_store store;
};

void wb_secret_forget_file(struct wb_secret_findings *findings, struct wb_secret_file *file);
struct wb_secret_file *wb_secret_new_file(const char *path, size_t entry, uint64_t size);
/* Keeps what was found until the file's end; nothing where `redacted` is empty. */
void wb_secret_add_pending(struct wb_secret_findings *findings, const struct wb_secret_rule *rule,
                           const struct wb_secret_found *found, int64_t line);
/* At a file's end, in the order of the file. */
void wb_secret_publish(struct wb_secret_findings *findings);

/* Has a rule tried between two offsets of the file, now or when the buffer holds all of that. */
void wb_secret_add_window(struct wb_secret_findings *findings, size_t rule, uint64_t begin,
                          uint64_t end);
size_t wb_secret_count_lines(const uint8_t *data, size_t size);
/* How many bytes of a file a rule wants to see behind a keyword. */
uint64_t wb_secret_reach(const struct wb_secret_rule *rule);
/* Before and after the automaton sees a filling, and when the buffer moves on. */
void wb_secret_cut_windows(struct wb_secret_findings *findings);
void wb_secret_run_windows(struct wb_secret_findings *findings);
void wb_secret_move_windows(struct wb_secret_findings *findings);
/* The first offset that waiting windows need; UINT64_MAX: none waits. */
uint64_t wb_secret_needed_from(const struct wb_secret_findings *findings);

#endif
