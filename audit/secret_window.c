/* SPDX-License-Identifier: Apache-2.0 */
/* Where rules are tried: around the keywords, one stretch for hits that are near each other, so
 * that each byte is looked at once for each rule. A window that reaches past what the buffer holds
 * waits for the next filling. */
#include "audit/secret_scan.h"

#include <string.h>

/* Tries of one rule in one file. */
#define FILE_TRIES_MAX 20000

size_t wb_secret_count_lines(const uint8_t *data, size_t size)
{
    size_t lines = 0;
    for (const uint8_t *end = data + size;
         (data = memchr(data, '\n', (size_t)(end - data))) != NULL; data++)
        lines++;
    return lines;
}

static struct wb_secret_state *state_of(struct wb_secret_findings *findings, size_t index)
{
    struct wb_secret_state *state = &findings->states[index];
    const struct wb_secret_rule *rule = &findings->rules->items[index];
    const struct wb_secret_file *file = findings->current;
    if (state->file == findings->file_number)
        return state;
    *state = (struct wb_secret_state){
        .file = findings->file_number,
        .excluded = (rule->text_only && !findings->is_text) ||
                    (rule->path != NULL && !wb_secret_path_matches(rule->path, file->path))};
    findings->touched[findings->touched_count++] = index;
    return state;
}

uint64_t wb_secret_reach(const struct wb_secret_rule *rule)
{
    return rule->structure == WB_SECRET_BY_REGEX ? WB_SECRET_AFTER : WB_SECRET_KEY_AFTER;
}

/* Tries a rule on a window that is in the buffer as a whole. */
static void run_window(struct wb_secret_findings *findings, size_t index,
                       struct wb_secret_window *window)
{
    const struct wb_secret_rule *rule = &findings->rules->items[index];
    struct wb_secret_state *state = &findings->states[index];
    struct wb_secret_text where = {
        (const char *)findings->buffer, findings->filled, findings->current->path, {0, 0}, {0, 0}};
    if (window->begin < state->searched)
        window->begin = state->searched;
    /* The first and the last byte of a part of a file are no ends of a text. */
    size_t lowest = findings->offset > 0 ? 1 : 0;
    size_t highest = findings->filled - (findings->at_end ? 0 : 1);
    size_t begin =
        window->begin > findings->offset ? (size_t)(window->begin - findings->offset) : 0;
    size_t end = (size_t)(window->end - findings->offset);
    begin = begin < lowest ? lowest : begin;
    end = end > highest ? highest : end;
    struct wb_secret_found found;
    while (begin < end && state->tries < FILE_TRIES_MAX &&
           (rule->structure == WB_SECRET_BY_REGEX
                ? wb_secret_match_next(findings->rules, rule, &where, begin, end, &found)
                : wb_secret_key_next(rule, &where, begin, end, &found))) {
        state->tries++;
        size_t further = end + WB_SECRET_AFTER < highest ? end + WB_SECRET_AFTER : highest;
        if (found.span.end == end && further > end &&
            found.span.end - found.span.begin < WB_SECRET_KEY_AFTER) {
            end = further;
            continue;
        }
        if (found.redacted[0] != '\0')
            wb_secret_add_pending(
                findings, rule, &found,
                findings->line + (int64_t)wb_secret_count_lines(findings->buffer, found.place));
        begin = found.span.end > found.span.begin ? found.span.end : found.span.end + 1;
        state->searched = findings->offset + begin;
    }
    findings->gave_up |= begin < end && state->tries >= FILE_TRIES_MAX;
    *window = (struct wb_secret_window){0, 0};
}

static void widen(struct wb_secret_window *window, uint64_t begin, uint64_t end)
{
    if (window->end == 0 || begin < window->begin)
        window->begin = begin;
    if (end > window->end)
        window->end = end;
}

void wb_secret_add_window(struct wb_secret_findings *findings, size_t index, uint64_t begin,
                          uint64_t end)
{
    struct wb_secret_state *state = state_of(findings, index);
    if (state->excluded)
        return;
    if (state->tries >= FILE_TRIES_MAX) {
        findings->gave_up = true;
        return;
    }
    uint64_t buffer_end = findings->offset + findings->filled;
    if (end > buffer_end && findings->at_end)
        end = buffer_end;
    if (end > buffer_end) {
        widen(&state->late, begin, end);
        return;
    }
    if (state->ready.end != 0 && begin > state->ready.end)
        run_window(findings, index, &state->ready);
    widen(&state->ready, begin, end);
}

void wb_secret_cut_windows(struct wb_secret_findings *findings)
{
    uint64_t end = findings->offset + findings->filled;
    for (size_t i = 0; i < findings->touched_count; i++) {
        struct wb_secret_window *ready = &findings->states[findings->touched[i]].ready;
        if (ready->end > end)
            ready->end = end;
    }
}

void wb_secret_run_windows(struct wb_secret_findings *findings)
{
    for (size_t i = 0; i < findings->touched_count; i++) {
        struct wb_secret_window *ready = &findings->states[findings->touched[i]].ready;
        if (ready->end != 0)
            run_window(findings, findings->touched[i], ready);
    }
}

void wb_secret_move_windows(struct wb_secret_findings *findings)
{
    for (size_t i = 0; i < findings->touched_count; i++) {
        struct wb_secret_state *state = &findings->states[findings->touched[i]];
        state->ready = state->late;
        state->late = (struct wb_secret_window){0, 0};
    }
}

uint64_t wb_secret_needed_from(const struct wb_secret_findings *findings)
{
    uint64_t from = UINT64_MAX;
    for (size_t i = 0; i < findings->touched_count; i++) {
        const struct wb_secret_window *late = &findings->states[findings->touched[i]].late;
        if (late->end != 0 && late->begin < from)
            from = late->begin;
    }
    return from;
}
