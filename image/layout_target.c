/* SPDX-License-Identifier: Apache-2.0 */
/* Which manifest or index of a layout a reference means. */
#include "image/artifact_private.h"
#include "image/layout_private.h"

#include <string.h>

#define LISTED_MAX 20
#define REF_NAME "org.opencontainers.image.ref.name"
#define CONTAINERD_NAME "io.containerd.image.name"

static void list_name(const struct wb_descriptor *entry, size_t *listed, struct wb_buffer *list)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    const char *name = wb_descriptor_annotation(entry, REF_NAME);
    if (*listed == LISTED_MAX)
        wb_buffer_append_text(list, ", …");
    if ((*listed)++ < LISTED_MAX)
        wb_buffer_append_format(list, "%s%.100s", *listed == 1 ? "" : ", ",
                                name != NULL ? name : wb_digest_format(&entry->digest, digest));
}

/* The names of the images, for errors. */
static const char *image_names(const struct wb_layout *layout, struct wb_buffer *list)
{
    size_t listed = 0;
    for (size_t i = 0; i < layout->entry_count; i++)
        if (!wb_artifact_descriptor(wb_layout_index_item(layout, i)))
            list_name(&layout->entries[i], &listed, list);
    if (listed == 0)
        wb_buffer_append_text(list, "none");
    return (const char *)list->data;
}

static bool has_tag(const struct wb_descriptor *entry, const char *tag, bool whole)
{
    return wb_layout_tag_matches(wb_descriptor_annotation(entry, REF_NAME), tag, whole) ||
           wb_layout_tag_matches(wb_descriptor_annotation(entry, CONTAINERD_NAME), tag, whole);
}

/* A second entry of the same tag must be the same thing. */
static bool take(const struct wb_descriptor *entry, const struct wb_descriptor **found)
{
    bool same = *found == NULL || wb_digest_equal(&(*found)->digest, &entry->digest);
    if (*found == NULL)
        *found = entry;
    return same;
}

static const struct wb_descriptor *find_tag(const struct wb_layout *layout, struct wb_error *err)
{
    const struct wb_descriptor *found = NULL;
    bool unique = true;
    for (int whole = 1; whole >= 0 && found == NULL; whole--)
        for (size_t i = 0; i < layout->entry_count; i++)
            if (has_tag(&layout->entries[i], layout->tag, whole == 1))
                unique = take(&layout->entries[i], &found) && unique;
    WB_AUTO_VALUE(wb_buffer) list = {0};
    if (found == NULL)
        wb_error_set(err, WB_BAD_INPUT, "no image is tagged `%s`; there is %s", layout->tag,
                     image_names(layout, &list));
    else if (!unique)
        wb_error_set(err, WB_BAD_INPUT, "several images are tagged `%s`: name one by its @DIGEST",
                     layout->tag);
    return unique ? found : NULL;
}

/* A manifest that only an index lists. */
static const struct wb_descriptor *find_nested(struct wb_layout *layout,
                                               const struct wb_digest *digest, struct wb_error *err)
{
    struct wb_image_descriptors below = {0};
    bool good = true;
    for (size_t i = 0; i < layout->entry_count && good; i++) {
        struct wb_image_descriptor entry;
        good =
            wb_image_descriptor_read(wb_layout_index_item(layout, i), layout->arena, &entry, err) &&
            (entry.kind != WB_DOCUMENT_INDEX ||
             wb_index_expand(&layout->adapter, layout->arena, &entry, &below, err));
    }
    struct wb_descriptor *found = NULL;
    for (size_t i = 0; i < below.count && found == NULL && good; i++) {
        const struct wb_image_descriptor *one = &below.items[i];
        if (!wb_digest_equal(&one->parsed_digest, digest))
            continue;
        found = wb_arena_allocate(layout->arena, sizeof *found);
        *found = (struct wb_descriptor){.media_type = one->media_type,
                                        .digest = one->parsed_digest,
                                        .size = one->size,
                                        .platform = one->platform};
    }
    wb_image_descriptors_clear(&below);
    if (found == NULL && good)
        wb_error_set(err, WB_BAD_INPUT, "no image has the digest %s", layout->digest);
    return found;
}

