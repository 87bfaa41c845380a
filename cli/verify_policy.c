/* SPDX-License-Identifier: Apache-2.0 */
/* waybill verify --policy */
#include "cli/verifying.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRUSTED_ROOT_SIZE_MAX ((size_t)16 << 20)

/* Whom to believe is said in one place. */
static bool check_usage(const struct wb_verifying_options *options, bool *json,
                        struct wb_error *err)
{
    const struct {
        const char *name;
        bool given;
    } others[] = {
        {"--key", options->keys != NULL},
        {"--threshold", options->threshold != 0},
        {"--certificate-chain", options->certificate_chain != NULL},
        {"--ca-roots", options->roots != NULL},
        {"--ca-intermediates", options->intermediates != NULL},
        {"--crl", options->crls != NULL},
        {"--certificate-identity", options->identity != NULL || options->identity_regexp != NULL},
        {"--certificate-oidc-issuer", options->issuer != NULL || options->issuer_regexp != NULL},
        {"--timestamp-certificate-chain", options->timestamp_chain != NULL},
        {"--signature-digest-algorithm", options->digest_algorithm != NULL},
        {"--annotations", options->annotations != NULL},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].given)
            return wb_error_set(err, WB_USAGE, "--policy and %s do not go together",
                                others[i].name);
    return wb_options_text_or_json(options->output, json, err);
}

static bool read_trusted_root(const char *path, struct wb_policy *policy,
                              struct wb_trusted_root **root, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) json = {0};
    if (path == NULL)
        return !wb_policy_wants_trusted_root(policy) ||
               wb_error_set(err, WB_USAGE,
                            "the policy has keyless signers: give --trusted-root FILE, or name it "
                            "in the policy as `trustedRoot`");
    if (!wb_read_argument(path, TRUSTED_ROOT_SIZE_MAX, &json, err))
        return false;
    *root = wb_trusted_root_read(wb_buffer_bytes(&json), err);
    wb_policy_set_trusted_root(policy, *root);
    return *root != NULL || wb_error_context(err, "%s", path);
}

bool wb_verifying_open_policy(const char *path, const struct wb_verifying_options *options,
                              struct wb_policy **policy, struct wb_trusted_root **root, bool *json,
                              struct wb_error *err)
{
    if (!check_usage(options, json, err))
        return false;
    *policy = options->trust == NULL
                  ? wb_policy_open(path, err)
                  : wb_trust_kit_open_policy(options->trust, options->trust_update, path, err);
    return *policy != NULL && read_trusted_root(options->trusted_root, *policy, root, err);
}

/* ---- saying it ---- */

struct result {
    const char *image;
    const struct wb_image_verdict *verdict;
    const struct wb_outcomes *outcomes;
    bool signature_only;
    const struct wb_deep_result *deep; /* NULL: not asked for, or not come to */
    const char *trust;                 /* the trust kit and its age; NULL without one */
};

/* What nobody vouches for, so that the report does not read as if somebody did. */
static void print_unchecked(const struct result *result,
                            const struct wb_verify_report *const reports[2])
{
    size_t proofs = 0, timed = 0, logged = 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; reports[i] != NULL && j < reports[i]->proof_count; j++) {
            proofs++;
            timed += reports[i]->proofs[j].has_time;
            logged += reports[i]->proofs[j].log_entries > 0;
        }
    if (result->signature_only)
        printf("not checked: the config and layers below the manifest (--signature-only)\n");
    if (timed < proofs)
        printf("not checked: time of signing (nothing certifies it for all of the signatures)\n");
    if (logged < proofs)
        printf("not checked: transparency log (not all of the signatures come with an entry)\n");
}

static void print_text(const struct result *result, struct wb_arena *arena)
{
    const struct wb_image_verdict *verdict = result->verdict;
    const struct wb_verify_report *const reports[] = {verdict->signatures, verdict->attestations};
    char digest[WB_DIGEST_TEXT_SIZE];
    printf("%s %s (%s)\n", verdict->unsigned_allowed ? "allowed unsigned:" : "verified",
           wb_utf8_escape_line(arena, result->image), wb_digest_format(&verdict->digest, digest));
    printf("  by the rule %s\n", wb_utf8_escape_line(arena, verdict->rule));
    if (result->trust != NULL)
        printf("  of the %s\n", wb_utf8_escape_line(arena, result->trust));
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; reports[i] != NULL && j < reports[i]->proof_count; j++)
            wb_proof_print(&reports[i]->proofs[j], arena);
    if (!result->signature_only)
        printf("  the manifest and all below it hold: %zu blobs, %" PRIu64 " bytes\n",
               verdict->blobs, verdict->bytes);
    if (result->deep != NULL)
        wb_deep_print(result->deep);
    print_unchecked(result, reports);
}

static void write_report(struct wb_json_writer *json, const char *name,
                         const struct wb_verify_report *report, struct wb_arena *arena)
{
    wb_json_key(json, name);
    wb_json_begin_array(json);
    for (size_t i = 0; report != NULL && i < report->proof_count; i++)
        wb_proof_write(json, &report->proofs[i], false, arena);
    wb_json_end_array(json);
}

