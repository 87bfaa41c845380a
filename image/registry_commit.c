/* SPDX-License-Identifier: Apache-2.0 */
/* Brings what was changed in a layout to the registry it was made of: blobs first, then manifests,
 * then tags, so that nothing is ever listed that is not there. */
#include "image/registry_layout_private.h"

#include <string.h>

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"

bool wb_registry_layout_add(struct wb_layout_store *base, const struct wb_digest *digest,
                            struct wb_bytes content, struct wb_error *err)
{
    struct wb_registry_layout *layout = (struct wb_registry_layout *)base;
    (void)err;
    if (wb_registry_layout_known(layout, digest) != NULL)
        return true;
    const struct wb_known_manifest known = {
        .digest = *digest,
        .content = wb_arena_copy_bytes(layout->arena, content.data, content.size),
        .size = content.size,
        .added = true};
    WB_APPEND(layout->known, layout->known_count, layout->known_capacity, known);
    return true;
}

/* ---- what is new, what is gone ---- */

static const char *name_of(const json_t *entry)
{
    return wb_json_string_of(wb_json_object_of(entry, "annotations"),
                             "org.opencontainers.image.ref.name");
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool has_entry(const json_t *entries, const json_t *wanted)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        if (same_text(wb_json_string_of(entry, "digest"), wb_json_string_of(wanted, "digest")) &&
            same_text(name_of(entry), name_of(wanted)))
            return true;
    }
    return false;
}

static bool has_digest(const json_t *entries, const char *digest)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        if (same_text(wb_json_string_of(entry, "digest"), digest))
            return true;
    }
    return false;
}

static bool has_name(const json_t *entries, const char *name)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        if (same_text(name_of(entry), name))
            return true;
    }
    return false;
}

/* ---- pushing ---- */

static bool push_blob(struct wb_registry_layout *layout, const json_t *descriptor,
                      struct wb_error *err)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    struct wb_digest digest;
    if (text == NULL)
        return true;
    if (!wb_digest_parse(text, &digest, err))
        return false;
    const struct wb_known_manifest *known = wb_registry_layout_known(layout, &digest);
    /* What was not added is where the manifest found it. */
    if (known == NULL || !known->added)
        return true;
    const struct wb_bytes content = {(const uint8_t *)known->content, known->size};
    return wb_registry_put_blob(layout->registry, &digest, content, err);
}

static bool push_parts(struct wb_registry_layout *layout, struct wb_bytes content,
                       struct wb_error *err)
{
    WB_AUTO_JSON manifest = wb_json_parse(content, err);
    if (manifest == NULL || !push_blob(layout, json_object_get(manifest, "config"), err))
        return false;
    size_t i;
    const json_t *layer;
    json_array_foreach(wb_json_array_of(manifest, "layers"), i, layer)
    {
        if (!push_blob(layout, layer, err))
            return false;
    }
    return true;
}

/* The index under the referrers tag is for registries without a list of their own. */
static bool is_referrers_tag(const char *name)
{
    return name != NULL && wb_text_starts_with(name, "sha256-") && strlen(name) == 7 + 64;
}

static bool push_entry(struct wb_registry_layout *layout, const json_t *entry, struct wb_error *err)
{
    const char *digest = wb_json_string_of(entry, "digest"), *name = name_of(entry);
    const char *type = wb_json_string_of(entry, "mediaType");
    struct wb_digest parsed;
    if (digest == NULL || !wb_digest_parse(digest, &parsed, err))
        return false;
    const struct wb_known_manifest *known = wb_registry_layout_known(layout, &parsed);
    if (known == NULL || type == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s is not in the registry", digest);
    const struct wb_bytes content = {(const uint8_t *)known->content, known->size};
    return (!known->added || push_parts(layout, content, err)) &&
           wb_registry_put_manifest(layout->registry, name == NULL ? digest : name, type, content,
                                    err);
}

/* Manifests before the indexes that list them. */
static bool push_new(struct wb_registry_layout *layout, const json_t *entries, bool indexes,
                     struct wb_error *err)
{
    size_t i;
    const json_t *entry;
    const json_t *before = json_object_get(layout->index, "manifests");
    json_array_foreach(entries, i, entry)
    {
        bool is_index = same_text(wb_json_string_of(entry, "mediaType"), INDEX_TYPE);
        if (is_index != indexes || has_entry(before, entry) ||
            (layout->lists_referrers && is_referrers_tag(name_of(entry))))
            continue;
        if (!push_entry(layout, entry, err))
            return false;
    }
    return true;
}

/* Some registries keep a tag whose manifest was deleted; others cannot delete tags. */
static bool delete_entry(struct wb_registry_layout *layout, const json_t *entries,
                         const json_t *entry, struct wb_error *err)
{
    const char *name = name_of(entry);
    const char *digest = wb_json_string_of(entry, "digest");
    bool untagged = name != NULL && wb_registry_delete_manifest(layout->registry, name, NULL);
    (void)untagged;
    return has_digest(entries, digest) ||
           wb_registry_delete_manifest(layout->registry, digest, err);
}

/* What was replaced under its name stays in the registry, as any older version does. */
static bool delete_gone(struct wb_registry_layout *layout, const json_t *entries,
                        struct wb_error *err)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(layout->index, "manifests"), i, entry)
    {
        const char *name = name_of(entry);
        bool stays = has_entry(entries, entry) || (name != NULL && has_name(entries, name));
        if (!stays && !delete_entry(layout, entries, entry, err))
            return false;
    }
    return true;
}

bool wb_registry_layout_commit(struct wb_layout_store *base, struct wb_bytes index,
                               const struct wb_digest_list *removed, struct wb_error *err)
{
    struct wb_registry_layout *layout = (struct wb_registry_layout *)base;
    WB_AUTO_JSON json = wb_json_parse(index, err);
    const json_t *entries = wb_json_array_of(json, "manifests");
    /* A registry takes blobs away by itself when nothing needs them. */
    (void)removed;
    if (json == NULL || !push_new(layout, entries, false, err) ||
        !push_new(layout, entries, true, err) || !delete_gone(layout, entries, err))
        return false;
    json_decref(layout->index);
    layout->index = json_incref(json);
    return true;
}