static const struct wb_descriptor *find_digest(struct wb_layout *layout, struct wb_error *err)
{
    struct wb_digest digest;
    if (!wb_digest_parse(layout->digest, &digest, err))
        return NULL;
    for (size_t i = 0; i < layout->entry_count; i++)
        if (wb_digest_equal(&layout->entries[i].digest, &digest))
            return &layout->entries[i];
    return find_nested(layout, &digest, err);
}

/* Reads the manifest or index, and finds out its media type where the descriptor states none. */
static json_t *load(struct wb_layout *layout, struct wb_descriptor *descriptor,
                    struct wb_error *err)
{
    static const char *const types[] = {"application/vnd.oci.image.manifest.v1+json",
                                        "application/vnd.oci.image.index.v1+json"};
    char text[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_JSON json =
        json_pack("{s:s, s:I}", "digest", wb_digest_format(&descriptor->digest, text), "size",
                  (json_int_t)descriptor->size);
    if (descriptor->media_type != NULL)
        json_object_set_new(json, "mediaType", json_string(descriptor->media_type));
    struct wb_image_descriptor read;
    if (!wb_image_descriptor_read(json, layout->arena, &read, err))
        return NULL;
    json_t *document = wb_image_descriptor_load_document(&layout->adapter, &read, err);
    if (document != NULL && descriptor->media_type == NULL) {
        const char *stated = wb_json_string_of(document, "mediaType");
        descriptor->media_type = stated != NULL ? wb_arena_copy(layout->arena, stated)
                                                : types[read.kind == WB_DOCUMENT_INDEX];
    }
    return document;
}

bool wb_layout_images(struct wb_layout *layout, const struct wb_descriptor **images, size_t *count,
                      struct wb_error *err)
{
    struct wb_descriptor *found =
        wb_arena_allocate(layout->arena, (layout->entry_count + 1) * sizeof *found);
    *images = found;
    *count = 0;
    for (size_t i = 0; i < layout->entry_count; i++) {
        if (wb_artifact_descriptor(wb_layout_index_item(layout, i)))
            continue;
        struct wb_descriptor entry = layout->entries[i];
        WB_AUTO_JSON document = load(layout, &entry, err);
        if (document == NULL)
            return false;
        if (!wb_artifact_document(document))
            found[(*count)++] = entry;
    }
    return true;
}

/* The entries that are no artifacts; looks into the manifests only where more than one is left. */
static const struct wb_descriptor *find_only(struct wb_layout *layout, struct wb_error *err)
{
    const struct wb_descriptor *found = NULL;
    bool unique = true;
    for (size_t i = 0; i < layout->entry_count; i++)
        if (!wb_artifact_descriptor(wb_layout_index_item(layout, i)))
            unique = take(&layout->entries[i], &found) && unique;
    if (unique && found != NULL)
        return found;
    const struct wb_descriptor *images;
    size_t count, listed = 0;
    if (!wb_layout_images(layout, &images, &count, err))
        return NULL;
    found = NULL;
    unique = true;
    WB_AUTO_VALUE(wb_buffer) list = {0};
    for (size_t i = 0; i < count; i++) {
        unique = take(&images[i], &found) && unique;
        list_name(&images[i], &listed, &list);
    }
    if (found == NULL)
        wb_error_set(err, WB_BAD_INPUT, "index.json lists no image");
    else if (!unique)
        wb_error_set(err, WB_BAD_INPUT, "there are several images: add one of the tags %s",
                     (const char *)list.data);
    return unique ? found : NULL;
}

const struct wb_descriptor *wb_layout_target(struct wb_layout *layout, struct wb_error *err)
{
    const struct wb_descriptor *found = layout->digest != NULL ? find_digest(layout, err)
                                        : layout->tag != NULL  ? find_tag(layout, err)
                                                               : find_only(layout, err);
    if (found == NULL)
        return NULL;
    /* A copy: entries move when others are added. */
    struct wb_descriptor *target = wb_arena_allocate(layout->arena, sizeof *target);
    *target = *found;
    WB_AUTO_JSON document = load(layout, target, err);
    return document == NULL ? NULL : target;
}
