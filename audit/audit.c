/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the table of checks over one image and gathers what they find. */
#include "audit/audit_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool load_rules(struct wb_audit *audit, struct wb_error *err)
{
    const struct wb_audit_options *options = audit->options;
    if (!options->secrets)
        return true;
    audit->rules = wb_secret_rules_new();
    if (!wb_secret_rules_add(audit->rules, options->built_in_rules, "built-in rules", err))
        return false;
    for (size_t i = 0; i < options->rules_count; i++) {
        WB_AUTO_STRING source = wb_string_format("--rules (%zu)", i + 1);
        if (!wb_secret_rules_add(audit->rules, options->rules[i], source, err))
            return false;
    }
    return wb_secret_rules_finish(audit->rules, err) &&
           (wb_secret_rules_count(audit->rules) > 0 ||
            wb_error_set(err, WB_BAD_INPUT,
                         "no rule for secrets was loaded: nothing would be found; --no-secrets "
                         "leaves the scan out"));
}

static bool check_skipped(const struct wb_audit_options *options, struct wb_error *err)
{
    for (size_t i = 0; i < options->skip_count; i++)
        if (wb_audit_check_find(options->skip[i]) == NULL)
            return wb_error_set(err, WB_USAGE,
                                "--skip %s: there is no such check; --list-checks lists them",
                                options->skip[i]);
    return true;
}

struct wb_audit *wb_audit_new(const struct wb_audit_options *options, struct wb_error *err)
{
    WB_AUTO(wb_audit) *audit = wb_allocate(sizeof *audit);
    audit->options = options;
    audit->report.arena = wb_arena_new();
    audit->waivers = wb_audit_waivers_new(options, err);
    if (audit->waivers == NULL || !check_skipped(options, err) || !load_rules(audit, err))
        return NULL;
    return WB_STEAL(audit);
}

static void clear_report(struct wb_audit_report *report)
{
    free(report->results);
    free(report->findings);
    free(report->unneeded);
    free(report->notes);
    wb_arena_free(report->arena);
    *report = (struct wb_audit_report){0};
}

void wb_audit_free(struct wb_audit *audit)
{
    if (audit == NULL)
        return;
    wb_audit_view_close(audit);
    clear_report(&audit->report);
    wb_audit_waivers_free(audit->waivers);
    wb_secret_rules_free(audit->rules);
    free(audit);
}

/* ---- findings ---- */

/* The layer that left the path as it is. */
static int layer_of(const struct wb_layer_span *span)
{
    return span->changed >= 0 ? span->changed : span->introduced;
}

static const char *absolute(struct wb_audit *audit, const char *path)
{
    return wb_arena_format(audit->report.arena, "/%s",
                           wb_audit_printable(audit, path[0] == '/' ? path + 1 : path));
}

/* How severe the one before was is known only now. */
static void note_left_out(struct wb_audit *audit)
{
    const struct wb_audit_finding *left_out = &audit->left_out;
    if (left_out->check != NULL && left_out->severity > audit->left_out_worst)
        audit->left_out_worst = left_out->severity;
}

static struct wb_audit_finding *begin_finding(struct wb_audit *audit,
                                              const struct wb_audit_check *check,
                                              const char *detail_format, va_list arguments)
    WB_PRINTF(3, 0);

static struct wb_audit_finding *begin_finding(struct wb_audit *audit,
                                              const struct wb_audit_check *check,
                                              const char *detail_format, va_list arguments)
{
    struct wb_audit_report *report = &audit->report;
    WB_AUTO_STRING detail = NULL;
    if (vasprintf(&detail, detail_format, arguments) < 0)
        wb_out_of_memory(0);
    const struct wb_audit_finding finding = {
        .check = check,
        .severity = check->severity,
        .layer = -1,
        .history = -1,
    };
    if (audit->result->finding_count++ >= WB_AUDIT_FINDINGS_MAX) {
        note_left_out(audit);
        audit->left_out = finding;
        return &audit->left_out;
    }
    WB_APPEND(report->findings, report->finding_count, report->finding_capacity, finding);
    struct wb_audit_finding *added = &report->findings[report->finding_count - 1];
    added->detail = wb_audit_printable(audit, detail);
    return added;
}

