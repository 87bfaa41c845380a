/* SPDX-License-Identifier: Apache-2.0 */
/* Which blobs there are below a manifest or index. */
#include "verify/reached.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define BLOBS_MAX 100000
#define DEPTH_MAX 4

void wb_reached_clear(struct wb_reached *reached)
{
    tdestroy(reached->by_digest, free);
    free(reached->blobs);
    *reached = (struct wb_reached){0};
}

static int compare_blobs(const void *left, const void *right)
{
    const struct wb_reached_blob *a = left, *b = right;
    if (a->digest.algorithm != b->digest.algorithm)
        return a->digest.algorithm < b->digest.algorithm ? -1 : 1;
    return memcmp(a->digest.bytes, b->digest.bytes, wb_digest_size(a->digest.algorithm));
}

static bool refuse(struct wb_reached *reached, const char *code, struct wb_error *err,
                   const char *format, ...) WB_PRINTF(4, 5);

static bool refuse(struct wb_reached *reached, const char *code, struct wb_error *err,
                   const char *format, ...)
{
    va_list arguments;
    char text[512];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reached->code = code;
    return wb_error_set(err, WB_CHECK_FAILED, "%s", text);
}

/* Puts the blob on the list; *is_new is false for one that is there already, which must have been
 * given the same size. */
static bool list_blob(struct wb_reached *list, const struct wb_reached_blob *blob, bool *is_new,
                      struct wb_error *err)
{
    struct wb_reached_blob *const *found = tfind(blob, &list->by_digest, compare_blobs);
    char text[WB_DIGEST_TEXT_SIZE];
    *is_new = found == NULL;
    if (found != NULL)
        return (*found)->size == blob->size ||
               refuse(list, "E-SIZE", err, "%s: one descriptor states %lld bytes, another %lld",
                      wb_digest_format(&blob->digest, text), (long long)(*found)->size,
                      (long long)blob->size);
    if (list->count >= BLOBS_MAX)
        return wb_error_set(err, WB_CHECK_FAILED, "more than %d blobs", BLOBS_MAX);
    struct wb_reached_blob *copy = wb_allocate(sizeof *copy);
    *copy = *blob;
    if (tsearch(copy, &list->by_digest, compare_blobs) == NULL)
        wb_out_of_memory(sizeof *copy);
    WB_APPEND(list->blobs, list->count, list->capacity, *blob);
    return true;
}

static bool read_descriptor(const json_t *json, struct wb_reached_blob *blob, struct wb_error *err)
{
    const char *digest = wb_json_string_of(json, "digest");
    blob->size = wb_json_integer_of(json, "size", -1);
    if (digest == NULL || blob->size < 0)
        return wb_error_set(err, WB_CHECK_FAILED, "a descriptor without digest or size");
    return wb_digest_parse(digest, &blob->digest, err);
}

static bool add_blob(struct wb_reached *list, const json_t *descriptor, const char *role,
                     struct wb_error *err)
{
    struct wb_reached_blob blob = {.role = role};
    bool is_new;
    return read_descriptor(descriptor, &blob, err) && list_blob(list, &blob, &is_new, err);
}

static bool collect(struct wb_layout *layout, struct wb_reached *list,
                    const struct wb_reached_blob *document, int depth, struct wb_error *err);

/* An index may list what is neither a manifest nor an index: that is a blob like any other. */
static bool is_document(const json_t *descriptor)
{
    static const char *const types[] = {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    };
    const char *type = wb_json_string_of(descriptor, "mediaType");
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return type == NULL;
}

static bool collect_manifests(struct wb_layout *layout, struct wb_reached *list,
                              const json_t *manifests, int depth, struct wb_error *err)
{
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        const json_t *descriptor = json_array_get(manifests, i);
        struct wb_reached_blob below = {.role = "manifest"};
        if (!is_document(descriptor) ? !add_blob(list, descriptor, "other", err)
                                     : !read_descriptor(descriptor, &below, err) ||
                                           !collect(layout, list, &below, depth + 1, err))
            return false;
    }
    return true;
}

