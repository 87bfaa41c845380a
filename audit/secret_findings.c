/* SPDX-License-Identifier: Apache-2.0 */
/* What a secret scan found: bounded, sorted by place, without what says less of the same place. */
#include "audit/secret_scan.h"

#include <stdlib.h>
#include <string.h>

/* What is kept of one layer and of one file at most. */
#define MATCHES_MAX 20000
#define FILE_MATCHES_MAX 200

struct wb_secret_findings *wb_secret_findings_new(const struct wb_secret_rules *rules)
{
    struct wb_secret_findings *findings = wb_allocate(sizeof *findings);
    findings->rules = rules;
    findings->arena = wb_arena_new();
    pthread_mutex_init(&findings->lock, NULL);
    findings->states = wb_allocate_array(rules->count, sizeof *findings->states);
    findings->touched = wb_allocate_array(rules->count, sizeof *findings->touched);
    findings->buffer = wb_allocate(WB_SECRET_BUFFER);
    return findings;
}

void wb_secret_findings_free(struct wb_secret_findings *findings)
{
    if (findings == NULL)
        return;
    for (struct wb_secret_file *file = findings->files; file != NULL;) {
        struct wb_secret_file *next = file->next;
        free(file);
        file = next;
    }
    pthread_mutex_destroy(&findings->lock);
    wb_secret_store_clear(&findings->store);
    free(findings->matches);
    free(findings->states);
    free(findings->touched);
    free(findings->pending);
    free(findings->buffer);
    wb_arena_free(findings->arena);
    free(findings);
}

const struct wb_secret_match *wb_secret_matches(const struct wb_secret_findings *findings,
                                                size_t *count)
{
    *count = findings->match_count;
    return findings->matches;
}

bool wb_secret_matches_complete(const struct wb_secret_findings *findings)
{
    return !findings->left_some_out;
}

bool wb_secret_searched_all(const struct wb_secret_findings *findings)
{
    return !findings->gave_up;
}

struct wb_secret_file *wb_secret_new_file(const char *path, size_t entry, uint64_t size)
{
    size_t length = strlen(path);
    struct wb_secret_file *file = wb_allocate(sizeof *file + length + 1);
    memcpy(file->path, path, length + 1);
    file->entry = entry;
    file->size = size;
    return file;
}

void *wb_secret_begin(struct wb_secret_findings *findings, const struct wb_entry *entry,
                      size_t index)
{
    struct wb_secret_file *file = wb_secret_new_file(entry->path, index, entry->size);
    pthread_mutex_lock(&findings->lock);
    file->next = findings->files;
    if (file->next != NULL)
        file->next->previous = file;
    findings->files = file;
    pthread_mutex_unlock(&findings->lock);
    return file;
}

void wb_secret_forget_file(struct wb_secret_findings *findings, struct wb_secret_file *file)
{
    pthread_mutex_lock(&findings->lock);
    if (file->previous != NULL)
        file->previous->next = file->next;
    else
        findings->files = file->next;
    if (file->next != NULL)
        file->next->previous = file->previous;
    pthread_mutex_unlock(&findings->lock);
    free(file);
}

static size_t rank_of(const struct wb_secret_pending *pending)
{
    return pending->found.known_as != NULL
               ? 0
               : 2 * (size_t)pending->found.severity + !pending->rule->generic;
}

/* Has the last of those that say least give way; false: none says less than what is to come. */
static bool make_room(struct wb_secret_findings *findings, size_t rank)
{
    size_t lowest = 0, last = findings->pending_count - 1;
    findings->left_some_out = true;
    while (lowest < rank && findings->pending_ranks[lowest] == 0)
        lowest++;
    if (lowest == rank)
        return false;
    while (rank_of(&findings->pending[last]) != lowest)
        last--;
    findings->pending_ranks[lowest]--;
    findings->pending_count--;
    memmove(&findings->pending[last], &findings->pending[last + 1],
            (findings->pending_count - last) * sizeof *findings->pending);
    return true;
}

void wb_secret_add_pending(struct wb_secret_findings *findings, const struct wb_secret_rule *rule,
                           const struct wb_secret_found *found, int64_t line)
{
    if (found->redacted[0] == '\0')
        return;
    const struct wb_secret_pending pending = {
        .rule = rule,
        .found = *found,
        .begin = findings->offset + found->span.begin,
        .end = findings->offset + found->span.end,
        .line = line,
    };
    if (findings->pending_count == FILE_MATCHES_MAX && !make_room(findings, rank_of(&pending)))
        return;
    findings->pending_ranks[rank_of(&pending)]++;
    WB_APPEND(findings->pending, findings->pending_count, findings->pending_capacity, pending);
}

static int compare_pending(const void *left, const void *right)
{
    const struct wb_secret_pending *a = left, *b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return strcmp(a->rule->id, b->rule->id);
}

/* Of two generic rules the one that is more severe says more, else the first of them. */
static bool says_more(const struct wb_secret_rule *rule, const struct wb_secret_rule *than)
{
    if (!rule->generic)
        return true;
    return rule->severity != than->severity ? rule->severity > than->severity : rule < than;
}

/* Whether another rule says more of the same place. */
static bool gives_way(const struct wb_secret_findings *findings,
                      const struct wb_secret_pending *generic)
{
    if (!generic->rule->generic)
        return false;
    for (size_t i = 0; i < findings->pending_count; i++) {
        const struct wb_secret_pending *other = &findings->pending[i];
        if (says_more(other->rule, generic->rule) && other->begin < generic->end &&
            generic->begin < other->end)
            return true;
    }
    return false;
}

static void add_match(struct wb_secret_findings *findings, const struct wb_secret_pending *pending)
{
    struct wb_secret_match match = {
        .rule = pending->rule->id,
        .description = pending->rule->description,
        .redacted = wb_arena_copy(findings->arena, pending->found.redacted),
        .entry = findings->current->entry,
        .line = pending->line,
        .severity = pending->found.severity,
        .known_as = pending->found.known_as,
    };
    char hex[2 * sizeof pending->found.digest + 1];
    match.identity =
        pending->found.has_digest
            ? wb_arena_copy(findings->arena,
                            wb_hex_format(pending->found.digest, sizeof pending->found.digest, hex))
            : match.redacted;
    WB_APPEND(findings->matches, findings->match_count, findings->match_capacity, match);
}

void wb_secret_publish(struct wb_secret_findings *findings)
{
    if (findings->pending_count > 0)
        qsort(findings->pending, findings->pending_count, sizeof *findings->pending,
              compare_pending);
    for (size_t i = 0; i < findings->pending_count; i++) {
        const struct wb_secret_pending *pending = &findings->pending[i];
        if (gives_way(findings, pending))
            continue;
        if (findings->match_count == MATCHES_MAX)
            findings->left_some_out = true;
        else
            add_match(findings, pending);
    }
}