struct wb_audit_finding *wb_audit_add_finding(struct wb_audit *audit,
                                              const struct wb_audit_check *check, const char *path,
                                              const char *detail_format, ...)
{
    va_list arguments;
    va_start(arguments, detail_format);
    struct wb_audit_finding *finding = begin_finding(audit, check, detail_format, arguments);
    va_end(arguments);
    if (path == NULL || finding == &audit->left_out)
        return finding;
    finding->path = absolute(audit, path);
    const struct wb_node *node = wb_audit_lookup(audit, path, false);
    if (node == NULL)
        return finding;
    finding->layer = layer_of(&node->span);
    const struct wb_audit_file *file = node->user;
    if (file != NULL && file->owner != NULL)
        finding->package = file->owner->name;
    return finding;
}

struct wb_audit_finding *wb_audit_add_hidden(struct wb_audit *audit,
                                             const struct wb_audit_check *check,
                                             const struct wb_entry *entry, size_t layer,
                                             const char *detail_format, ...)
{
    va_list arguments;
    va_start(arguments, detail_format);
    struct wb_audit_finding *finding = begin_finding(audit, check, detail_format, arguments);
    va_end(arguments);
    if (finding == &audit->left_out)
        return finding;
    finding->path = absolute(audit, entry->path);
    finding->layer = (int)layer;
    finding->hidden = true;
    return finding;
}

enum wb_audit_state wb_audit_outcome(const struct wb_audit *audit)
{
    return audit->result->finding_count > 0 ? WB_AUDIT_FAILED : WB_AUDIT_PASSED;
}

enum wb_audit_state wb_audit_inconclusive(struct wb_audit *audit, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    WB_AUTO_STRING detail = NULL;
    if (vasprintf(&detail, format, arguments) < 0)
        wb_out_of_memory(0);
    va_end(arguments);
    audit->result->detail = wb_audit_printable(audit, detail);
    return WB_AUDIT_INCONCLUSIVE;
}

void wb_audit_note(struct wb_audit *audit, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    WB_AUTO_STRING note = NULL;
    if (vasprintf(&note, format, arguments) < 0)
        wb_out_of_memory(0);
    va_end(arguments);
    WB_APPEND(audit->report.notes, audit->report.note_count, audit->report.note_capacity,
              wb_audit_printable(audit, note));
}

/* ---- the run ---- */

static bool is_skipped(const struct wb_audit_options *options, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < options->skip_count; i++)
        if (strcmp(options->skip[i], check->id) == 0)
            return true;
    return false;
}

static void add_left_out(struct wb_audit *audit, const struct wb_audit_check *check)
{
    struct wb_audit_result *result = audit->result;
    if (result->finding_count <= WB_AUDIT_FINDINGS_MAX)
        return;
    size_t more = result->finding_count - WB_AUDIT_FINDINGS_MAX;
    note_left_out(audit);
    result->finding_count = 0; /* room for one more */
    wb_audit_add_finding(audit, check, NULL, "%zu more of this kind are not listed", more)
        ->severity = audit->left_out_worst;
    result->finding_count = WB_AUDIT_FINDINGS_MAX + more;
}

static void run_checks(struct wb_audit *audit)
{
    struct wb_audit_report *report = &audit->report;
    size_t count;
    const struct wb_audit_check *checks = wb_audit_checks(&count);
    for (size_t i = 0; i < count; i++) {
        if (is_skipped(audit->options, &checks[i]))
            continue;
        const struct wb_audit_result begun = {.check = &checks[i]};
        WB_APPEND(report->results, report->result_count, report->result_capacity, begun);
        audit->result = &report->results[report->result_count - 1];
        audit->left_out = (struct wb_audit_finding){0};
        audit->left_out_worst = WB_AUDIT_INFORMATION;
        audit->result->state = checks[i].run(audit, &checks[i]);
        add_left_out(audit, &checks[i]);
    }
    audit->result = NULL;
}

/* ---- the end ---- */

static void set_history(const struct wb_image_description *image, struct wb_audit_finding *finding)
{
    for (size_t i = 0; finding->history < 0 && finding->layer >= 0 && i < image->history_count; i++)
        if (image->history[i].layer == finding->layer)
            finding->history = (int)i;
}

