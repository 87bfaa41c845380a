/* SPDX-License-Identifier: Apache-2.0 */
/* An image of a registry with all that is attached to it, as a layout: index.json lists the image,
 * the tags that signatures have by their names, and the referrers; their manifests are fetched at
 * once, everything else when it is wanted. */
#include "image/registry_layout_private.h"

#include <stdlib.h>
#include <string.h>

/* Image and platforms, each with its signatures. */
#define MANIFESTS_MAX 20000
#define PLATFORMS_MAX 500
#define INDEXES_MAX 4
/* Transfers that were left where they were: who reads on by ranges comes back to them. */
#define RESTING_MAX 4

/* ---- manifests that are known ---- */

const struct wb_known_manifest *wb_registry_layout_known(const struct wb_registry_layout *layout,
                                                         const struct wb_digest *digest)
{
    for (size_t i = 0; i < layout->known_count; i++)
        if (wb_digest_equal(&layout->known[i].digest, digest))
            return &layout->known[i];
    return NULL;
}

static void keep_manifest(struct wb_registry_layout *layout, struct wb_registry_manifest *manifest)
{
    if (wb_registry_layout_known(layout, &manifest->digest) != NULL)
        return;
    const struct wb_known_manifest known = {
        .digest = manifest->digest,
        .content =
            wb_arena_copy_bytes(layout->arena, manifest->content.data, manifest->content.size),
        .size = manifest->content.size};
    WB_APPEND(layout->known, layout->known_count, layout->known_capacity, known);
}

static bool list_entry(struct wb_registry_layout *layout,
                       const struct wb_registry_manifest *manifest, const char *tag,
                       const char *artifact_type, struct wb_error *err)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_JSON entry = json_pack(
        "{s:s, s:s, s:I}", "mediaType", (const char *)manifest->media_type.data, "digest",
        wb_digest_format(&manifest->digest, digest), "size", (json_int_t)manifest->content.size);
    if (tag != NULL)
        json_object_set_new(entry, "annotations",
                            json_pack("{s:s}", "org.opencontainers.image.ref.name", tag));
    if (artifact_type != NULL)
        json_object_set_new(entry, "artifactType", json_string(artifact_type));
    json_t *entries = json_object_get(layout->index, "manifests");
    if (json_array_append(entries, entry) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "%s: the manifest cannot be listed", digest);
    return json_array_size(entries) <= MANIFESTS_MAX ||
           wb_error_set(err, WB_BAD_INPUT, "more than %d manifests belong to the image",
                        MANIFESTS_MAX);
}

static bool is_listed(const struct wb_registry_layout *layout, const char *digest)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(layout->index, "manifests"), i, entry)
    {
        if (strcmp(wb_json_string_of(entry, "digest"), digest) == 0)
            return true;
    }
    return false;
}

/* ---- what is attached ---- */

/* Fetches what a list of descriptors names, and lists it. */
static bool take_descriptors(struct wb_registry_layout *layout, const json_t *descriptors,
                             struct wb_error *err)
{
    size_t i;
    const json_t *one;
    json_array_foreach(descriptors, i, one)
    {
        const char *digest = wb_json_string_of(one, "digest");
        struct wb_digest parsed;
        struct wb_registry_manifest manifest;
        bool found;
        if (digest == NULL || !wb_digest_parse(digest, &parsed, err))
            return wb_error_set(err, WB_BAD_INPUT, "a referrer has no digest");
        if (is_listed(layout, digest))
            continue;
        bool good = wb_registry_read_manifest(layout->registry, digest, &manifest, &found, err);
        /* A list may name what was deleted since. */
        if (good && found) {
            keep_manifest(layout, &manifest);
            good = list_entry(layout, &manifest, NULL, wb_json_string_of(one, "artifactType"), err);
        }
        wb_registry_manifest_clear(&manifest);
        if (!good)
            return false;
    }
    return true;
}

