/* SPDX-License-Identifier: Apache-2.0 */
/* Which manifests have which subject (OCI image-spec 1.1, manifest.md "subject"). Tools record that
 * in index.json, under the referrers tag, or nowhere; but the manifests are blobs in any case, so
 * all small blobs are looked at, once. */
#include "image/layout_private.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

/* ---- collecting ---- */

static const char *artifact_type_of(const json_t *manifest)
{
    const char *type = wb_json_string_of(manifest, "artifactType");
    if (type != NULL && type[0] != '\0')
        return type;
    return wb_json_string_of(wb_json_object_of(manifest, "config"), "mediaType");
}

static bool read_manifest(struct wb_arena *arena, const json_t *manifest,
                          struct wb_referrer *referrer)
{
    const char *subject = wb_json_string_of(wb_json_object_of(manifest, "subject"), "digest");
    const char *media_type = wb_json_string_of(manifest, "mediaType");
    struct wb_descriptor *descriptor = &referrer->descriptor;
    if (subject == NULL || !wb_digest_parse(subject, &referrer->subject, NULL))
        return false;
    descriptor->media_type = wb_arena_copy(arena, media_type == NULL ? MANIFEST_TYPE : media_type);
    descriptor->artifact_type = wb_arena_copy(arena, artifact_type_of(manifest));
    return wb_name_values_read(arena, json_object_get(manifest, "annotations"), "annotations",
                               &descriptor->annotations, &descriptor->annotation_count, NULL);
}

/* The digest is not checked here: who reads a referrer that was changed is told so, instead of not
 * finding it. */
static bool add_manifest(struct wb_layout *layout, const struct wb_digest *digest,
                         struct wb_bytes content)
{
    /* Most documents are configs: not worth parsing. */
    if (content.size == 0 || content.data[0] != '{' || content.size > WB_DOCUMENT_SIZE_MAX ||
        memmem(content.data, content.size, "\"subject\"", 9) == NULL)
        return false;
    WB_AUTO_JSON manifest = wb_json_parse(content, NULL);
    struct wb_referrer referrer = {
        .descriptor = {.digest = *digest, .size = (int64_t)content.size}};
    if (manifest == NULL || !read_manifest(layout->arena, manifest, &referrer))
        return false;
    WB_APPEND(layout->referrers, layout->referrer_count, layout->referrer_capacity, referrer);
    return true;
}

static void look_at(void *context, const struct wb_digest *digest, uint64_t size)
{
    struct wb_layout *layout = context;
    struct wb_blob blob = {.fd = -1};
    bool found;
    uint8_t first;
    if (size < 2 || size > WB_DOCUMENT_SIZE_MAX ||
        !layout->store->open(layout->store, digest, &blob, &found, NULL) || !found)
        return;
    if (blob.size == size && wb_blob_read(&blob, 0, &first, 1, NULL) && first == '{') {
        uint8_t *data = wb_allocate((size_t)size);
        if (wb_blob_read(&blob, 0, data, (size_t)size, NULL))
            add_manifest(layout, digest, (struct wb_bytes){data, (size_t)size});
        free(data);
    }
    wb_blob_close(&blob);
}

/* ---- finding ---- */

static int compare_digests(const struct wb_digest *a, const struct wb_digest *b)
{
    if (a->algorithm != b->algorithm)
        return a->algorithm < b->algorithm ? -1 : 1;
    return memcmp(a->bytes, b->bytes, wb_digest_size(a->algorithm));
}

static int compare_referrers(const void *left, const void *right)
{
    const struct wb_referrer *a = left, *b = right;
    int order = compare_digests(&a->subject, &b->subject);
    return order != 0 ? order : compare_digests(&a->descriptor.digest, &b->descriptor.digest);
}

static void sort_referrers(struct wb_layout *layout)
{
    if (layout->referrer_count > 1)
        qsort(layout->referrers, layout->referrer_count, sizeof *layout->referrers,
              compare_referrers);
}