static bool print_json(const struct result *result, struct wb_arena *arena, struct wb_error *err)
{
    const struct wb_image_verdict *verdict = result->verdict;
    char digest[WB_DIGEST_TEXT_SIZE];
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    wb_json_key(json, "verified");
    wb_json_boolean(json, result->outcomes->failures == 0);
    wb_json_member(json, "image", wb_utf8_escape_line(arena, result->image));
    wb_json_member(json, "digest", wb_digest_format(&verdict->digest, digest));
    wb_json_member(json, "rule", verdict->rule);
    wb_json_member(json, "trust", result->trust);
    wb_json_key(json, "unsignedAllowed");
    wb_json_boolean(json, verdict->unsigned_allowed);
    write_report(json, "proofs", verdict->signatures, arena);
    write_report(json, "attestations", verdict->attestations, arena);
    wb_outcomes_write(json, result->outcomes);
    wb_json_key(json, "blobsChecked");
    wb_json_integer(json, (int64_t)verdict->blobs);
    wb_json_key(json, "bytesChecked");
    wb_json_integer(json, (int64_t)verdict->bytes);
    if (result->deep != NULL)
        wb_deep_write(json, result->deep);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

/* The last failure is the error; what comes before it is said as it is. */
static bool conclude(const struct result *result, bool quiet, bool json, struct wb_error *err)
{
    const struct wb_outcomes *outcomes = result->outcomes;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    if (json && !print_json(result, arena, err))
        return false;
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *outcome = &outcomes->items[i];
        const char *line =
            wb_arena_format(arena, "%s %s: %s", outcome->code, outcome->object, outcome->message);
        if (outcome->code[0] == 'W' ? !quiet : outcomes->failures > 1)
            (outcome->code[0] == 'W' ? wb_say_warning : wb_say_note)(line);
        else if (outcome->code[0] == 'E')
            wb_error_set(err, WB_CHECK_FAILED, "%s", line);
    }
    if (outcomes->failures > 1)
        return wb_error_set(
            err, WB_CHECK_FAILED, "%zu %s", outcomes->failures,
            result->deep == NULL
                ? "demands of the policy are not met"
                : "differences between what the SBOM says and what the image holds");
    if (outcomes->failures == 0 && !json && !quiet)
        print_text(result, arena);
    return outcomes->failures == 0;
}

/* ---- all of it ---- */

/* What it finds is said with the rest. False when the machine failed. */
static bool look_deeper(struct wb_layout *layout, const struct wb_descriptor *target,
                        const struct wb_deep_trust *trust, bool quiet, struct wb_deep_result *deep,
                        struct wb_outcomes *outcomes, struct wb_error *err)
{
    if (!wb_deep_check(layout, target, trust, quiet, deep, err) && err->status != WB_CHECK_FAILED)
        return false;
    for (size_t i = 0; i < deep->outcomes->count; i++) {
        const struct wb_outcome *outcome = &deep->outcomes->items[i];
        wb_outcome_add(outcomes, outcome->code, outcome->object, "%s", outcome->message);
    }
    return true;
}

bool wb_verify_by_policy(const char *image, const char *path,
                         const struct wb_verifying_options *options, struct wb_error *err)
{
    bool json;
    WB_AUTO(wb_trusted_root) *root = NULL;
    WB_AUTO_VALUE(wb_reference) reference = {0};
    WB_AUTO(wb_policy) *policy = NULL;
    if (!wb_verifying_open_policy(path, options, &policy, &root, &json, err) ||
        !wb_image_reference(image, &options->registry, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, err);
    const struct wb_descriptor *target = layout == NULL ? NULL : wb_layout_target(layout, err);
    if (target == NULL)
        return layout != NULL && wb_error_context(err, "%s", image);
    WB_AUTO_VALUE(wb_image_verdict) verdict = {0};
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    const char *name = wb_descriptor_annotation(target, "org.opencontainers.image.ref.name");
    int64_t now = (int64_t)time(NULL);
    wb_policy_verify_image(policy, layout, target, name, options->signature_only != 0, now,
                           &verdict, outcomes);
    WB_AUTO_VALUE(wb_buffer) trust_kit = {0};
    wb_policy_describe_kit(policy, now, &trust_kit);
    struct result result = {.image = image,
                            .verdict = &verdict,
                            .outcomes = outcomes,
                            .signature_only = options->signature_only != 0,
                            .trust = (const char *)trust_kit.data};
    WB_AUTO_VALUE(wb_deep_result) deep = {0};
    if (options->deep != 0 && outcomes->failures == 0) {
        const struct wb_deep_trust trust = {.policy = policy, .name = name, .now = now};
        if (!look_deeper(layout, target, &trust, options->quiet != 0, &deep, outcomes, err))
            return wb_error_context(err, "%s", image);
        result.deep = &deep;
    }
    return conclude(&result, options->quiet != 0, json, err) || wb_error_context(err, "%s", image);
}
