/* SPDX-License-Identifier: Apache-2.0 */
/* waybill verify on a delivery. */
#include "cli/verify_delivery.h"
#include "cli/delivery_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void wb_verify_delivery_options_clear(struct wb_verify_delivery_options *options)
{
    wb_options_list_free(options->bases);
    wb_options_list_free(options->paths);
    free(options->state);
    free(options->report);
}

/* ---- what was named ---- */

static bool has_inventory(const char *text)
{
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(text, &reference, NULL) || reference.tag != NULL ||
        reference.digest != NULL ||
        (reference.transport != WB_TRANSPORT_OCI &&
         reference.transport != WB_TRANSPORT_OCI_ARCHIVE))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, NULL);
    size_t count = 0;
    const struct wb_descriptor *entries = layout == NULL ? NULL : wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (entries[i].artifact_type != NULL &&
            strcmp(entries[i].artifact_type, WB_INVENTORY_ARTIFACT_TYPE) == 0)
            return true;
    return false;
}

bool wb_verify_delivery_meant(const struct wb_verify_delivery_options *options)
{
    if (options->bases != NULL || options->state != NULL || options->report != NULL ||
        options->allow_missing_volumes != 0 || options->path_count != 1)
        return true;
    const char *path = options->paths[0];
    return strcmp(path, "-") == 0 || wb_text_ends_with(path, ".waybill") || has_inventory(path);
}

static const char *path_of(const char *text)
{
    static const char *const prefixes[] = {"oci:", "oci-archive:"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (wb_text_starts_with(text, prefixes[i]))
            return text + strlen(prefixes[i]);
    return text;
}

/* ---- by whose word ---- */

/* What judges, with all that it holds. */
struct judge {
    struct wb_verifying verifying;
    struct wb_trusted_root *root;
    struct wb_policy *policy;
    struct wb_policy_state *state;
    struct wb_buffer trust;
    bool json;
    int64_t now;
};

static void judge_clear(struct judge *judge)
{
    wb_policy_free(judge->policy);
    wb_policy_state_free(judge->state);
    wb_trusted_root_free(judge->root);
    wb_verifying_clear(&judge->verifying);
    wb_buffer_clear(&judge->trust);
}

static void name_trust(const struct wb_verify_delivery_options *options,
                       const struct wb_verifying_options *verifying, struct wb_buffer *trust)
{
    const char *identity =
        verifying->identity != NULL ? verifying->identity : verifying->identity_regexp;
    if (options->policy != NULL)
        wb_buffer_append_format(trust, "policy %s", options->policy);
    for (size_t i = 0; i < wb_options_list_count(verifying->keys); i++)
        wb_buffer_append_format(trust, "%skey %s", i == 0 ? "" : " or ", verifying->keys[i]);
    if (identity != NULL)
        wb_buffer_append_format(trust, "%sidentity %s", trust->size == 0 ? "" : " or ", identity);
    if (verifying->trusted_root != NULL)
        wb_buffer_append_format(trust, ", trusted root %s", verifying->trusted_root);
}

static bool judge_open(const struct wb_verify_delivery_options *options,
                       const struct wb_verifying_options *verifying, struct judge *judge,
                       struct wb_error *err)
{
    judge->now = (int64_t)time(NULL);
    name_trust(options, verifying, &judge->trust);
    if (verifying->signature_only)
        return wb_error_set(err, WB_USAGE,
                            "--signature-only goes with images: of a delivery all is read");
    if (options->policy != NULL || verifying->trust != NULL) {
        if (!wb_verifying_open_policy(options->policy, verifying, &judge->policy, &judge->root,
                                      &judge->json, err))
            return false;
        wb_buffer_append_text(&judge->trust,
                              options->policy != NULL && verifying->trust != NULL ? ", " : "");
        wb_policy_describe_kit(judge->policy, judge->now, &judge->trust);
    } else {
        if (!wb_verifying_open(verifying, &judge->verifying, err))
            return false;
        judge->json = judge->verifying.json;
        judge->policy = wb_policy_from_demands(&judge->verifying.demands);
    }
    return wb_delivery_state_open(options->state, &judge->state, err);
}

/* ---- what came of it ---- */

static bool print(const struct wb_delivery_report *report, bool json, bool quiet,
                  struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (!json && quiet)
        return true;
    if (!json)
        wb_delivery_report_text(report, &text);
    else if (!wb_delivery_report_json(report, &text, err))
        return false;
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    wb_output_write(output, text.data, text.size);
    return wb_output_commit(output, err);
}

/* Before anything is verified, so that nothing was for nothing. NULL and true: none was asked for.
 */
static bool open_page(const char *path, struct wb_output **page, struct wb_error *err)
{
    *page = path == NULL ? NULL : wb_output_open(path, err);
    return path == NULL || *page != NULL || wb_error_context(err, "--report");
}

static bool write_page(const struct wb_delivery_report *report, struct wb_output *page,
                       struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) html = {0};
    if (page == NULL)
        return true;
    wb_delivery_report_html(report, &html);
    wb_output_write(page, html.data, html.size);
    return wb_output_commit(page, err) || wb_error_context(err, "--report");
}