void wb_layout_note_blob(struct wb_layout *layout, const struct wb_digest *digest,
                         struct wb_bytes content)
{
    if (!layout->referrers_known || !add_manifest(layout, digest, content))
        return;
    /* Into its place; a blob that was there before is known already. */
    struct wb_referrer *all = layout->referrers;
    const struct wb_referrer added = all[layout->referrer_count - 1];
    size_t at = layout->referrer_count - 1;
    while (at > 0 && compare_referrers(&all[at - 1], &added) > 0)
        at--;
    if (at > 0 && compare_referrers(&all[at - 1], &added) == 0) {
        layout->referrer_count--;
        return;
    }
    memmove(&all[at + 1], &all[at], (layout->referrer_count - 1 - at) * sizeof *all);
    all[at] = added;
}

static bool collect(struct wb_layout *layout, struct wb_error *err)
{
    if (layout->referrers_known)
        return true;
    if (!layout->store->list(layout->store, look_at, layout, err))
        return false;
    sort_referrers(layout);
    layout->referrers_known = true;
    return true;
}

/* The first referrer whose subject is not less. */
static size_t find_first(const struct wb_layout *layout, const struct wb_digest *subject)
{
    size_t low = 0, high = layout->referrer_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_digests(&layout->referrers[middle].subject, subject) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct list {
    struct wb_descriptor *items;
    size_t count, capacity;
};

/* What the index under the referrers tag lists and the layout does not have: it was left out when
 * the layout was copied, and whoever wants to read it shall know. */
static bool add_missing(struct wb_layout *layout, const struct wb_digest *subject,
                        struct wb_arena *arena, struct list *list)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1], tag[160] = "";
    strcat(strcat(tag, wb_digest_name(subject->algorithm)), "-");
    strcat(tag, wb_hex_format(subject->bytes, wb_digest_size(subject->algorithm), hex));
    const struct wb_descriptor *entry = wb_layout_find_name(layout, tag);
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (entry == NULL ||
        !wb_layout_read_blob(layout, &entry->digest, WB_DOCUMENT_SIZE_MAX, &content, NULL))
        return false;
    WB_AUTO_JSON index = wb_json_parse(wb_buffer_bytes(&content), NULL);
    size_t i, before = list->count;
    const json_t *json;
    json_array_foreach(wb_json_array_of(index, "manifests"), i, json)
    {
        struct wb_descriptor descriptor;
        if (wb_descriptor_read(json, arena, &descriptor, NULL) &&
            !wb_layout_has_blob(layout, &descriptor.digest))
            WB_APPEND(list->items, list->count, list->capacity, descriptor);
    }
    return list->count > before;
}

static int compare_descriptors(const void *left, const void *right)
{
    const struct wb_descriptor *a = left, *b = right;
    return compare_digests(&a->digest, &b->digest);
}

bool wb_layout_referrers(struct wb_layout *layout, const struct wb_digest *subject,
                         struct wb_arena *arena, struct wb_descriptor **referrers, size_t *count,
                         struct wb_error *err)
{
    *referrers = NULL;
    *count = 0;
    if (!collect(layout, err))
        return false;
    struct list list = {0};
    for (size_t i = find_first(layout, subject);
         i < layout->referrer_count && wb_digest_equal(&layout->referrers[i].subject, subject); i++)
        WB_APPEND(list.items, list.count, list.capacity,
                  wb_descriptor_copy(arena, &layout->referrers[i].descriptor));
    if (add_missing(layout, subject, arena, &list))
        qsort(list.items, list.count, sizeof *list.items, compare_descriptors);
    /* The same may be listed twice. */
    size_t kept = 0;
    for (size_t i = 0; i < list.count; i++)
        if (i == 0 || compare_descriptors(&list.items[i], &list.items[kept - 1]) != 0)
            list.items[kept++] = list.items[i];
    if (kept > 0) {
        *referrers = wb_arena_allocate(arena, kept * sizeof **referrers);
        memcpy(*referrers, list.items, kept * sizeof **referrers);
    }
    *count = kept;
    free(list.items);
    return true;
}
