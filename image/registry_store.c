/* SPDX-License-Identifier: Apache-2.0 */
/* An image of a registry, as the readers of layouts want it: index.json lists what the reference
 * names, blobs are fetched when they are wanted. */
#include "image/registry_private.h"

#include <stdlib.h>
#include <string.h>

struct registry_store {
    struct wb_store store;
    struct wb_blob_fetcher fetcher;
    struct wb_registry *registry;
    const struct wb_reference *reference; /* while the images are found */
    struct wb_registry_manifest named;
};

/* ---- documents ---- */

char *wb_registry_index(const struct wb_reference *reference,
                        const struct wb_registry_manifest *manifest, struct wb_error *err)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    bool tagged = reference->digest == NULL;
    WB_AUTO_STRING name = wb_string_format("%s%c%s", reference->path, tagged ? ':' : '@',
                                           tagged ? reference->tag : reference->digest);
    WB_AUTO_JSON annotations = json_pack("{s:s}", "io.containerd.image.name", name);
    if (tagged)
        json_object_set_new(annotations, "org.opencontainers.image.ref.name",
                            json_string(reference->tag));
    WB_AUTO_JSON descriptor =
        json_pack("{s:s, s:I, s:O}", "digest", wb_digest_format(&manifest->digest, digest), "size",
                  (json_int_t)manifest->content.size, "annotations", annotations);
    if (manifest->media_type.size > 0)
        json_object_set_new(descriptor, "mediaType",
                            json_string((const char *)manifest->media_type.data));
    WB_AUTO_JSON index = json_pack("{s:i, s:[O]}", "schemaVersion", 2, "manifests", descriptor);
    char *text = index == NULL ? NULL : json_dumps(index, JSON_COMPACT);
    if (text == NULL)
        wb_error_set(err, WB_BAD_INPUT, "%s: the manifest cannot be listed", name);
    return text;
}

bool wb_registry_read_named(struct wb_registry *registry, const struct wb_reference *reference,
                            struct wb_registry_manifest *manifest, struct wb_error *err)
{
    const char *name = reference->digest != NULL ? reference->digest : reference->tag;
    bool found;
    return wb_registry_read_manifest(registry, name, manifest, &found, err) &&
           (found ||
            wb_error_set(err, WB_BAD_INPUT, "the registry has no such manifest: %s", name));
}

static bool read_document(struct wb_store *base, const char *name, size_t limit,
                          struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct registry_store *store = (struct registry_store *)base;
    struct wb_digest digest;
    *found = true;
    content->size = 0;
    if (strcmp(name, "oci-layout") == 0) {
        wb_buffer_append_text(content, "{\"imageLayoutVersion\":\"1.0.0\"}");
        return true;
    }
    if (strcmp(name, "index.json") == 0) {
        WB_AUTO_STRING text = wb_registry_index(store->reference, &store->named, err);
        if (text != NULL)
            wb_buffer_append_text(content, text);
        return text != NULL;
    }
    *found = wb_blob_name_digest(name, &digest);
    if (!*found)
        return true;
    if (wb_digest_equal(&digest, &store->named.digest)) {
        wb_buffer_append(content, store->named.content.data, store->named.content.size);
        return true;
    }
    return wb_registry_read_any(store->registry, &digest, limit, content, found, err);
}

/* ---- layers ---- */

static ssize_t read_fetched(void *context, void *data, size_t size, struct wb_error *err)
{
    struct wb_registry_blob *blob = context;
    return wb_registry_blob_read(blob, wb_registry_blob_at(blob), data, size, err);
}

static void open_fetched(const struct wb_blob_fetcher *fetcher, const struct wb_digest *digest,
                         uint64_t size, struct wb_byte_source *source)
{
    const struct registry_store *store =
        (const struct registry_store *)(const void *)((const char *)fetcher -
                                                      offsetof(struct registry_store, fetcher));
    *source = (struct wb_byte_source){
        .read = read_fetched,
        .context = wb_registry_blob_new(store->registry, digest, (int64_t)size)};
}

static void close_fetched(struct wb_byte_source *source)
{
    wb_registry_blob_free(source->context);
}

static bool find_layer(struct wb_store *base, const char *name, struct wb_layer_place *place,
                       bool *found, struct wb_error *err)
{
    struct registry_store *store = (struct registry_store *)base;
    struct wb_digest digest;
    int64_t size;
    *found = wb_blob_name_digest(name, &digest);
    if (!*found)
        return true;
    if (!wb_registry_find_blob(store->registry, &digest, found, &size, err))
        return false;
    if (*found && size < 0)
        return wb_error_set(err, WB_SYSTEM, "the registry does not say how large the blob is");
    place->fetcher = &store->fetcher;
    place->size = (uint64_t)size;
    return true;
}

/* ---- opening ---- */

static void settle(struct wb_store *base)
{
    struct registry_store *store = (struct registry_store *)base;
    store->reference = NULL;
}

static void free_store(struct wb_store *base)
{
    struct registry_store *store = (struct registry_store *)base;
    wb_registry_manifest_clear(&store->named);
    wb_registry_free(store->registry);
    free(store);
}

struct wb_store *wb_store_open_registry(const struct wb_reference *reference, struct wb_error *err)
{
    struct registry_store *store = wb_allocate(sizeof *store);
    WB_AUTO(wb_store) *base = &store->store;
    store->store = (struct wb_store){
        .read = read_document, .find = find_layer, .settle = settle, .free = free_store};
    store->fetcher = (struct wb_blob_fetcher){.open = open_fetched, .close = close_fetched};
    store->reference = reference;
    store->registry = wb_registry_new(reference, false, err);
    if (store->registry == NULL ||
        !wb_registry_read_named(store->registry, reference, &store->named, err))
        return NULL;
    return WB_STEAL(base);
}