static bool collect_layers(struct wb_reached *list, const json_t *manifest, struct wb_error *err)
{
    const json_t *config = wb_json_object_of(manifest, "config");
    const json_t *layers = wb_json_array_of(manifest, "layers");
    if (config == NULL || layers == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "neither an image manifest nor an index");
    if (!add_blob(list, config, "config", err))
        return false;
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!add_blob(list, json_array_get(layers, i), "layer", err))
            return false;
    return true;
}

static char lower_case(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* As Go's JSON reader compares: case does not count, nor that of U+017F and U+212A. */
static bool same_when_folded(const char *text, const char *name)
{
    for (; *name != '\0'; name++) {
        char lower = lower_case(*name);
        if (lower_case(*text) == lower)
            text++;
        else if (lower == 's' && strncmp(text, "\xc5\xbf", 2) == 0)
            text += 2;
        else if (lower == 'k' && strncmp(text, "\xe2\x84\xaa", 3) == 0)
            text += 3;
        else
            return false;
    }
    return *text == '\0';
}

/* Runtimes read manifests with Go, for which `Layers` is `layers`, and the last one counts: what is
 * checked here must be what they use. */
static bool check_spelling(const json_t *object, struct wb_error *err)
{
    static const char *const names[] = {"mediaType", "digest",    "size", "config",
                                        "layers",    "manifests", "urls", "data"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strcmp(key, names[i]) != 0 && same_when_folded(key, names[i]))
                return wb_error_set(err, WB_CHECK_FAILED, "a member `%.40s` that passes for `%s`",
                                    key, names[i]);
    }
    return true;
}

static bool check_spellings(const json_t *document, struct wb_error *err)
{
    static const char *const lists[] = {"layers", "manifests"};
    if (!check_spelling(document, err) ||
        !check_spelling(wb_json_object_of(document, "config"), err))
        return false;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const json_t *list = wb_json_array_of(document, lists[i]);
        for (size_t j = 0; j < json_array_size(list); j++)
            if (!check_spelling(json_array_get(list, j), err))
                return false;
    }
    return true;
}

/* A manifest or index is read here, with its digest checked, and its blobs put on the list. */
static bool collect(struct wb_layout *layout, struct wb_reached *list,
                    const struct wb_reached_blob *document, int depth, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    bool is_new;
    wb_digest_format(&document->digest, text);
    if (depth > DEPTH_MAX)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: indexes are nested too deeply", text);
    if (!list_blob(list, document, &is_new, err))
        return false;
    if (!is_new)
        return true;
    if (!wb_layout_read_blob(layout, &document->digest, MANIFEST_SIZE_MAX, &content, err)) {
        list->code = wb_layout_has_blob(layout, &document->digest) ? "E-DIGEST" : "E-MISSING-BLOB";
        return false;
    }
    if (content.size != (size_t)document->size)
        return refuse(list, "E-SIZE", err, "%s: %zu bytes, its descriptor states %lld", text,
                      content.size, (long long)document->size);
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL || !check_spellings(json, err))
        return wb_error_context(err, "%s", text);
    const json_t *manifests = wb_json_array_of(json, "manifests");
    /* What could be taken for both is taken for neither (CVE-2021-41190). */
    if (manifests != NULL &&
        (json_object_get(json, "layers") != NULL || json_object_get(json, "config") != NULL))
        return wb_error_set(err, WB_CHECK_FAILED, "%s: both an index and a manifest", text);
    bool good = manifests != NULL ? collect_manifests(layout, list, manifests, depth, err)
                                  : collect_layers(list, json, err);
    return good || wb_error_context(err, "%s", text);
}

bool wb_reach(struct wb_layout *layout, const struct wb_digest *digest, int64_t size,
              struct wb_reached *reached, struct wb_error *err)
{
    const struct wb_reached_blob top = {*digest, size, "manifest"};
    reached->code = "E-MANIFEST";
    return collect(layout, reached, &top, 0, err);
}

bool wb_reached_has(const struct wb_reached *reached, const struct wb_digest *digest)
{
    const struct wb_reached_blob wanted = {.digest = *digest};
    return tfind(&wanted, &reached->by_digest, compare_blobs) != NULL;
}
