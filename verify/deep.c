/* SPDX-License-Identifier: Apache-2.0 */
/* The SBOMs that were attested of an image against what its layers hold: a true signature does not
 * make a false SBOM true. */
#include "verify/deep_private.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT_SIZE_MAX ((size_t)4 << 20)
#define IMAGES_MAX 10000
#define DEPTH_MAX 4

/* ---- an SBOM in a statement ---- */

bool wb_deep_is_sbom(const char *predicate_type)
{
    static const char *const types[] = {"https://spdx.dev/Document", "https://cyclonedx.org/bom"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t size = strlen(types[i]);
        if (strncmp(predicate_type, types[i], size) == 0 &&
            (predicate_type[size] == '\0' || predicate_type[size] == '/'))
            return true;
    }
    return false;
}

/* cosign's `--type spdx` signs the document as a string, `Data` in an object before that. */
static struct wb_sbom_claims *read_predicate(const json_t *predicate, struct wb_error *err)
{
    const json_t *data = json_is_object(predicate) && json_object_size(predicate) <= 2
                             ? json_object_get(predicate, "Data")
                             : NULL;
    if (data != NULL)
        predicate = data;
    if (!json_is_string(predicate))
        return wb_sbom_claims_from_json(predicate, err);
    const struct wb_bytes text = {(const uint8_t *)json_string_value(predicate),
                                  json_string_length(predicate)};
    return wb_sbom_claims_read(text, err);
}

static struct wb_sbom_claims *read_claims(struct wb_bytes payload, struct wb_error *err)
{
    WB_AUTO(wb_statement) *statement = wb_statement_read(payload, err);
    return statement == NULL ? NULL
                             : read_predicate(json_object_get(statement->json, "predicate"), err);
}

/* ---- one image ---- */

static bool same_payload(const struct wb_proof *a, const struct wb_proof *b)
{
    return a->payload.size == b->payload.size &&
           memcmp(a->payload.data, b->payload.data, a->payload.size) == 0;
}

void wb_deep_keep_enough(struct wb_verify_report *report, size_t first, unsigned threshold)
{
    size_t count = report->proof_count - first, kept = 0;
    struct wb_proof *all = wb_allocate_array(count + 1, sizeof *all);
    struct wb_proof *same = wb_allocate_array(count + 1, sizeof *same);
    for (size_t i = 0; i < count; i++)
        all[i] = report->proofs[first + i];
    for (size_t i = 0; i < count; i++) {
        size_t same_count = 0;
        for (size_t j = 0; j < count; j++)
            if (same_payload(&all[i], &all[j]))
                same[same_count++] = all[j];
        if (wb_count_signers(same, same_count) >= threshold)
            report->proofs[first + kept++] = all[i];
    }
    report->proof_count = first + kept;
    free(all);
    free(same);
}

/* The statements of SBOMs, each once however many signed it. */
static const struct wb_proof **list_sboms(const struct wb_verify_report *report, size_t *count)
{
    const struct wb_proof **sboms = wb_allocate_array(report->proof_count + 1, sizeof *sboms);
    *count = 0;
    for (size_t i = 0; i < report->proof_count; i++) {
        const struct wb_proof *proof = &report->proofs[i];
        bool repeated = false;
        for (size_t j = 0; j < *count && !repeated; j++)
            repeated = same_payload(sboms[j], proof);
        if (!repeated && proof->predicate_type != NULL && wb_deep_is_sbom(proof->predicate_type))
            sboms[(*count)++] = proof;
    }
    return sboms;
}

/* An image's layers are read when the first of its SBOMs asks for them. */
struct image_check {
    struct wb_deep_work *check;
    const struct wb_descriptor *manifest;
    struct wb_deep_image *image;
    const char *name; /* its digest */
};

static bool compare_claims(struct image_check *image, const struct wb_sbom_claims *claims,
                           struct wb_error *err)
{
    struct wb_deep_work *check = image->check;
    if (claims->file_count == 0)
        wb_outcome_add(check->outcomes, "W-UNSUPPORTED", image->name,
                       "the SBOM names no file (`waybill sbom --files all` names all): files were "
                       "not compared");
    wb_deep_compare(image->image, claims, check->outcomes, &check->summary->files);
    check->summary->sboms++;
    return check->visit == NULL ||
           check->visit(check->context, image->manifest, claims, check->outcomes, err);
}

/* Reads all its SBOMs, then the layers with the digests that these need, then compares. */
static bool compare_sboms(struct image_check *image, const struct wb_proof *const *sboms,
                          size_t count, struct wb_sbom_claims **claims, struct wb_error *err)
{
    struct wb_deep_work *check = image->check;
    unsigned digests = 0;
    for (size_t i = 0; i < count; i++) {
        claims[i] = read_claims(sboms[i]->payload, err);
        if (claims[i] == NULL) {
            wb_outcome_add(check->outcomes, "E-SBOM", image->name, "attestation %s: %s",
                           sboms[i]->source, err->message);
            return wb_error_set(err, WB_CHECK_FAILED, "an SBOM cannot be read");
        }
        digests |= claims[i]->digests;
    }
    image->image =
        wb_deep_image_read(check->layout, image->manifest, digests, check->outcomes, err);
    if (image->image == NULL)
        return false;
    check->summary->images++;
    for (size_t i = 0; i < count; i++)
        if (!compare_claims(image, claims[i], err))
            return false;
    return true;
}

