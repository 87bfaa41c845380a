/* SPDX-License-Identifier: Apache-2.0 */
/* The report in SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format). */
#include "audit/audit_private.h"

#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

static const char *level_of(enum wb_audit_severity severity)
{
    switch (severity) {
    case WB_AUDIT_CRITICAL:
    case WB_AUDIT_HIGH:
        return "error";
    case WB_AUDIT_MEDIUM:
        return "warning";
    default:
        return "note";
    }
}

/* What code hosts sort by: a number of CVSS's range, as text. */
static const char *number_of(enum wb_audit_severity severity)
{
    static const char *const numbers[] = {
        [WB_AUDIT_INFORMATION] = "0.0", [WB_AUDIT_LOW] = "2.0",      [WB_AUDIT_MEDIUM] = "5.0",
        [WB_AUDIT_HIGH] = "8.0",        [WB_AUDIT_CRITICAL] = "9.5",
    };
    return numbers[severity];
}

static void write_text(struct wb_json_writer *json, const char *name, const char *text)
{
    wb_json_key(json, name);
    wb_json_begin_object(json);
    wb_json_member(json, "text", text);
    wb_json_end_object(json);
}

static void write_rule(const struct wb_audit_check *check, struct wb_json_writer *json)
{
    wb_json_begin_object(json);
    wb_json_member(json, "id", check->id);
    write_text(json, "shortDescription", check->title);
    write_text(json, "help", check->remedy);
    wb_json_key(json, "defaultConfiguration");
    wb_json_begin_object(json);
    wb_json_member(json, "level", level_of(check->severity));
    wb_json_end_object(json);
    wb_json_key(json, "properties");
    wb_json_begin_object(json);
    wb_json_member(json, "security-severity", number_of(check->severity));
    wb_json_member(json, "reference", check->reference);
    wb_json_end_object(json);
    wb_json_end_object(json);
}

static void write_driver(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    wb_json_key(json, "tool");
    wb_json_begin_object(json);
    wb_json_key(json, "driver");
    wb_json_begin_object(json);
    wb_json_member(json, "name", "waybill");
    wb_json_member(json, "version", report->bom->tool_version);
    wb_json_key(json, "rules");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->result_count; i++)
        write_rule(report->results[i].check, json);
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_json_end_object(json);
}

/* ---- results ---- */

/* A relative reference (RFC 3986 §4.2) to the name as it really is: what may not stand in a path is
 * percent-encoded. */
static char *uri_of(const struct wb_audit_report *report, const char *printable)
{
    struct wb_buffer uri = {0};
    const char *path = wb_utf8_unescape(report->arena, printable);
    for (path += path[0] == '/'; *path != '\0'; path++) {
        char byte = *path;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || strchr("-._~/", byte) != NULL;
        if (plain)
            wb_buffer_append(&uri, &byte, 1);
        else
            wb_buffer_append_format(&uri, "%%%02X", (unsigned char)byte);
    }
    if (uri.size == 0)
        wb_buffer_append_text(&uri, "./");
    return wb_buffer_steal_text(&uri);
}

static void write_physical_location(const struct wb_audit_report *report,
                                    const struct wb_audit_finding *finding,
                                    struct wb_json_writer *json)
{
    WB_AUTO_STRING uri = uri_of(report, finding->path);
    wb_json_key(json, "physicalLocation");
    wb_json_begin_object(json);
    wb_json_key(json, "artifactLocation");
    wb_json_begin_object(json);
    wb_json_key(json, "uri");
    wb_json_string(json, uri);
    wb_json_member(json, "uriBaseId", "ROOT");
    wb_json_end_object(json);
    if (finding->line > 0) {
        wb_json_key(json, "region");
        wb_json_begin_object(json);
        wb_json_key(json, "startLine");
        wb_json_integer(json, finding->line);
        wb_json_end_object(json);
    }
    wb_json_end_object(json);
}

