/* SPDX-License-Identifier: Apache-2.0 */
/* What the reports of an audit have in common. */
#include "audit/audit_private.h"

#include <string.h>

const char *wb_audit_step_of(const struct wb_audit_report *report,
                             const struct wb_audit_finding *finding)
{
    const struct wb_image_description *image = report->bom->image;
    if (finding->history < 0 || (size_t)finding->history >= image->history_count)
        return NULL;
    if (report->secret_history[finding->history])
        return "(a step that holds a secret)";
    return image->history[finding->history].created_by;
}

bool wb_audit_counts(const struct wb_audit_finding *finding)
{
    return finding->waiver == NULL && !finding->in_baseline;
}

size_t wb_audit_count_of(const struct wb_audit_report *report, enum wb_audit_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += report->findings[i].severity == severity && wb_audit_counts(&report->findings[i]);
    return count;
}

const char *wb_audit_worst_name(const struct wb_audit_report *report)
{
    enum wb_audit_severity worst;
    return wb_audit_worst(report, &worst) ? wb_audit_severity_name(worst) : "none";
}

/* ---- members of JSON objects ---- */

void wb_audit_write_counts(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    size_t waived = 0, known = 0;
    for (int severity = WB_AUDIT_CRITICAL; severity >= WB_AUDIT_INFORMATION; severity--) {
        wb_json_key(json, wb_audit_severity_name((enum wb_audit_severity)severity));
        wb_json_integer(json, (int64_t)wb_audit_count_of(report, (enum wb_audit_severity)severity));
    }
    for (size_t i = 0; i < report->finding_count; i++) {
        waived += report->findings[i].waiver != NULL;
        known += report->findings[i].waiver == NULL && report->findings[i].in_baseline;
    }
    wb_json_key(json, "waived");
    wb_json_integer(json, (int64_t)waived);
    wb_json_key(json, "inBaseline");
    wb_json_integer(json, (int64_t)known);
}

void wb_audit_write_image(const struct wb_audit_report *report, struct wb_json_writer *json)
{
    const struct wb_bom *bom = report->bom;
    const struct wb_image_description *image = bom->image;
    char platform[100], created[WB_TIME_TEXT_SIZE];
    wb_json_member(json, "name", bom->source_name);
    wb_json_member(json, "version", bom->source_version);
    wb_json_member(json, "manifestDigest", image->manifest_digest);
    wb_json_member(json, "configDigest", image->config_digest);
    if (image->platform.os[0] != '\0')
        wb_json_member(json, "platform", wb_platform_format(&image->platform, platform));
    wb_json_member(json, "distribution", bom->distribution.pretty_name);
    if (image->has_created)
        wb_json_member(json, "created", wb_time_format(image->created, created));
}

static void write_layer(const struct wb_bom *bom, int layer, struct wb_json_writer *json)
{
    if (layer < 0 || (size_t)layer >= bom->layer_count)
        return;
    wb_json_key(json, "layer");
    wb_json_begin_object(json);
    wb_json_key(json, "number");
    wb_json_integer(json, layer + 1);
    wb_json_member(json, "diffID", bom->layers[layer].diff_id);
    wb_json_end_object(json);
}

static void write_flag(struct wb_json_writer *json, const char *name, bool value)
{
    if (!value)
        return;
    wb_json_key(json, name);
    wb_json_boolean(json, true);
}

void wb_audit_write_finding(const struct wb_audit_report *report,
                            const struct wb_audit_finding *finding, struct wb_json_writer *json)
{
    wb_json_member(json, "check", finding->check->id);
    wb_json_member(json, "severity", wb_audit_severity_name(finding->severity));
    wb_json_member(json, "path", finding->path);
    if (finding->line > 0) {
        wb_json_key(json, "line");
        wb_json_integer(json, finding->line);
    }
    wb_json_member(json, "detail", finding->detail);
    wb_json_member(json, "package", finding->package);
    write_layer(report->bom, finding->layer, json);
    wb_json_member(json, "step", wb_audit_step_of(report, finding));
    write_flag(json, "hidden", finding->hidden);
    wb_json_member(json, "fingerprint", finding->fingerprint);
    wb_json_member(json, "waiver", finding->waiver);
    wb_json_member(json, "waiverExpires", finding->waiver_expires);
    write_flag(json, "inBaseline", finding->in_baseline);
}