static bool look_deeper(const struct wb_verifying_options *verifying, const struct judge *judge,
                        struct wb_delivery_verdict *verdict, struct wb_deep_summary *summary,
                        struct wb_error *err)
{
    return verifying->deep == 0 ||
           wb_deep_check_layout(verdict->layout, judge->policy, judge->now, verifying->quiet != 0,
                                verdict->outcomes, summary, err);
}

static bool verify(const struct wb_verify_delivery_options *options,
                   const struct wb_verifying_options *verifying,
                   const struct wb_delivery_input *input, struct judge *judge, struct wb_error *err)
{
    WB_AUTO(wb_delivery_verdict) *verdict = wb_delivery_verdict_new();
    WB_AUTO(wb_output) *page = NULL;
    if (!open_page(options->report, &page, err))
        return false;
    struct wb_deep_summary summary = {0};
    bool good = wb_verify_delivery(input, judge->policy, judge->state, judge->now, verdict, err) &&
                look_deeper(verifying, judge, verdict, &summary, err);
    wb_progress_end(input->context);
    if (!good && err->status != WB_CHECK_FAILED)
        return false;
    /* Not with volumes missing: what is on them was not looked at. */
    bool whole =
        verdict->inventory != NULL && verdict->volumes_seen == verdict->inventory->volume_count;
    struct wb_error failure = WB_ERROR_INIT;
    const struct wb_delivery_report report = {
        .input = input,
        .verdict = verdict,
        .failed = !good,
        .now = judge->now,
        .program = "waybill " WAYBILL_VERSION,
        .trust = (const char *)judge->trust.data,
        .state = options->state,
        .state_kept = good && whole,
        .deep = verifying->deep && good ? &summary : NULL,
    };
    if (!write_page(&report, page, &failure) ||
        (good && whole &&
         !wb_delivery_state_keep(options->state, judge->state, verdict->inventory, &failure)) ||
        !print(&report, judge->json, verifying->quiet != 0, &failure)) {
        *err = failure;
        return false;
    }
    if (!good)
        wb_delivery_report_failure(verdict, err);
    return good;
}

bool wb_verify_delivery_command(const struct wb_verify_delivery_options *options,
                                const struct wb_verifying_options *verifying, struct wb_error *err)
{
    bool is_stream = strcmp(options->paths[0], "-") == 0;
    if (is_stream && (options->path_count > 1 || options->bases != NULL || verifying->deep))
        return wb_error_set(err, WB_USAGE,
                            "standard input passes by once and alone: no other volumes, no --base, "
                            "no --deep");
    struct wb_progress progress;
    wb_progress_start(&progress, "verifying", verifying->quiet != 0);
    const char **paths = wb_allocate_array(options->path_count + 1, sizeof *paths);
    for (size_t i = 0; i < options->path_count; i++)
        paths[i] = path_of(options->paths[i]);
    const struct wb_delivery_input input = {
        .paths = paths,
        .path_count = is_stream ? 0 : options->path_count,
        .stream_fd = is_stream ? STDIN_FILENO : -1,
        .bases = (const char *const *)options->bases,
        .base_count = wb_options_list_count(options->bases),
        .allow_missing_volumes = options->allow_missing_volumes != 0,
        .progress = wb_progress_show,
        .context = &progress,
    };
    struct judge judge = {0};
    bool good = judge_open(options, verifying, &judge, err) &&
                verify(options, verifying, &input, &judge, err);
    judge_clear(&judge);
    free(paths);
    return good || (options->path_count == 1 && wb_error_context(err, "%s", options->paths[0]));
}