static bool take_tag(struct wb_registry_layout *layout, const char *tag, bool lists_referrers,
                     struct wb_error *err)
{
    struct wb_registry_manifest manifest;
    bool found;
    bool good = wb_registry_read_manifest(layout->registry, tag, &manifest, &found, err);
    if (good && found) {
        keep_manifest(layout, &manifest);
        good = list_entry(layout, &manifest, tag, NULL, err);
        WB_AUTO_JSON json =
            lists_referrers ? wb_json_parse(wb_buffer_bytes(&manifest.content), err) : NULL;
        good =
            good &&
            (!lists_referrers ||
             (json != NULL && take_descriptors(layout, wb_json_array_of(json, "manifests"), err)));
    }
    wb_registry_manifest_clear(&manifest);
    return good;
}

/* By the names that cosign gives, by the referrers tag, and by the registry's own list. */
static bool take_attached(struct wb_registry_layout *layout, const struct wb_digest *digest,
                          struct wb_error *err)
{
    static const char *const suffixes[] = {".sig", ".att", ".sbom", ""};
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        WB_AUTO_STRING tag =
            wb_string_format("%s-%s%s", wb_digest_name(digest->algorithm), hex, suffixes[i]);
        /* A digest of SHA-512 is too long for a tag. */
        if (strlen(tag) <= 128 && !take_tag(layout, tag, suffixes[i][0] == '\0', err))
            return false;
    }
    WB_AUTO_JSON referrers = json_array();
    bool is_list;
    if (!wb_registry_read_referrers(layout->registry, digest, referrers, &is_list, err))
        return false;
    layout->lists_referrers = layout->lists_referrers && is_list;
    return take_descriptors(layout, referrers, err);
}

/* One entry of an index with what is attached to it; *content is NULL where it is not there. */
static bool take_platform(struct wb_registry_layout *layout, const struct wb_digest *digest,
                          json_t **content, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_registry_manifest manifest = {0};
    bool found;
    *content = NULL;
    if (layout->platform_count == PLATFORMS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "the index lists more than %d images",
                            PLATFORMS_MAX);
    WB_APPEND(layout->platforms, layout->platform_count, layout->platform_capacity, *digest);
    bool good = wb_registry_read_manifest(layout->registry, wb_digest_format(digest, text),
                                          &manifest, &found, err);
    if (good && found) {
        keep_manifest(layout, &manifest);
        *content = wb_json_parse(wb_buffer_bytes(&manifest.content), NULL);
    }
    wb_registry_manifest_clear(&manifest);
    return good && (!found || take_attached(layout, digest, err));
}

static bool is_taken(const struct wb_registry_layout *layout, const struct wb_digest *digest)
{
    for (size_t i = 0; i < layout->platform_count; i++)
        if (wb_digest_equal(&layout->platforms[i], digest))
            return true;
    return false;
}

static bool take_platforms(struct wb_registry_layout *layout, const json_t *index, unsigned depth,
                           struct wb_error *err)
{
    size_t i;
    const json_t *one;
    json_array_foreach(wb_json_array_of(index, "manifests"), i, one)
    {
        const char *text = wb_json_string_of(one, "digest");
        struct wb_digest digest;
        if (text == NULL || !wb_digest_parse(text, &digest, err))
            return wb_error_set(err, WB_BAD_INPUT, "the index lists something without a digest");
        if (is_taken(layout, &digest))
            continue;
        WB_AUTO_JSON content = NULL;
        if (!take_platform(layout, &digest, &content, err) ||
            (depth < INDEXES_MAX && !take_platforms(layout, content, depth + 1, err)))
            return false;
    }
    return true;
}

