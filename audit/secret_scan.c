/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for secrets in files as they go by. All bytes pass the automaton of the keywords; only
 * around a keyword are expressions of its rules tried, on what a buffer of one fixed size holds.
 * A window that reaches past the buffer's end waits for the next filling. */
#include "audit/secret_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NUL bytes among the first of a file make it binary. */
#define TEXT_PROBE 8192

static void make_current(struct wb_secret_findings *findings, const struct wb_secret_file *file)
{
    findings->current = file;
    findings->file_number++;
    findings->touched_count = 0;
    findings->pending_count = 0;
    memset(findings->pending_ranks, 0, sizeof findings->pending_ranks);
    findings->filled = findings->scanned = 0;
    findings->offset = 0;
    findings->line = 1;
    findings->automaton = 0;
    findings->at_end = findings->begun = false;
    findings->decoder = (struct wb_secret_decoder){WB_SECRET_BYTES, false, 0};
    wb_secret_store_clear(&findings->store);
}

static void note_hit(void *context, size_t keyword, size_t end)
{
    struct wb_secret_findings *findings = context;
    uint64_t at = findings->offset + findings->scanned + end;
    uint64_t before = WB_SECRET_BEFORE + WB_SECRET_KEYWORD_MAX;
    for (const size_t *rule = findings->rules->keyword_rules[keyword]; *rule != SIZE_MAX; rule++)
        wb_secret_add_window(findings, *rule, at > before ? at - before : 0,
                             at + wb_secret_reach(&findings->rules->items[*rule]));
}

/* Rules without keywords are tried on everything. */
static void add_everything(struct wb_secret_findings *findings)
{
    uint64_t begin = findings->offset + findings->scanned;
    uint64_t end = findings->offset + findings->filled;
    for (const size_t *rule = findings->rules->without_keywords; *rule != SIZE_MAX; rule++) {
        uint64_t reach = findings->at_end ? 0 : wb_secret_reach(&findings->rules->items[*rule]);
        if (end > begin + reach)
            wb_secret_add_window(findings, *rule, begin, end - reach);
        if (reach > 0)
            wb_secret_add_window(findings, *rule, end > reach ? end - reach : 0, end + 1);
    }
}

/* For rules on paths alone: as far as the buffer reaches, its content stands for the file. */
static void describe_file(const struct wb_secret_rule *rule, struct wb_bytes head, uint64_t size,
                          struct wb_secret_found *found)
{
    struct wb_digest digest;
    found->has_digest = rule->generated && wb_digest_bytes(WB_DIGEST_SHA256, head, &digest, NULL);
    if (found->has_digest)
        memcpy(found->digest, digest.bytes, sizeof found->digest);
    snprintf(found->redacted, sizeof found->redacted, "a file of %llu bytes",
             (unsigned long long)size);
}

/* Neither of another path than the rule's nor allowed. */
static bool is_about_file(const struct wb_secret_findings *findings,
                          const struct wb_secret_rule *rule, struct wb_bytes head)
{
    const struct wb_secret_text where = {(const char *)head.data,
                                         head.size,
                                         findings->current->path,
                                         {0, head.size},
                                         {0, head.size}};
    return (rule->path == NULL || wb_secret_path_matches(rule->path, where.path)) &&
           !wb_secret_allowed(&rule->allowlists, rule->id, &where) &&
           !wb_secret_allowed(&findings->rules->files[rule->file], rule->id, &where);
}

static void look_at_file(struct wb_secret_findings *findings, const struct wb_secret_rule *rule,
                         struct wb_bytes head)
{
    struct wb_secret_found found = {.severity = rule->severity, .span = {0, head.size}};
    const struct wb_secret_key key = rule->structure == WB_SECRET_DER
                                         ? wb_secret_key_look_file(head, findings->current->size)
                                         : (struct wb_secret_key){0};
    bool counts = rule->structure == WB_SECRET_BY_REGEX || key.kind != NULL;
    if (!counts || !is_about_file(findings, rule, head))
        return;
    struct wb_digest digest = {0};
    if (key.kind == NULL)
        describe_file(rule, head, findings->current->size, &found);
    else if (wb_digest_bytes(WB_DIGEST_SHA256, head, &digest, NULL))
        wb_secret_describe_key(rule, &key, head.size, &digest, &found);
    wb_secret_add_pending(findings, rule, &found, 0);
}

static void look_at_head(struct wb_secret_findings *findings)
{
    const struct wb_bytes head = {findings->buffer, findings->filled};
    size_t probe = head.size < TEXT_PROBE ? head.size : TEXT_PROBE;
    findings->is_text = memchr(head.data, 0, probe) == NULL;
    findings->begun = true;
    wb_secret_store_begin(&findings->store, head);
    for (const size_t *index = findings->rules->of_whole_files; *index != SIZE_MAX; index++)
        look_at_file(findings, &findings->rules->items[*index], head);
}

