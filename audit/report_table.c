/* SPDX-License-Identifier: Apache-2.0 */
/* The report for people: by severity and check, then by the step that caused the findings. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 8 /* findings of one check; the other formats list all */
#define STEP_SIZE_MAX 88

struct table {
    const struct wb_audit_report *report;
    struct wb_output *output;
    const struct wb_audit_finding **findings; /* those that count, as they are listed */
    size_t count;
};

static void put(struct table *table, const char *format, ...) WB_PRINTF(2, 3);
static void put(struct table *table, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        wb_out_of_memory(0);
    va_end(arguments);
    wb_output_write(table->output, text, strlen(text));
    free(text);
}

static int compare_listed(const void *a, const void *b)
{
    const struct wb_audit_finding *one = *(const struct wb_audit_finding *const *)a;
    const struct wb_audit_finding *other = *(const struct wb_audit_finding *const *)b;
    if (one->severity != other->severity)
        return one->severity > other->severity ? -1 : 1;
    if (one->check != other->check)
        return one->check < other->check ? -1 : 1;
    if (one->layer != other->layer)
        return one->layer < other->layer ? -1 : 1;
    if (one->history != other->history)
        return one->history < other->history ? -1 : 1;
    /* The report's own order: path, line. */
    return (one > other) - (one < other);
}

static void choose(struct table *table)
{
    const struct wb_audit_report *report = table->report;
    table->findings =
        wb_allocate_array(report->finding_count + 1, sizeof(const struct wb_audit_finding *));
    for (size_t i = 0; i < report->finding_count; i++)
        if (wb_audit_counts(&report->findings[i]))
            table->findings[table->count++] = &report->findings[i];
    qsort(table->findings, table->count, sizeof(const struct wb_audit_finding *), compare_listed);
}

/* ---- the head ---- */

static size_t count_state(const struct wb_audit_report *report, enum wb_audit_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < report->result_count; i++)
        count += report->results[i].state == state;
    return count;
}

/* The document has names as the image has them. */
static const char *shown(const struct table *table, const char *text)
{
    return wb_utf8_escape_line(table->report->arena, text);
}

static void write_head(struct table *table)
{
    const struct wb_audit_report *report = table->report;
    const struct wb_bom *bom = report->bom;
    put(table, "Audit of %s", shown(table, bom->source_name));
    if (bom->source_version != NULL)
        put(table, " %s", shown(table, bom->source_version));
    if (bom->distribution.pretty_name != NULL)
        put(table, ", %s", shown(table, bom->distribution.pretty_name));
    put(table, ", %zu layer%s, %zu package%s\n", bom->layer_count, bom->layer_count == 1 ? "" : "s",
        bom->package_count, bom->package_count == 1 ? "" : "s");
    put(table, "%zu checks: %zu failed, %zu passed, %zu not applicable, %zu inconclusive\n",
        report->result_count, count_state(report, WB_AUDIT_FAILED),
        count_state(report, WB_AUDIT_PASSED), count_state(report, WB_AUDIT_NOT_APPLICABLE),
        count_state(report, WB_AUDIT_INCONCLUSIVE));
    put(table, "Secret rules loaded: %zu\n", report->rules_loaded);
}

/* ---- findings ---- */

static void write_step(struct table *table, const struct wb_audit_finding *finding)
{
    const char *step = wb_audit_step_of(table->report, finding);
    if (finding->layer < 0 && step == NULL)
        return;
    if (finding->layer >= 0)
        put(table, "    layer %d%s", finding->layer + 1, step == NULL ? "" : ": ");
    else
        put(table, "    ");
    if (step != NULL) {
        const char *shown = wb_utf8_escape_line(table->report->arena, step);
        size_t size = strlen(shown);
        bool cut = size > STEP_SIZE_MAX;
        /* Not within a character. */
        for (size = cut ? STEP_SIZE_MAX : size;
             cut && size > 0 && ((unsigned char)shown[size] & 0xc0) == 0x80;)
            size--;
        put(table, "%.*s%s", (int)size, shown, cut ? "…" : "");
    }
    put(table, "\n");
}