static bool collect(struct wb_registry_layout *layout, const struct wb_reference *reference,
                    struct wb_error *err)
{
    struct wb_registry_manifest named = {0};
    bool good = wb_registry_read_named(layout->registry, reference, &named, err);
    WB_AUTO_STRING text = good ? wb_registry_index(reference, &named, err) : NULL;
    good = text != NULL;
    if (good) {
        layout->index = json_loads(text, 0, NULL);
        keep_manifest(layout, &named);
        WB_AUTO_JSON document = wb_json_parse(wb_buffer_bytes(&named.content), err);
        good = document != NULL && take_attached(layout, &named.digest, err) &&
               take_platforms(layout, document, 1, err);
    }
    wb_registry_manifest_clear(&named);
    return good;
}

/* ---- reading ---- */

static bool read_file(struct wb_layout_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct wb_registry_layout *layout = (struct wb_registry_layout *)base;
    WB_AUTO_STRING text = strcmp(name, "index.json") == 0
                              ? json_dumps(layout->index, JSON_COMPACT)
                              : wb_string_copy("{\"imageLayoutVersion\":\"1.0.0\"}");
    *found = true;
    content->size = 0;
    if (text == NULL || strlen(text) > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", name, limit);
    wb_buffer_append_text(content, text);
    return true;
}

static struct wb_registry_blob *take_resting(struct wb_registry_layout *layout,
                                             const struct wb_digest *digest, uint64_t at)
{
    struct wb_registry_blob *found = NULL;
    pthread_mutex_lock(&layout->lock);
    for (size_t i = 0; i < layout->resting_count && found == NULL; i++) {
        struct wb_resting_blob *one = &layout->resting[i];
        if (!wb_digest_equal(&one->digest, digest) || wb_registry_blob_at(one->blob) != at)
            continue;
        found = one->blob;
        *one = layout->resting[--layout->resting_count];
    }
    pthread_mutex_unlock(&layout->lock);
    return found;
}

static void rest(struct wb_registry_layout *layout, const struct wb_digest *digest,
                 struct wb_registry_blob *blob)
{
    struct wb_registry_blob *oldest = NULL;
    pthread_mutex_lock(&layout->lock);
    if (layout->resting_count == RESTING_MAX) {
        oldest = layout->resting[0].blob;
        memmove(&layout->resting[0], &layout->resting[1],
                --layout->resting_count * sizeof layout->resting[0]);
    }
    layout->resting[layout->resting_count++] =
        (struct wb_resting_blob){.digest = *digest, .blob = blob};
    pthread_mutex_unlock(&layout->lock);
    wb_registry_blob_free(oldest);
}

struct open_blob {
    struct wb_registry_layout *layout;
    struct wb_digest digest;
    uint64_t size;
    struct wb_registry_blob *blob; /* once it is read */
};

static bool read_blob(const struct wb_blob *blob, uint64_t at, uint8_t *data, size_t size,
                      struct wb_error *err)
{
    struct open_blob *open = blob->context;
    if (open->blob == NULL)
        open->blob = take_resting(open->layout, &open->digest, at);
    if (open->blob == NULL)
        open->blob =
            wb_registry_blob_new(open->layout->registry, &open->digest, (int64_t)open->size);
    for (size_t done = 0; done < size;) {
        ssize_t count = wb_registry_blob_read(open->blob, at + done, data + done, size - done, err);
        if (count < 0)
            return false;
        if (count == 0)
            return wb_error_set(err, WB_CHECK_FAILED, "the blob is truncated");
        done += (size_t)count;
    }
    return true;
}

static void close_blob(struct wb_blob *blob)
{
    struct open_blob *open = blob->context;
    uint64_t at = open->blob == NULL ? 0 : wb_registry_blob_at(open->blob);
    if (open->blob != NULL && at > 0 && at < open->size)
        rest(open->layout, &open->digest, open->blob);
    else
        wb_registry_blob_free(open->blob);
    free(open);
}

static bool know_size(struct wb_registry_layout *layout, const struct wb_digest *digest,
                      uint64_t *size)
{
    bool found = false;
    pthread_mutex_lock(&layout->lock);
    for (size_t i = 0; i < layout->sized_count && !found; i++) {
        found = wb_digest_equal(&layout->sized[i].digest, digest);
        *size = layout->sized[i].size;
    }
    pthread_mutex_unlock(&layout->lock);
    return found;
}

/* Who packs opens a blob for every part of it: it is asked after once. */
static bool find_size(struct wb_registry_layout *layout, const struct wb_digest *digest,
                      uint64_t *size, bool *found, struct wb_error *err)
{
    int64_t stated;
    *found = know_size(layout, digest, size);
    if (*found)
        return true;
    if (!wb_registry_find_blob(layout->registry, digest, found, &stated, err))
        return false;
    if (!*found)
        return true;
    if (stated < 0)
        return wb_error_set(err, WB_SYSTEM, "the registry does not say how large the blob is");
    *size = (uint64_t)stated;
    const struct wb_sized_blob sized = {.digest = *digest, .size = *size};
    pthread_mutex_lock(&layout->lock);
    WB_APPEND(layout->sized, layout->sized_count, layout->sized_capacity, sized);
    pthread_mutex_unlock(&layout->lock);
    return true;
}

static bool open_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                      struct wb_blob *blob, bool *found, struct wb_error *err)
{
    struct wb_registry_layout *layout = (struct wb_registry_layout *)base;
    const struct wb_known_manifest *known = wb_registry_layout_known(layout, digest);
    if (known != NULL) {
        *found = true;
        *blob = (struct wb_blob){
            .fd = -1, .size = known->size, .data = (const uint8_t *)known->content};
        return true;
    }
    uint64_t size = 0;
    if (!find_size(layout, digest, &size, found, err)) {
        /* A blob that cannot be asked after is not one that is missing. */
        *found = true;
        return false;
    }
    if (!*found)
        return true;
    struct open_blob *open = wb_allocate(sizeof *open);
    *open = (struct open_blob){.layout = layout, .digest = *digest, .size = size};
    *blob = (struct wb_blob){
        .fd = -1, .size = open->size, .read = read_blob, .close = close_blob, .context = open};
    return true;
}

