/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json: what `docker load` and `podman load` find images by, since they take no layout of
 * several (Docker image-spec 1.2, "Combined Image JSON + Filesystem Changeset Format"). It is made
 * of what is signed, alone, so that packer and verifier make the same bytes. */
#include "delivery/inventory_docker.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_MAX 200
#define TAG_SIZE_MAX 128
#define BLOB_NAME_SIZE (WB_DIGEST_TEXT_SIZE + 8)

/* ---- names ---- */

static bool is_lower(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool is_letter(char byte)
{
    return is_lower(byte) || (byte >= 'A' && byte <= 'Z');
}

/* `registry.example:5000`: labels of letters, digits and inner hyphens, then a port. */
static bool is_registry(const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    size_t host = colon == NULL ? size : (size_t)(colon - text);
    for (size_t i = 0; i < host; i++) {
        bool edge = i == 0 || i + 1 == host || text[i - 1] == '.' || text[i + 1] == '.';
        if (!is_letter(text[i]) && (edge || (text[i] != '-' && text[i] != '.')))
            return false;
    }
    for (size_t i = host + 1; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return host > 0 && (colon == NULL || size > host + 1);
}

/* Small letters and digits; between them one dot, one or two underscores, or hyphens. */
static bool is_path_component(const char *text, size_t size)
{
    if (size == 0 || !is_lower(text[0]) || !is_lower(text[size - 1]))
        return false;
    for (size_t i = 0; i < size;) {
        size_t run = 0;
        while (!is_lower(text[i + run]))
            run++;
        for (size_t j = i; j < i + run; j++)
            if (text[j] != text[i])
                return false;
        bool good = run == 0 || text[i] == '-' || (text[i] == '.' && run == 1) ||
                    (text[i] == '_' && run <= 2);
        if (!good)
            return false;
        i += run + 1;
    }
    return true;
}

static bool is_tag(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (!is_letter(text[i]) && text[i] != '_' && (i == 0 || (text[i] != '-' && text[i] != '.')))
            return false;
    return size > 0 && size <= TAG_SIZE_MAX;
}

bool wb_docker_name_is_tagged(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *colon = strchr(slash == NULL ? name : slash, ':');
    if (strlen(name) > NAME_SIZE_MAX || colon == NULL || !is_tag(colon + 1))
        return false;
    for (const char *at = name; at <= colon;) {
        size_t size = strcspn(at, "/");
        bool last = at + size > colon;
        if (last)
            size = (size_t)(colon - at);
        /* What Docker takes for a registry and not for a part of the path. */
        bool registry = at == name && !last &&
                        (memchr(at, '.', size) != NULL || memchr(at, ':', size) != NULL ||
                         (size == 9 && memcmp(at, "localhost", 9) == 0));
        if (registry ? !is_registry(at, size) : !is_path_component(at, size))
            return false;
        at += size + 1;
    }
    return true;
}

/* ---- one image ---- */

static bool append_blob(const json_t *descriptor, struct wb_buffer *json)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    struct wb_digest digest;
    char name[BLOB_NAME_SIZE] = "blobs/";
    if (text == NULL || !wb_digest_parse(text, &digest, NULL))
        return false;
    wb_digest_format(&digest, name + 6);
    *strchr(name, ':') = '/';
    wb_buffer_append_json_string(json, name);
    return true;
}

bool wb_docker_manifest_append(const json_t *manifest, const char *tag, struct wb_buffer *json)
{
    const json_t *layers = wb_json_array_of(manifest, "layers");
    wb_buffer_append_text(json, "{\"Config\":");
    if (layers == NULL || !append_blob(wb_json_object_of(manifest, "config"), json))
        return false;
    wb_buffer_append_text(json, ",\"RepoTags\":[");
    if (tag != NULL)
        wb_buffer_append_json_string(json, tag);
    wb_buffer_append_text(json, "],\"Layers\":[");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        wb_buffer_append_text(json, i > 0 ? "," : "");
        if (!append_blob(json_array_get(layers, i), json))
            return false;
    }
    wb_buffer_append_text(json, "]}");
    return true;
}

/* ---- all of them ---- */

struct listing {
    const struct wb_docker_source *source;
    void *names; /* that are taken; tsearch(3) */
    struct wb_buffer *json;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* Whether the name is a new one; it is taken from now on. */
static bool take_name(struct listing *listing, const char *name)
{
    if (tfind(name, &listing->names, compare_names) != NULL)
        return false;
    char *copy = wb_string_copy(name);
    if (tsearch(copy, &listing->names, compare_names) == NULL)
        wb_out_of_memory(strlen(copy));
    return true;
}

static bool carries(const struct listing *listing, const json_t *descriptor)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    struct wb_digest digest;
    return text != NULL && wb_digest_parse(text, &digest, NULL) &&
           listing->source->carries(listing->source->context, &digest);
}