static void write_finding(struct table *table, const struct wb_audit_finding *finding)
{
    bool says_more = strcmp(finding->detail, finding->check->title) != 0;
    put(table, "      ");
    if (finding->path != NULL)
        put(table, "%s", finding->path);
    if (finding->path != NULL && finding->line > 0)
        put(table, ":%" PRId64, finding->line);
    if (says_more)
        put(table, "%s%s", finding->path == NULL ? "" : "  ", finding->detail);
    if (finding->package != NULL)
        put(table, "  [%s]", shown(table, finding->package));
    put(table, "%s\n", finding->hidden ? "  (hidden by a later layer, still shipped)" : "");
}

/* The findings of one check and severity; how many there are. */
static size_t write_check(struct table *table, size_t first)
{
    const struct wb_audit_finding *const *findings = table->findings + first;
    const struct wb_audit_check *check = findings[0]->check;
    size_t count = 0;
    while (first + count < table->count && findings[count]->check == check &&
           findings[count]->severity == findings[0]->severity)
        count++;
    put(table, "\n  %s: %s", check->id, check->title);
    if (check->reference != NULL)
        put(table, " (%s)", check->reference);
    put(table, "\n");
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
        if (i == 0 || findings[i]->layer != findings[i - 1]->layer ||
            findings[i]->history != findings[i - 1]->history)
            write_step(table, findings[i]);
        write_finding(table, findings[i]);
    }
    if (count > SHOWN_MAX)
        put(table, "      and %zu more, which -o json lists\n", count - SHOWN_MAX);
    put(table, "    What to do: %s\n", check->remedy);
    return count;
}

static void write_heading(struct table *table, enum wb_audit_severity severity)
{
    WB_AUTO_STRING name = wb_string_copy(wb_audit_severity_name(severity));
    name[0] = (char)(name[0] - 'a' + 'A');
    put(table, "\n%s: %zu\n", name, wb_audit_count_of(table->report, severity));
}

/* ---- the end ---- */

static void write_waived(struct table *table)
{
    const struct wb_audit_report *report = table->report;
    size_t waived = 0, known = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct wb_audit_finding *finding = &report->findings[i];
        known += finding->waiver == NULL && finding->in_baseline;
        if (finding->waiver == NULL)
            continue;
        if (waived++ == 0)
            put(table, "\nWaived:\n");
        if (waived <= SHOWN_MAX)
            put(table, "  %s  %s  %s: %s (until %s)\n", finding->check->id,
                finding->path == NULL ? "" : finding->path, finding->detail, finding->waiver,
                finding->waiver_expires);
    }
    if (waived > SHOWN_MAX)
        put(table, "  and %zu more\n", waived - SHOWN_MAX);
    if (known > 0)
        put(table, "\nIn the baseline, not counted: %zu\n", known);
}

static void write_inconclusive(struct table *table)
{
    const struct wb_audit_report *report = table->report;
    for (size_t i = 0, said = 0; i < report->result_count; i++) {
        const struct wb_audit_result *result = &report->results[i];
        if (result->state != WB_AUDIT_INCONCLUSIVE)
            continue;
        if (said++ == 0)
            put(table, "\nInconclusive:\n");
        put(table, "  %s: %s\n", result->check->id,
            result->detail == NULL ? "it could not be told" : result->detail);
    }
}

void wb_audit_write_table(const struct wb_audit_report *report, struct wb_output *output)
{
    struct table table = {.report = report, .output = output};
    choose(&table);
    write_head(&table);
    for (size_t i = 0; i < table.count;) {
        if (i == 0 || table.findings[i]->severity != table.findings[i - 1]->severity)
            write_heading(&table, table.findings[i]->severity);
        i += write_check(&table, i);
    }
    write_inconclusive(&table);
    write_waived(&table);
    if (table.count == 0)
        put(&table, "\nNothing was found that counts.\n");
    free(table.findings);
}
