/* SPDX-License-Identifier: Apache-2.0 */
/* What the secret scan found: in files of every layer, and in what the config says. */
#include "audit/secret_private.h"

#include <stdlib.h>
#include <string.h>

#define UNFINISHED                                                                                 \
    "layer %zu: in some file a rule was tried so often without finding a secret that the rest of " \
    "the file was not searched with it"

static char *match_text(const struct wb_secret_match *match, const char *where)
{
    return wb_string_format(
        "%s%s%s (%s)%s%s%s%s", where == NULL ? "" : where, where == NULL ? "" : ": ",
        match->description, match->rule, match->redacted == NULL ? "" : ": ",
        match->redacted == NULL ? "" : match->redacted, match->known_as == NULL ? "" : "; ",
        match->known_as == NULL ? "" : match->known_as);
}

static bool same(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* How many of one identity were found before in the same place. Findings of a place stand together,
 * those of the config are few. */
static size_t count_equal(const struct wb_audit *audit, const struct wb_audit_finding *finding,
                          const char *identity)
{
    const struct wb_audit_report *report = &audit->report;
    size_t equal = 0;
    for (size_t i = report->finding_count - 1; i-- > 0;) {
        const struct wb_audit_finding *other = &report->findings[i];
        if (other->check != finding->check || !same(other->path, finding->path) ||
            (finding->path != NULL && other->layer != finding->layer))
            break;
        equal += wb_text_starts_with(other->fingerprint, identity);
    }
    return equal;
}

/* The secret itself tells findings apart, wherever in the file it stands; of secrets with one
 * identity, which passwords of one length have, also their order. */
static void complete(struct wb_audit *audit, struct wb_audit_finding *finding,
                     const struct wb_secret_match *match, const char *where)
{
    if (finding != &audit->left_out) {
        WB_AUTO_STRING identity = wb_string_format("%s %s %s #", match->rule, match->identity,
                                                   where == NULL ? "" : where);
        finding->fingerprint = wb_arena_format(audit->report.arena, "%s%zu", identity,
                                               count_equal(audit, finding, identity));
    }
    finding->severity = match->known_as == NULL ? match->severity : WB_AUDIT_INFORMATION;
    finding->line = match->line;
}

static int compare_file(const void *key, const void *element)
{
    const struct wb_file *const *file = element;
    return strcmp(key, (*file)->path);
}

/* Whether everybody who has the package has the file: it is as it was installed. */
static bool is_as_packaged(const struct wb_audit *audit, const struct wb_audit_finding *finding)
{
    const struct wb_bom *bom = audit->view->bom;
    if (finding->package == NULL || bom->file_selection == WB_FILES_NONE)
        return false;
    struct wb_file *const *file =
        bsearch(finding->path, bom->files, bom->file_count, sizeof(struct wb_file *), compare_file);
    return file == NULL || (*file)->status == WB_FILE_OWNED;
}

static void report_layer(struct wb_audit *audit, const struct wb_audit_check *check, size_t index)
{
    const struct wb_layer *layer = audit->view->layers[index];
    const struct wb_audit_observation *observation = layer->observation;
    if (observation == NULL || observation->secrets == NULL)
        return;
    size_t count;
    const struct wb_secret_match *matches = wb_secret_matches(observation->secrets, &count);
    if (!wb_secret_matches_complete(observation->secrets))
        wb_audit_note(audit, "layer %zu: more secrets were found than are listed", index + 1);
    if (!wb_secret_searched_all(observation->secrets))
        wb_audit_note(audit, UNFINISHED, index + 1);
    for (size_t i = 0; i < count; i++) {
        if (matches[i].entry >= layer->entry_count)
            continue;
        const struct wb_entry *entry = &layer->entries[matches[i].entry];
        WB_AUTO_STRING text = match_text(&matches[i], NULL);
        struct wb_audit_finding *finding =
            wb_audit_is_hidden(audit, entry)
                ? wb_audit_add_hidden(audit, check, entry, index, "%s", text)
                : wb_audit_add_finding(audit, check, entry->path, "%s", text);
        complete(audit, finding, &matches[i], NULL);
        if (!finding->hidden && finding->severity > WB_AUDIT_LOW &&
            is_as_packaged(audit, finding)) {
            finding->severity = WB_AUDIT_LOW;
            finding->detail = wb_arena_format(audit->report.arena, "%s; as its package installs it",
                                              finding->detail);
        }
    }
}

static void note_replaced_rules(struct wb_audit *audit)
{
    for (size_t i = 0; i < audit->rules->count; i++)
        if (audit->rules->items[i].replaced)
            wb_audit_note(audit, "a rule file took the place of the secret rule %s",
                          audit->rules->items[i].id);
}

enum wb_audit_state wb_check_secret_in_file(struct wb_audit *audit,
                                            const struct wb_audit_check *check)
{
    if (audit->rules == NULL)
        return wb_audit_inconclusive(audit, "no scan for secrets was made (--no-secrets)");
    note_replaced_rules(audit);
    bool searched_all = true;
    for (size_t i = 0; i < audit->view->bom->layer_count; i++) {
        const struct wb_audit_observation *observation = audit->view->layers[i]->observation;
        report_layer(audit, check, i);
        searched_all = searched_all && (observation == NULL || observation->secrets == NULL ||
                                        wb_secret_searched_all(observation->secrets));
    }
    if (!searched_all && audit->result->finding_count == 0)
        return wb_audit_inconclusive(audit, "not all of each file was searched with all rules");
    return wb_audit_outcome(audit);
}

/* ---- what other checks show ---- */

static bool holds_secret(struct wb_secret_findings *findings, const char *path, const char *text)
{
    size_t before, after;
    wb_secret_matches(findings, &before);
    wb_secret_scan_text(findings, path == NULL ? "" : path + 1, text);
    wb_secret_matches(findings, &after);
    return after > before || !wb_secret_matches_complete(findings);
}

/* A finding about a step of the history is told by that step's text. */
static void hide_step(struct wb_audit *audit, struct wb_audit_finding *finding)
{
    const struct wb_image_description *image = audit->report.bom->image;
    if (finding->history < 0 || finding->fingerprint == NULL ||
        !audit->report.secret_history[finding->history])
        return;
    const char *step = image->history[finding->history].created_by;
    if (step != NULL && strcmp(wb_audit_printable(audit, step), finding->fingerprint) == 0)
        finding->fingerprint = wb_arena_format(audit->report.arena, "step %d", finding->history);
}

void wb_audit_hide_secrets(struct wb_audit *audit)
{
    static const char hidden[] = "(what was found holds a secret)";
    struct wb_audit_report *report = &audit->report;
    if (audit->rules == NULL)
        return;
    struct wb_secret_findings *findings = wb_secret_findings_new(audit->rules);
    for (size_t i = 0; i < report->finding_count; i++) {
        struct wb_audit_finding *finding = &report->findings[i];
        if (finding->check->run == wb_check_secret_in_file ||
            finding->check->run == wb_check_secret_in_configuration)
            continue;
        hide_step(audit, finding);
        if (holds_secret(findings, finding->path, finding->detail))
            finding->detail = hidden;
    }
    for (size_t i = 0; i < report->result_count; i++)
        if (report->results[i].detail != NULL &&
            holds_secret(findings, NULL, report->results[i].detail))
            report->results[i].detail = hidden;
    wb_secret_findings_free(findings);
}

/* ---- config ---- */

struct text_scan {
    struct wb_audit *audit;
    const struct wb_audit_check *check;
    struct wb_secret_findings *findings;
    size_t seen; /* matches of texts before this one */
    int history, layer;
};

static void scan_text(struct text_scan *scan, const char *where, const char *text)
{
    size_t count;
    wb_secret_scan_text(scan->findings, where, text);
    const struct wb_secret_match *matches = wb_secret_matches(scan->findings, &count);
    for (; scan->seen < count; scan->seen++) {
        const struct wb_secret_match *match = &matches[scan->seen];
        WB_AUTO_STRING detail = match_text(match, where);
        struct wb_audit_finding *finding =
            wb_audit_add_finding(scan->audit, scan->check, NULL, "%s", detail);
        finding->history = scan->history;
        finding->layer = scan->layer;
        complete(scan->audit, finding, match, where);
        finding->line = 0;
    }
}

static void scan_list(struct text_scan *scan, const char *where, const struct wb_string_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i];
        /* A variable's name is no secret, and says where to look. */
        bool named = strcmp(where, "environment") == 0;
        WB_AUTO_STRING place = wb_string_format("%s%s%.*s", where, named ? " " : "",
                                                named ? (int)strcspn(text, "=") : 0, text);
        scan_text(scan, place, text);
    }
}