/* An image for containers, not an artifact, with all of it in this file. */
static bool is_loadable(const struct listing *listing, const json_t *manifest)
{
    const json_t *config = wb_json_object_of(manifest, "config");
    const json_t *layers = wb_json_array_of(manifest, "layers");
    const char *type = wb_json_string_of(config, "mediaType");
    if (type == NULL || layers == NULL ||
        (strcmp(type, "application/vnd.oci.image.config.v1+json") != 0 &&
         strcmp(type, "application/vnd.docker.container.image.v1+json") != 0) ||
        !carries(listing, config))
        return false;
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!carries(listing, json_array_get(layers, i)))
            return false;
    return true;
}

static void list_manifest(struct listing *listing, const json_t *manifest, const char *name)
{
    size_t before = listing->json->size;
    if (!is_loadable(listing, manifest))
        return;
    bool tagged = name != NULL && wb_docker_name_is_tagged(name);
    wb_buffer_append_text(listing->json, before > 1 ? "," : "");
    if (!wb_docker_manifest_append(manifest, tagged ? name : NULL, listing->json))
        listing->json->size = before;
}

/* Programs that load go by no platform: only what runs on Linux is for them. */
static const char *linux_architecture(const json_t *descriptor)
{
    const json_t *platform = wb_json_object_of(descriptor, "platform");
    const char *os = wb_json_string_of(platform, "os");
    return os != NULL && strcmp(os, "linux") == 0 ? wb_json_string_of(platform, "architecture")
                                                  : NULL;
}

/* Of several platforms each is called NAME:TAG-ARCHITECTURE or NAME:TAG-ARCHITECTURE-VARIANT. */
static bool list_platforms(struct listing *listing, const json_t *manifests, const char *name,
                           struct wb_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(manifests); i++)
        count += linux_architecture(json_array_get(manifests, i)) != NULL;
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        const json_t *descriptor = json_array_get(manifests, i);
        const char *architecture = linux_architecture(descriptor);
        const char *variant =
            wb_json_string_of(wb_json_object_of(descriptor, "platform"), "variant");
        struct wb_digest digest;
        if (architecture == NULL || !carries(listing, descriptor) ||
            !wb_digest_parse(wb_json_string_of(descriptor, "digest"), &digest, err))
            continue;
        WB_AUTO_JSON manifest = listing->source->read(listing->source->context, &digest, err);
        if (manifest == NULL)
            return false;
        WB_AUTO_STRING longer =
            wb_string_format("%s-%s%s%s", name == NULL ? "" : name, architecture,
                             variant == NULL ? "" : "-", variant == NULL ? "" : variant);
        const char *tag = count == 1 ? name : longer;
        list_manifest(listing, manifest, count == 1 || take_name(listing, longer) ? tag : NULL);
    }
    return true;
}

static bool list_image(struct listing *listing, const struct wb_inventory_image *image,
                       struct wb_error *err)
{
    if (!listing->source->carries(listing->source->context, &image->digest))
        return true;
    WB_AUTO_JSON document = listing->source->read(listing->source->context, &image->digest, err);
    if (document == NULL)
        return false;
    const json_t *manifests = wb_json_array_of(document, "manifests");
    if (manifests != NULL)
        return list_platforms(listing, manifests, image->name, err);
    list_manifest(listing, document, image->name);
    return true;
}

bool wb_docker_manifest_write(const struct wb_inventory *inventory,
                              const struct wb_docker_source *source, struct wb_buffer *json,
                              struct wb_error *err)
{
    struct listing listing = {.source = source, .json = json};
    json->size = 0;
    for (size_t i = 0; i < inventory->image_count; i++)
        if (inventory->images[i].name != NULL)
            take_name(&listing, inventory->images[i].name);
    wb_buffer_append_text(json, "[");
    bool good = true;
    for (size_t i = 0; i < inventory->image_count && good && json->size <= WB_DOCKER_MANIFEST_MAX;
         i++)
        good = list_image(&listing, &inventory->images[i], err);
    wb_buffer_append_text(json, "]");
    if (json->size == 2 || json->size > WB_DOCKER_MANIFEST_MAX)
        json->size = 0;
    tdestroy(listing.names, free);
    return good;
}
