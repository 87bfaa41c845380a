/* SPDX-License-Identifier: Apache-2.0 */
/* What a layout carries for a target: bundles that refer to it, and layers of the image tagged
 * after its digest. Annotations only say where to look; nothing is believed for them. */
#include "verify/verify_private.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define LAYERS_MAX 1000
#define SIGNATURE_ANNOTATION "dev.cosignproject.cosign/signature"

static void clear_candidate(struct wb_candidate *candidate)
{
    free(candidate->source);
    free(candidate->signature);
    free(candidate->certificate);
    free(candidate->chain);
    free(candidate->timestamp);
    free(candidate->log_entry);
    wb_buffer_clear(&candidate->content);
    *candidate = (struct wb_candidate){0};
}

struct search {
    struct wb_layout *layout;
    const struct wb_descriptor *target;
    const char *suffix; /* of the older form: `.sig` or `.att` */
    wb_candidate_visitor *visit;
    void *context;
    struct wb_verify_report *report;
};

static json_t *read_manifest(struct search *search, const struct wb_digest *digest,
                             struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(search->layout, digest, MANIFEST_SIZE_MAX, &content, err))
        return NULL;
    WB_AUTO_JSON manifest = wb_json_parse(wb_buffer_bytes(&content), err);
    if (manifest != NULL && !json_is_object(manifest)) {
        wb_error_set(err, WB_BAD_INPUT, "not a manifest");
        return NULL;
    }
    return WB_STEAL(manifest);
}

/* The blob that a layer's descriptor names. */
static bool read_layer(struct search *search, const json_t *layer, struct wb_candidate *candidate,
                       struct wb_error *err)
{
    const char *digest_text = wb_json_string_of(layer, "digest");
    struct wb_digest digest;
    if (digest_text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "a layer without a digest");
    free(candidate->source);
    candidate->source = wb_string_copy(digest_text);
    return wb_digest_parse(digest_text, &digest, err) &&
           wb_layout_read_blob(search->layout, &digest, WB_ENVELOPE_SIZE_MAX, &candidate->content,
                               err);
}

static void refuse(struct search *search, const char *source, const struct wb_error *err)
{
    wb_report_refusal(search->report, source == NULL ? "" : source, false, err);
}

/* ---- referrers ---- */

static bool is_bundle_type(const char *media_type)
{
    return media_type != NULL &&
           wb_text_starts_with(media_type, "application/vnd.dev.sigstore.bundle");
}

static bool read_referrer(struct search *search, const struct wb_digest *digest,
                          struct wb_candidate *candidate, bool *is_ours, struct wb_error *err)
{
    *is_ours = true;
    WB_AUTO_JSON manifest = read_manifest(search, digest, err);
    if (manifest == NULL)
        return false;
    const json_t *layer = json_array_get(wb_json_array_of(manifest, "layers"), 0);
    *is_ours = is_bundle_type(wb_json_string_of(layer, "mediaType"));
    if (!*is_ours)
        return true;
    candidate->is_bundle = true;
    return read_layer(search, layer, candidate, err);
}

/* ---- the older form ---- */

/* Entries named after the target; in a layout that `cosign save` made, those of the kind, too: what
 * they hold for another image is refused by its content. */
static bool is_carrier(const struct search *search, const struct wb_descriptor *entry)
{
    char tag[160];
    wb_attached_tag(&search->target->digest, search->suffix, tag);
    const char *name = wb_descriptor_annotation(entry, "org.opencontainers.image.ref.name");
    if (name != NULL) {
        /* Some tools write the whole reference. */
        const char *colon = strrchr(name, ':');
        return strcmp(colon == NULL ? name : colon + 1, tag) == 0;
    }
    const char *kind = wb_descriptor_annotation(entry, "kind");
    return kind != NULL && strcmp(kind, wb_attached_kind(search->suffix)) == 0;
}

static char *annotation_of(const json_t *layer, const char *name)
{
    return wb_string_copy(wb_json_string_of(wb_json_object_of(layer, "annotations"), name));
}

static void visit_layer(struct search *search, const json_t *layer)
{
    bool is_signature = strcmp(search->suffix, ".sig") == 0;
    const char *media_type = wb_json_string_of(layer, "mediaType");
    const char *wanted = is_signature ? WB_SIMPLE_SIGNING_MEDIA_TYPE : WB_DSSE_MEDIA_TYPE;
    if (media_type == NULL || strcmp(media_type, wanted) != 0)
        return;
    struct wb_candidate candidate = {
        .signature = annotation_of(layer, SIGNATURE_ANNOTATION),
        .certificate = annotation_of(layer, "dev.sigstore.cosign/certificate"),
        .chain = annotation_of(layer, "dev.sigstore.cosign/chain"),
        .timestamp = annotation_of(layer, "dev.sigstore.cosign/rfc3161timestamp"),
        .log_entry = annotation_of(layer, "dev.sigstore.cosign/bundle"),
    };
    struct wb_error failure = WB_ERROR_INIT;
    if (read_layer(search, layer, &candidate, &failure))
        search->visit(search->context, &candidate);
    else
        refuse(search, candidate.source, &failure);
    clear_candidate(&candidate);
}

static void visit_carrier(struct search *search, const struct wb_digest *digest)
{
    struct wb_error failure = WB_ERROR_INIT;
    char text[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_JSON manifest = read_manifest(search, digest, &failure);
    const json_t *layers = wb_json_array_of(manifest, "layers");
    if (manifest != NULL && json_array_size(layers) > LAYERS_MAX)
        wb_error_set(&failure, WB_BAD_INPUT, "more than %d layers", LAYERS_MAX);
    if (failure.status != WB_OK) {
        refuse(search, wb_digest_format(digest, text), &failure);
        return;
    }
    for (size_t i = 0; i < json_array_size(layers); i++)
        visit_layer(search, json_array_get(layers, i));
}

/* ---- all of it ---- */

/* What is no bundle may still have layers of the older form: cosign 2 attaches them so, too, when
 * it is told to use the referrers API. */
static bool visit_referrers(struct search *search, struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_descriptor *referrers = NULL;
    size_t count = 0;
    if (!wb_layout_referrers(search->layout, &search->target->digest, arena, &referrers, &count,
                             err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct wb_candidate candidate = {0};
        struct wb_error failure = WB_ERROR_INIT;
        char text[WB_DIGEST_TEXT_SIZE];
        bool is_ours;
        if (!read_referrer(search, &referrers[i].digest, &candidate, &is_ours, &failure))
            refuse(search, wb_digest_format(&referrers[i].digest, text), &failure);
        else if (is_ours)
            search->visit(search->context, &candidate);
        else
            visit_carrier(search, &referrers[i].digest);
        clear_candidate(&candidate);
    }
    return true;
}

bool wb_visit_candidates(struct wb_layout *layout, const struct wb_descriptor *target,
                         const char *suffix, wb_candidate_visitor *visit, void *context,
                         struct wb_verify_report *report, struct wb_error *err)
{
    struct search search = {layout, target, suffix, visit, context, report};
    if (!visit_referrers(&search, err))
        return false;
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (is_carrier(&search, &entries[i]))
            visit_carrier(&search, &entries[i].digest);
    return true;
}