static void set_fingerprint(struct wb_audit *audit, struct wb_hasher *hasher,
                            struct wb_audit_finding *finding)
{
    const struct wb_bom *bom = audit->report.bom;
    const char *layer = NULL;
    if (finding->hidden && finding->layer >= 0)
        layer = bom->layers[finding->layer].diff_id;
    const char *const parts[] = {finding->check->id, finding->path, layer,
                                 finding->fingerprint == NULL ? finding->detail
                                                              : finding->fingerprint};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *part = parts[i] == NULL ? "" : parts[i];
        wb_hasher_update(hasher, part, strlen(part) + 1);
    }
    struct wb_digest digest;
    char text[2 * 32 + 1];
    wb_hasher_finish(hasher, &digest);
    finding->fingerprint =
        wb_arena_copy(audit->report.arena, wb_hex_format(digest.bytes, 32, text));
}

static int compare_texts(const char *one, const char *other)
{
    return strcmp(one == NULL ? "" : one, other == NULL ? "" : other);
}

/* Checks stand in one table: their addresses are its order. */
static int compare_findings(const void *a, const void *b)
{
    const struct wb_audit_finding *one = a, *other = b;
    if (one->severity != other->severity)
        return one->severity > other->severity ? -1 : 1;
    if (one->check != other->check)
        return one->check < other->check ? -1 : 1;
    int order = compare_texts(one->path, other->path);
    if (order == 0)
        order = (one->layer > other->layer) - (one->layer < other->layer);
    if (order == 0)
        order = (one->line > other->line) - (one->line < other->line);
    return order != 0 ? order : compare_texts(one->fingerprint, other->fingerprint);
}

/* No writer may repeat a step in which a secret stands. */
static void mark_secret_history(struct wb_audit_report *report)
{
    const struct wb_audit_check *check = wb_audit_check_find("secret-in-configuration");
    size_t count = report->bom->image->history_count;
    bool *secret = wb_arena_allocate(report->arena, (count + 1) * sizeof *secret);
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].check == check && report->findings[i].history >= 0)
            secret[report->findings[i].history] = true;
    report->secret_history = secret;
}

static bool finish(struct wb_audit *audit, struct wb_error *err)
{
    struct wb_audit_report *report = &audit->report;
    mark_secret_history(report);
    wb_audit_hide_secrets(audit);
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(WB_DIGEST_SHA256, err);
    if (hasher == NULL)
        return false;
    for (size_t i = 0; i < report->finding_count; i++) {
        set_history(report->bom->image, &report->findings[i]);
        set_fingerprint(audit, hasher, &report->findings[i]);
    }
    if (report->finding_count > 1)
        qsort(report->findings, report->finding_count, sizeof *report->findings, compare_findings);
    wb_audit_waivers_apply(audit);
    return true;
}

static bool inspect(void *context, const struct wb_sbom_view *view, struct wb_error *err)
{
    struct wb_audit *audit = context;
    clear_report(&audit->report);
    audit->report.arena = wb_arena_new();
    audit->report.bom = view->bom;
    audit->report.rules_loaded = audit->rules == NULL ? 0 : wb_secret_rules_count(audit->rules);
    audit->report.options = audit->options;
    audit->report.now = audit->options->now;
    wb_audit_view_open(audit, view);
    run_checks(audit);
    if (*audit->steps == 0)
        wb_audit_note(audit,
                      "the symlinks of this image took too long to follow: findings may lack "
                      "their layers and owners, or be missing");
    wb_audit_view_close(audit);
    return finish(audit, err);
}

void wb_audit_plug(struct wb_audit *audit, struct wb_sbom_options *options)
{
    wb_audit_observe(audit);
    options->layer.observer = &audit->observer;
    options->layer.keep = wb_audit_keep;
    options->inspect = inspect;
    options->inspect_context = audit;
}

const struct wb_audit_report *wb_audit_report_of(const struct wb_audit *audit)
{
    return &audit->report;
}

bool wb_audit_worst(const struct wb_audit_report *report, enum wb_audit_severity *worst)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].waiver == NULL && !report->findings[i].in_baseline) {
            *worst = report->findings[i].severity;
            return true;
        }
    return false;
}