/* What a key store holds is known at its end. */
static void look_at_store(struct wb_secret_findings *findings)
{
    struct wb_digest digest;
    const struct wb_secret_key key = wb_secret_store_end(&findings->store, &digest);
    for (const size_t *index = findings->rules->of_whole_files;
         key.kind != NULL && *index != SIZE_MAX; index++) {
        const struct wb_secret_rule *rule = &findings->rules->items[*index];
        struct wb_secret_found found = {.severity = rule->severity};
        if (rule->structure != WB_SECRET_KEY_STORE ||
            !is_about_file(findings, rule, (struct wb_bytes){0}))
            continue;
        wb_secret_describe_key(rule, &key, findings->current->size, &digest, &found);
        wb_secret_add_pending(findings, rule, &found, 0);
    }
}

/* How much of the buffer is needed by what comes: the windows that wait, and what may stand before
 * a keyword. */
static uint64_t needed_from(const struct wb_secret_findings *findings)
{
    uint64_t end = findings->offset + findings->filled;
    uint64_t before = WB_SECRET_BEFORE + WB_SECRET_KEYWORD_MAX + 1;
    uint64_t from = end > before ? end - before : 0;
    uint64_t waiting = wb_secret_needed_from(findings);
    from = waiting < from ? waiting : from;
    return from > findings->offset ? from - 1 : findings->offset;
}

static void slide(struct wb_secret_findings *findings)
{
    size_t gone = (size_t)(needed_from(findings) - findings->offset);
    findings->line += (int64_t)wb_secret_count_lines(findings->buffer, gone);
    memmove(findings->buffer, findings->buffer + gone, findings->filled - gone);
    findings->offset += gone;
    findings->filled -= gone;
    findings->scanned = findings->filled;
    wb_secret_move_windows(findings);
}

/* Once the buffer has been filled for the first time. A text in UTF-16 leaves half of it empty. */
static void decode_head(struct wb_secret_findings *findings)
{
    const struct wb_bytes head = {findings->buffer, findings->filled};
    if (findings->begun || findings->decoder.encoding != WB_SECRET_BYTES)
        return;
    findings->decoder.encoding = wb_secret_encoding_of(head);
    if (findings->decoder.encoding != WB_SECRET_BYTES)
        findings->filled =
            wb_secret_decode(&findings->decoder, head.data, head.size, findings->buffer);
}

static void process(struct wb_secret_findings *findings)
{
    if (!findings->begun)
        look_at_head(findings);
    wb_secret_store_take(&findings->store, (struct wb_bytes){findings->buffer + findings->scanned,
                                                             findings->filled - findings->scanned});
    wb_secret_cut_windows(findings);
    add_everything(findings);
    wb_keyword_automaton_scan(findings->rules->automaton, &findings->automaton,
                              findings->buffer + findings->scanned,
                              findings->filled - findings->scanned, note_hit, findings);
    wb_secret_run_windows(findings);
    findings->scanned = findings->filled;
}

static void append(struct wb_secret_findings *findings, const uint8_t *data, uint64_t size)
{
    while (size > 0) {
        if (findings->filled == WB_SECRET_BUFFER)
            decode_head(findings);
        if (findings->filled == WB_SECRET_BUFFER) {
            process(findings);
            slide(findings);
        }
        size_t room = WB_SECRET_BUFFER - findings->filled;
        size_t part = size < room ? (size_t)size : room;
        uint8_t *end = findings->buffer + findings->filled;
        if (findings->decoder.encoding != WB_SECRET_BYTES) {
            findings->filled += wb_secret_decode(&findings->decoder, data, part, end);
        } else {
            if (data != NULL)
                memcpy(end, data, part);
            else
                memset(end, 0, part);
            findings->filled += part;
        }
        data += data == NULL ? 0 : part;
        size -= part;
    }
}

void wb_secret_piece(struct wb_secret_findings *findings, void *file, const uint8_t *data,
                     uint64_t size)
{
    if (findings->current != file)
        make_current(findings, file);
    /* Of a hole as much is looked at as parts what stands before it from what stands behind. */
    if (data == NULL && size > WB_SECRET_BUFFER)
        size = WB_SECRET_BUFFER;
    append(findings, data, size);
}

static void end_file(struct wb_secret_findings *findings, const struct wb_secret_file *file)
{
    if (findings->current != file)
        make_current(findings, file);
    decode_head(findings);
    findings->at_end = true;
    process(findings);
    look_at_store(findings);
    wb_secret_publish(findings);
    findings->current = NULL;
}

void wb_secret_end(struct wb_secret_findings *findings, void *file)
{
    end_file(findings, file);
    wb_secret_forget_file(findings, file);
}

void wb_secret_scan_text(struct wb_secret_findings *findings, const char *what, const char *text)
{
    struct wb_secret_file *file = wb_secret_new_file(what, SIZE_MAX, strlen(text));
    wb_secret_piece(findings, file, (const uint8_t *)text, file->size);
    end_file(findings, file);
    free(file);
}
