/* SPDX-License-Identifier: Apache-2.0 */
/* waybill trust show, accept and export */
#include "cli/signing.h"
#include "cli/trusting.h"
#include "cli/verifying.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- show ---- */

static void write_versions(struct wb_json_writer *json, const struct wb_trust_kit *kit)
{
    size_t count;
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    char digest[WB_DIGEST_TEXT_SIZE], time[WB_TIME_TEXT_SIZE];
    wb_json_key(json, "versions");
    wb_json_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        wb_json_begin_object(json);
        wb_json_key(json, "version");
        wb_json_integer(json, versions[i].number);
        wb_json_member(json, "issued", wb_time_format(versions[i].issued, time));
        wb_json_member(json, "expires", wb_time_format(versions[i].expires, time));
        wb_json_member(json, "digest", wb_digest_format(&versions[i].digest, digest));
        wb_json_key(json, "signatures");
        wb_json_integer(json, (int64_t)versions[i].signatures);
        wb_json_key(json, "threshold");
        wb_json_integer(json, versions[i].threshold);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static bool show_json(const struct wb_trust_kit *kit, const struct wb_outcomes *outcomes,
                      struct wb_error *err)
{
    size_t count;
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    WB_AUTO_VALUE(wb_buffer) explanation = {0};
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_trust_kit_explain(kit, &explanation);
    wb_json_begin_object(json);
    wb_json_member(json, "name", versions[count - 1].name);
    wb_json_key(json, "version");
    wb_json_integer(json, versions[count - 1].number);
    write_versions(json, kit);
    wb_lines_write(json, "explanation", (const char *)explanation.data);
    wb_outcomes_write(json, outcomes);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

static void show_text(const struct wb_trust_kit *kit, const struct wb_policy *policy, int64_t now)
{
    size_t count;
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    char digest[WB_DIGEST_TEXT_SIZE], issued[WB_TIME_TEXT_SIZE], expires[WB_TIME_TEXT_SIZE];
    wb_policy_describe_kit(policy, now, &text);
    printf("%s\n", wb_utf8_escape_line(arena, (const char *)text.data));
    for (size_t i = 0; i < count; i++)
        printf("version %" PRId64 ": of %s, until %s, signed by %zu (%u needed)\n    %s\n",
               versions[i].number, wb_time_format(versions[i].issued, issued),
               wb_time_format(versions[i].expires, expires), versions[i].signatures,
               versions[i].threshold, wb_digest_format(&versions[i].digest, digest));
    text.size = 0;
    wb_trust_kit_explain(kit, &text);
    fputs((const char *)text.data, stdout);
}

static bool conclude(const struct wb_outcomes *outcomes, struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *outcome = &outcomes->items[i];
        const char *line =
            wb_arena_format(arena, "%s %s: %s", outcome->code, outcome->object, outcome->message);
        if (outcome->code[0] == 'W')
            wb_say_warning(line);
        else
            wb_error_set(err, WB_CHECK_FAILED, "%s", line);
    }
    return outcomes->failures == 0;
}

bool wb_trust_show(const struct wb_trust_options *options, struct wb_error *err)
{
    bool json;
    int64_t now = (int64_t)time(NULL);
    if (!wb_options_text_or_json(options->output, &json, err))
        return false;
    WB_AUTO(wb_trust_kit) *kit = wb_trust_kit_open(options->folder, err);
    if (kit == NULL)
        return false;
    WB_AUTO(wb_policy) *policy = wb_trust_kit_policy(kit, err);
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    if (policy == NULL)
        return false;
    wb_policy_check_kit(policy, now, outcomes);
    if (json && !show_json(kit, outcomes, err))
        return false;
    if (!json)
        show_text(kit, policy, now);
    return conclude(outcomes, err);
}

/* ---- accept ---- */

bool wb_trust_accept(const struct wb_trust_options *options, struct wb_error *err)
{
    size_t before, after;
    WB_AUTO(wb_trust_kit) *kit = wb_trust_kit_open(options->folder, err);
    if (kit == NULL)
        return false;
    WB_AUTO(wb_trust_kit) *update = wb_trust_kit_open(options->update, err);
    wb_trust_kit_versions(kit, &before);
    if (update == NULL)
        return false;
    if (!wb_trust_kit_update(kit, update, err))
        return wb_error_context(err, "%s", options->update);
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &after);
    for (size_t i = before; i < after; i++) {
        WB_AUTO_STRING path = wb_trust_path(options->folder, versions[i].number, false);
        WB_AUTO(wb_output) *output = wb_output_open_mode(path, 0666, false, err);
        if (output == NULL)
            return false;
        wb_output_write(output, versions[i].envelope.data, versions[i].envelope.size);
        if (!wb_output_commit(output, err))
            return wb_error_context(err, "%s", path);
        printf("%s\n", path);
    }
    if (after == before)
        wb_say_note("there is no newer version");
    return true;
}

/* ---- export ---- */

bool wb_trust_export(const struct wb_trust_options *options, struct wb_error *err)
{
    WB_AUTO(wb_trust_kit) *kit = wb_trust_kit_open(options->folder, err);
    if (kit == NULL)
        return false;
    size_t count;
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    struct wb_bytes *envelopes = wb_allocate_array(count, sizeof *envelopes);
    WB_AUTO_VALUE(wb_buffer) json = {0};
    for (size_t i = 0; i < count; i++)
        envelopes[i] = versions[i].envelope;
    wb_trust_kit_join(envelopes, count, &json);
    free(envelopes);
    return wb_write_argument(options->output == NULL ? "-" : options->output,
                             wb_buffer_bytes(&json), err);
}