static void scan_named(struct text_scan *scan, const char *where,
                       const struct wb_name_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        WB_AUTO_STRING place = wb_string_format("%s %s", where, values[i].name);
        WB_AUTO_STRING text = wb_string_format("%s=%s", values[i].name, values[i].value);
        scan_text(scan, place, text);
    }
}

static void scan_configuration(struct text_scan *scan, const struct wb_image_description *image)
{
    scan_list(scan, "environment", &image->settings.environment);
    scan_list(scan, "entry point", &image->settings.entry_point);
    scan_list(scan, "command", &image->settings.command);
    scan_list(scan, "health check", &image->settings.health_check);
    scan_list(scan, "volume", &image->settings.volumes);
    if (image->settings.working_directory != NULL)
        scan_text(scan, "working directory", image->settings.working_directory);
    if (image->author != NULL)
        scan_text(scan, "author", image->author);
    scan_named(scan, "label", image->labels, image->label_count);
    scan_named(scan, "annotation", image->annotations, image->annotation_count);
    for (size_t i = 0; i < image->history_count; i++) {
        const struct wb_history_line *line = &image->history[i];
        scan->history = (int)i;
        scan->layer = line->layer;
        if (line->created_by != NULL)
            scan_text(scan, "history", line->created_by);
        if (line->comment != NULL)
            scan_text(scan, "comment of the history", line->comment);
    }
}

enum wb_audit_state wb_check_secret_in_configuration(struct wb_audit *audit,
                                                     const struct wb_audit_check *check)
{
    const struct wb_image_description *image = audit->view->bom->image;
    if (image->config_digest == NULL)
        return WB_AUDIT_NOT_APPLICABLE;
    if (audit->rules == NULL)
        return wb_audit_inconclusive(audit, "no scan for secrets was made (--no-secrets)");
    struct text_scan scan = {
        .audit = audit,
        .check = check,
        .findings = wb_secret_findings_new(audit->rules),
        .history = -1,
        .layer = -1,
    };
    scan_configuration(&scan, image);
    wb_secret_findings_free(scan.findings);
    return wb_audit_outcome(audit);
}