/* The layer, or the config of the image. */
static void write_logical_location(const struct wb_audit_report *report,
                                   const struct wb_audit_finding *finding,
                                   struct wb_json_writer *json)
{
    const struct wb_bom *bom = report->bom;
    bool has_layer = finding->layer >= 0 && (size_t)finding->layer < bom->layer_count;
    wb_json_key(json, "logicalLocations");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    if (has_layer) {
        WB_AUTO_STRING name = wb_string_format("layer %d", finding->layer + 1);
        wb_json_member(json, "name", name);
        wb_json_member(json, "fullyQualifiedName", bom->layers[finding->layer].diff_id);
    } else {
        wb_json_member(json, "name", "config");
        wb_json_member(json, "fullyQualifiedName", bom->image->config_digest);
    }
    wb_json_member(json, "kind", has_layer ? "layer" : "config");
    wb_json_end_object(json);
    wb_json_end_array(json);
}

static void write_suppression(const struct wb_audit_finding *finding, struct wb_json_writer *json)
{
    if (finding->waiver == NULL)
        return;
    wb_json_key(json, "suppressions");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_json_member(json, "kind", "external");
    wb_json_member(json, "justification", finding->waiver);
    wb_json_key(json, "properties");
    wb_json_begin_object(json);
    wb_json_member(json, "expires", finding->waiver_expires);
    wb_json_end_object(json);
    wb_json_end_object(json);
    wb_json_end_array(json);
}

static void write_properties(const struct wb_audit_report *report,
                             const struct wb_audit_finding *finding, struct wb_json_writer *json)
{
    wb_json_key(json, "properties");
    wb_json_begin_object(json);
    wb_json_member(json, "severity", wb_audit_severity_name(finding->severity));
    wb_json_member(json, "package", finding->package);
    wb_json_member(json, "step", wb_audit_step_of(report, finding));
    wb_json_key(json, "hidden");
    wb_json_boolean(json, finding->hidden);
    wb_json_end_object(json);
}

static int64_t rule_index(const struct wb_audit_report *report, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < report->result_count; i++)
        if (report->results[i].check == check)
            return (int64_t)i;
    return -1;
}

static void write_result(const struct wb_audit_report *report,
                         const struct wb_audit_finding *finding, struct wb_json_writer *json)
{
    WB_AUTO_STRING message = wb_string_format("%s: %s", finding->check->title, finding->detail);
    wb_json_begin_object(json);
    wb_json_member(json, "ruleId", finding->check->id);
    wb_json_key(json, "ruleIndex");
    wb_json_integer(json, rule_index(report, finding->check));
    wb_json_member(json, "kind", "fail");
    wb_json_member(json, "level", level_of(finding->severity));
    write_text(json, "message", message);
    wb_json_key(json, "locations");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    if (finding->path != NULL)
        write_physical_location(report, finding, json);
    write_logical_location(report, finding, json);
    wb_json_end_object(json);
    wb_json_end_array(json);
    wb_json_key(json, "partialFingerprints");
    wb_json_begin_object(json);
    wb_json_member(json, "waybillFinding/v2", finding->fingerprint);
    wb_json_end_object(json);
    /* Stated of all results, or of none. */
    if (report->options->baseline.size > 0)
        wb_json_member(json, "baselineState", finding->in_baseline ? "unchanged" : "new");
    write_suppression(finding, json);
    write_properties(report, finding, json);
    wb_json_end_object(json);
}

void wb_audit_write_sarif(const struct wb_audit_report *report, struct wb_output *output)
{
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_member(json, "$schema", SCHEMA);
    wb_json_member(json, "version", "2.1.0");
    wb_json_key(json, "runs");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    write_driver(report, json);
    wb_json_key(json, "results");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->finding_count; i++)
        write_result(report, &report->findings[i], json);
    wb_json_end_array(json);
    wb_json_key(json, "properties");
    wb_json_begin_object(json);
    wb_audit_write_image(report, json);
    wb_json_end_object(json);
    wb_json_end_object(json);
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_json_finish(json);
}