/* All that can have a subject was fetched. */
static bool list_blobs(struct wb_layout_store *base, wb_blob_visitor *visit, void *context,
                       struct wb_error *err)
{
    const struct wb_registry_layout *layout = (const struct wb_registry_layout *)base;
    (void)err;
    for (size_t i = 0; i < layout->known_count; i++)
        visit(context, &layout->known[i].digest, layout->known[i].size);
    return true;
}

/* ---- opening ---- */

static void free_store(struct wb_layout_store *base)
{
    struct wb_registry_layout *layout = (struct wb_registry_layout *)base;
    for (size_t i = 0; i < layout->resting_count; i++)
        wb_registry_blob_free(layout->resting[i].blob);
    free(layout->resting);
    free(layout->sized);
    pthread_mutex_destroy(&layout->lock);
    wb_registry_free(layout->registry);
    json_decref(layout->index);
    free(layout->known);
    free(layout->platforms);
    wb_arena_free(layout->arena);
    free(layout);
}

struct wb_layout_store *wb_layout_store_registry(const struct wb_reference *reference,
                                                 enum wb_layout_mode mode, struct wb_error *err)
{
    struct wb_registry_layout *layout = wb_allocate(sizeof *layout);
    WB_AUTO(wb_layout_store) *base = &layout->store;
    layout->store = (struct wb_layout_store){.read = read_file,
                                             .open = open_blob,
                                             .list = list_blobs,
                                             .add = wb_registry_layout_add,
                                             .commit = wb_registry_layout_commit,
                                             .free = free_store};
    pthread_mutex_init(&layout->lock, NULL);
    layout->resting = wb_allocate_array(RESTING_MAX, sizeof *layout->resting);
    layout->arena = wb_arena_new();
    layout->lists_referrers = true;
    layout->registry = wb_registry_new(reference, mode == WB_LAYOUT_WRITE, err);
    if (layout->registry == NULL || !collect(layout, reference, err))
        return NULL;
    return WB_STEAL(base);
}
