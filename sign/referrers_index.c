/* SPDX-License-Identifier: Apache-2.0 */
/* The index of all that refers to an image, under the name by which it is found in registries
 * without the referrers API (OCI distribution-spec 1.1, "Referrers Tag Schema"). Tools that copy
 * what has a name and nothing else, as skopeo does, carry bundles by it. */
#include "sign/sign_private.h"

#include <string.h>

#define INDEX_MEDIA_TYPE "application/vnd.oci.image.index.v1+json"
#define REF_NAME "org.opencontainers.image.ref.name"

static json_t *make_descriptor(const struct wb_descriptor *referrer)
{
    char text[WB_DIGEST_TEXT_SIZE];
    json_t *json =
        json_pack("{s:s, s:I, s:s}", "mediaType", referrer->media_type, "size",
                  (json_int_t)referrer->size, "digest", wb_digest_format(&referrer->digest, text));
    if (referrer->artifact_type != NULL)
        json_object_set_new(json, "artifactType", json_string(referrer->artifact_type));
    json_t *annotations = json_object();
    for (size_t i = 0; i < referrer->annotation_count; i++)
        json_object_set_new(annotations, referrer->annotations[i].name,
                            json_string(referrer->annotations[i].value));
    if (referrer->annotation_count > 0)
        json_object_set(json, "annotations", annotations);
    json_decref(annotations);
    return json;
}

char *wb_referrers_index_text(const struct wb_descriptor *referrers, size_t count,
                              struct wb_error *err)
{
    WB_AUTO_JSON index = json_pack("{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType",
                                   INDEX_MEDIA_TYPE, "manifests");
    for (size_t i = 0; i < count; i++)
        json_array_append_new(json_object_get(index, "manifests"), make_descriptor(&referrers[i]));
    char *text = json_dumps(index, JSON_COMPACT);
    if (text == NULL)
        wb_error_set(err, WB_BAD_INPUT, "what refers to the image cannot be listed");
    return text;
}

static bool write_index(struct wb_layout *layout, const struct wb_descriptor *referrers,
                        size_t count, struct wb_descriptor *entry, struct wb_error *err)
{
    WB_AUTO_STRING text = wb_referrers_index_text(referrers, count, err);
    if (text == NULL)
        return false;
    entry->media_type = INDEX_MEDIA_TYPE;
    entry->size = (int64_t)strlen(text);
    return wb_layout_add_blob(layout, (struct wb_bytes){(const uint8_t *)text, strlen(text)},
                              &entry->digest, err);
}

static bool is_listed(const struct wb_layout *layout, const struct wb_digest *digest)
{
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (wb_digest_equal(&entries[i].digest, digest))
            return true;
    return false;
}

/* Each signature would leave an index behind that nothing leads to. */
static bool forget(struct wb_layout *layout, const struct wb_digest *old, struct wb_error *err)
{
    return is_listed(layout, old) || wb_layout_remove_blob(layout, old, err);
}

bool wb_referrers_index_put(struct wb_layout *layout, const struct wb_digest *subject,
                            const struct wb_descriptor *referrers, size_t count,
                            struct wb_error *err)
{
    char tag[160];
    wb_attached_tag(subject, "", tag);
    const struct wb_descriptor *found = wb_layout_find_name(layout, tag);
    const bool replaces = found != NULL;
    const struct wb_digest old = replaces ? found->digest : (struct wb_digest){0};
    struct wb_name_value name = {REF_NAME, tag};
    struct wb_descriptor entry = {.annotations = &name, .annotation_count = 1};
    if (count > 0) {
        if (!write_index(layout, referrers, count, &entry, err) ||
            !wb_layout_put_entry(layout, &entry, err))
            return false;
    } else if (replaces) {
        wb_layout_remove_entries(layout, &old);
    }
    return !replaces || forget(layout, &old, err);
}

bool wb_referrers_index_update(struct wb_layout *layout, const struct wb_digest *subject,
                               struct wb_error *err)
{
    /* The name of a longer digest would be too long for a tag. */
    if (subject->algorithm != WB_DIGEST_SHA256)
        return true;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_descriptor *referrers;
    size_t count;
    return wb_layout_referrers(layout, subject, arena, &referrers, &count, err) &&
           wb_referrers_index_put(layout, subject, referrers, count, err);
}