static bool check_image(struct wb_deep_work *check, const struct wb_descriptor *manifest,
                        struct wb_error *err)
{
    char name[WB_DIGEST_TEXT_SIZE];
    struct image_check image = {
        .check = check, .manifest = manifest, .name = wb_digest_format(&manifest->digest, name)};
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    struct wb_error reason = WB_ERROR_INIT;
    bool found = check->find(check, manifest, report, &reason);
    if (!found && reason.status != WB_CHECK_FAILED) {
        *err = reason;
        return false;
    }
    size_t count;
    const struct wb_proof **sboms = list_sboms(report, &count);
    bool good = found && count > 0;
    if (!good) {
        wb_outcome_add(check->outcomes, "E-SBOM", name,
                       "there is no attested SBOM to compare the image with: %s",
                       found ? "its attestations are about something else" : reason.message);
        wb_error_set(err, WB_CHECK_FAILED, "%s: no SBOM to compare the image with", name);
    } else {
        struct wb_sbom_claims **claims = wb_allocate_array(count, sizeof *claims);
        good = compare_sboms(&image, sboms, count, claims, err);
        for (size_t i = 0; i < count; i++)
            wb_sbom_claims_free(claims[i]);
        free(claims);
    }
    wb_deep_image_free(image.image);
    free(sboms);
    return good;
}

/* What is false without a reason of its own has one in the outcomes. */
static bool conclude(const struct wb_outcomes *outcomes, size_t failures_before, bool good,
                     struct wb_error *err)
{
    size_t failures = outcomes->failures - failures_before;
    if (!good && err->status != WB_CHECK_FAILED)
        return false;
    if (failures > 0)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "%zu %s between what the SBOM says and what the image holds", failures,
                            failures == 1 ? "difference" : "differences");
    return good;
}

bool wb_verify_deep_files(struct wb_layout *layout, const struct wb_descriptor *manifest,
                          const struct wb_sbom_claims *claims, struct wb_outcomes *outcomes,
                          size_t *files_checked, struct wb_error *err)
{
    size_t before = outcomes->failures;
    WB_AUTO(wb_deep_image) *image =
        wb_deep_image_read(layout, manifest, claims->digests, outcomes, err);
    if (image != NULL)
        wb_deep_compare(image, claims, outcomes, files_checked);
    return conclude(outcomes, before, image != NULL, err);
}

/* ---- an image, or all of an index ---- */

static bool check_target(struct wb_deep_work *check, const struct wb_descriptor *target, int depth,
                         struct wb_error *err);

static bool check_listed(struct wb_deep_work *check, const json_t *manifests, int depth,
                         struct wb_error *err)
{
    size_t i;
    const json_t *entry;
    bool good = true;
    json_array_foreach(manifests, i, entry)
    {
        struct wb_descriptor below = {.size = wb_json_integer_of(entry, "size", -1)};
        struct wb_error failure = WB_ERROR_INIT;
        const char *digest = wb_json_string_of(entry, "digest");
        if (digest == NULL || !wb_digest_parse(digest, &below.digest, err))
            return wb_error_set(err, WB_BAD_INPUT, "a descriptor without a digest");
        if (check_target(check, &below, depth + 1, &failure))
            continue;
        good = false;
        *err = failure;
        if (failure.status != WB_CHECK_FAILED)
            return false;
    }
    return good;
}

static bool check_target(struct wb_deep_work *check, const struct wb_descriptor *target, int depth,
                         struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (depth > DEPTH_MAX || check->summary->images > IMAGES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "indexes list too much, or are nested too deeply");
    if (!wb_layout_read_blob(check->layout, &target->digest, DOCUMENT_SIZE_MAX, &content, err))
        return false;
    WB_AUTO_JSON document = wb_json_parse(wb_buffer_bytes(&content), err);
    if (document == NULL)
        return false;
    const json_t *manifests = wb_json_array_of(document, "manifests");
    if (manifests != NULL)
        return check_listed(check, manifests, depth, err);
    /* What an index lists beside images, such as the attestations of buildkit, is none. */
    return (depth > 0 && !wb_is_image_manifest(document)) || check_image(check, target, err);
}

bool wb_deep_check_images(struct wb_deep_work *check, const struct wb_descriptor *target,
                          struct wb_error *err)
{
    size_t before = check->outcomes->failures;
    return conclude(check->outcomes, before, check_target(check, target, 0, err), err);
}

/* ---- by demands ---- */

static bool find_by_demands(const struct wb_deep_work *check, const struct wb_descriptor *manifest,
                            struct wb_verify_report *report, struct wb_error *err)
{
    struct wb_verify_demands demands = *(const struct wb_verify_demands *)check->trust;
    demands.predicate_type = NULL;
    demands.annotation_count = demands.requirement_count = 0;
    demands.signature_only = true;
    if (!wb_verify_image_attestations(check->layout, manifest, &demands, report, err))
        return false;
    wb_deep_keep_enough(report, 0, demands.threshold);
    return true;
}

bool wb_verify_deep(struct wb_layout *layout, const struct wb_descriptor *target,
                    const struct wb_verify_demands *demands, wb_deep_visitor *visit, void *context,
                    struct wb_outcomes *outcomes, struct wb_deep_summary *summary,
                    struct wb_error *err)
{
    struct wb_deep_work check = {.layout = layout,
                                 .find = find_by_demands,
                                 .trust = demands,
                                 .visit = visit,
                                 .context = context,
                                 .outcomes = outcomes,
                                 .summary = summary};
    return wb_deep_check_images(&check, target, err);
}
