/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON, which a later audit takes for its baseline; and as the predicate of an
 * in-toto statement (docs/audit-predicate.md). */
#include "audit/audit_private.h"

#include <string.h>

static void write_tool(const struct wb_audit_report *report, const char *name,
                       struct wb_json_writer *json)
{
    wb_json_key(json, name);
    wb_json_begin_object(json);
    wb_json_member(json, "name", "waybill");
    wb_json_member(json, "version", report->bom->tool_version);
    wb_json_end_object(json);
}

static void write_check(const struct wb_audit_result *result, bool whole,
                        struct wb_json_writer *json)
{
    const struct wb_audit_check *check = result->check;
    wb_json_begin_object(json);
    wb_json_member(json, "id", check->id);
    wb_json_member(json, "state", wb_audit_result_name(result));
    if (whole) {
        wb_json_member(json, "title", check->title);
        wb_json_member(json, "severity", wb_audit_severity_name(check->severity));
        wb_json_member(json, "reference", check->reference);
        wb_json_member(json, "remedy", check->remedy);
        wb_json_member(json, "detail", result->detail);
    }
    wb_json_key(json, "findings");
    wb_json_integer(json, (int64_t)result->finding_count);
    wb_json_end_object(json);
}

static void write_checks(const struct wb_audit_report *report, bool whole,
                         struct wb_json_writer *json)
{
    wb_json_key(json, "checks");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->result_count; i++)
        write_check(&report->results[i], whole, json);
    wb_json_end_array(json);
}

static void write_findings(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    wb_json_key(json, "findings");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->finding_count; i++) {
        wb_json_begin_object(json);
        wb_audit_write_finding(report, &report->findings[i], json);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static void write_unneeded(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    wb_json_key(json, "unneededPackages");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->unneeded_count; i++) {
        const struct wb_unneeded_package *unneeded = &report->unneeded[i];
        wb_json_begin_object(json);
        wb_json_member(json, "name", unneeded->package->name);
        wb_json_member(json, "version", unneeded->package->evr);
        wb_json_member(json, "purl", unneeded->package->purl);
        wb_json_key(json, "installedSize");
        wb_json_integer(json, unneeded->installed_size);
        wb_json_member(json, "caution", unneeded->caution);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

/* Findings are sorted: the first is the worst. */
static const char *worst_waived(const struct wb_audit_report *report)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].waiver != NULL)
            return wb_audit_severity_name(report->findings[i].severity);
    return "none";
}

/* How many checks came to what. */
static void write_states(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    static const char *const names[] = {"failed", "waived", "passed", "not-applicable",
                                        "inconclusive"};
    wb_json_key(json, "states");
    wb_json_begin_object(json);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int64_t count = 0;
        for (size_t j = 0; j < report->result_count; j++)
            count += strcmp(wb_audit_result_name(&report->results[j]), names[i]) == 0;
        wb_json_key(json, names[i]);
        wb_json_integer(json, count);
    }
    wb_json_end_object(json);
}

static void write_summary(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    wb_json_member(json, "maxSeverity", wb_audit_worst_name(report));
    wb_json_member(json, "maxWaivedSeverity", worst_waived(report));
    wb_json_key(json, "counts");
    wb_json_begin_object(json);
    wb_audit_write_counts(report, json);
    wb_json_end_object(json);
    write_states(report, json);
    wb_json_key(json, "secretRules");
    wb_json_integer(json, (int64_t)report->rules_loaded);
}

static void write_image(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    wb_json_key(json, "image");
    wb_json_begin_object(json);
    wb_audit_write_image(report, json);
    wb_json_end_object(json);
}

static void write_texts(const struct wb_audit_report *report, const char *name,
                        const char *const *texts, size_t count, struct wb_json_writer *json)
{
    wb_json_key(json, name);
    wb_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        wb_json_string(json, wb_utf8_escape(report->arena, texts[i], strlen(texts[i])));
    wb_json_end_array(json);
}

/* What could make an audit come out better than the image is. */
static void write_concessions(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    const struct wb_audit_options *options = report->options;
    write_texts(report, "skipped", options->skip, options->skip_count, json);
    wb_json_key(json, "accepted");
    wb_json_begin_object(json);
    write_texts(report, "accounts", options->allowed_accounts, options->allowed_account_count,
                json);
    write_texts(report, "ports", options->allowed_ports, options->allowed_port_count, json);
    write_texts(report, "kept", options->keep, options->keep_count, json);
    if (options->has_max_age) {
        wb_json_key(json, "maxAge");
        wb_json_integer(json, options->max_age);
    }
    wb_json_end_object(json);
}

void wb_audit_write_json(const struct wb_audit_report *report, struct wb_output *output)
{
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "type", WB_AUDIT_REPORT_TYPE);
    write_tool(report, "tool", json);
    write_image(report, json);
    write_summary(report, json);
    write_concessions(report, json);
    write_checks(report, true, json);
    write_findings(report, json);
    write_unneeded(report, json);
    wb_json_key(json, "notes");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->note_count; i++)
        wb_json_string(json, report->notes[i]);
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_json_finish(json);
}

/* ---- the predicate ---- */

static void write_signed_findings(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    wb_json_key(json, "findings");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct wb_audit_finding *finding = &report->findings[i];
        wb_json_begin_object(json);
        wb_json_member(json, "check", finding->check->id);
        wb_json_member(json, "severity", wb_audit_severity_name(finding->severity));
        wb_json_member(json, "path", finding->path);
        wb_json_member(json, "fingerprint", finding->fingerprint);
        wb_json_member(json, "waiver", finding->waiver);
        wb_json_member(json, "waiverExpires", finding->waiver_expires);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

void wb_audit_write_predicate(const struct wb_audit_report *report, struct wb_output *output)
{
    char time[WB_TIME_TEXT_SIZE];
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "time", wb_time_format(report->now, time));
    write_tool(report, "scanner", json);
    write_image(report, json);
    write_summary(report, json);
    write_concessions(report, json);
    write_checks(report, false, json);
    write_signed_findings(report, json);
    wb_json_end_object(json);
    wb_json_finish(json);
}

void wb_audit_write(const struct wb_audit_report *report, enum wb_audit_format format,
                    struct wb_output *output)
{
    switch (format) {
    case WB_AUDIT_TABLE:
        wb_audit_write_table(report, output);
        break;
    case WB_AUDIT_JSON:
        wb_audit_write_json(report, output);
        break;
    case WB_AUDIT_SARIF:
        wb_audit_write_sarif(report, output);
        break;
    case WB_AUDIT_PREDICATE:
        wb_audit_write_predicate(report, output);
        break;
    }
}
