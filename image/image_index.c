/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes within indexes, and the choice among what they list (OCI image-spec 1.1, image-index.md).
 */
#include "image/image_set_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8
#define DESCRIPTORS_MAX ((size_t)4096)
/* How many platforms an error lists. */
#define LISTED_MAX ((size_t)20)

struct walk {
    struct wb_store *store;
    struct wb_arena *arena;
    const char *root_digest;
    struct wb_image_descriptors *found;
};

/* The indexes above the one being read. */
struct ancestors {
    const struct wb_image_descriptor *descriptor;
    const struct ancestors *above;
};

static bool is_found(const struct walk *walk, const struct wb_image_descriptor *descriptor)
{
    for (size_t i = 0; i < walk->found->count; i++)
        if (wb_digest_equal(&walk->found->items[i].parsed_digest, &descriptor->parsed_digest))
            return true;
    return false;
}

static bool add(struct walk *walk, const struct wb_image_descriptor *descriptor,
                struct wb_error *err)
{
    if (walk->found->count >= DESCRIPTORS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "the indexes list more than %zu documents",
                            DESCRIPTORS_MAX);
    WB_APPEND(walk->found->items, walk->found->count, walk->found->capacity, *descriptor);
    return true;
}

static bool walk_index(struct walk *walk, const struct ancestors *at, const json_t *index,
                       int depth, struct wb_error *err);

static bool walk_child(struct walk *walk, const struct ancestors *above,
                       struct wb_image_descriptor *child, int depth, struct wb_error *err)
{
    for (const struct ancestors *one = above; one != NULL; one = one->above)
        if (wb_digest_equal(&one->descriptor->parsed_digest, &child->parsed_digest))
            return wb_error_set(err, WB_BAD_INPUT, "%s: the index lists itself", child->digest);
    child->index_digest = walk->root_digest;
    /* Unknown media types are to be ignored in an index; what was seen is not read again. */
    if (child->kind == WB_DOCUMENT_OTHER || is_found(walk, child))
        return true;
    if (child->kind != WB_DOCUMENT_INDEX && child->kind != WB_DOCUMENT_UNSTATED)
        return add(walk, child, err);
    if (depth == DEPTH_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "indexes are nested deeper than %d levels",
                            DEPTH_MAX);
    WB_AUTO_JSON document = wb_image_descriptor_load_document(walk->store, child, err);
    if (document == NULL || !add(walk, child, err))
        return false;
    struct ancestors at = {.descriptor = child, .above = above};
    return child->kind != WB_DOCUMENT_INDEX || walk_index(walk, &at, document, depth + 1, err);
}

static bool walk_index(struct walk *walk, const struct ancestors *at, const json_t *index,
                       int depth, struct wb_error *err)
{
    size_t i;
    const json_t *json;
    json_array_foreach(wb_json_array_of(index, "manifests"), i, json)
    {
        struct wb_image_descriptor child;
        if (!wb_image_descriptor_read(json, walk->arena, &child, err))
            return wb_error_context(err, "%s", at->descriptor->digest);
        if (!walk_child(walk, at, &child, depth, err))
            return false;
    }
    return true;
}

bool wb_index_expand(struct wb_store *store, struct wb_arena *arena,
                     const struct wb_image_descriptor *root, struct wb_image_descriptors *found,
                     struct wb_error *err)
{
    struct wb_image_descriptor descriptor = *root;
    WB_AUTO_JSON document = wb_image_descriptor_load_document(store, &descriptor, err);
    if (document == NULL)
        return false;
    struct walk walk = {
        .store = store, .arena = arena, .root_digest = root->digest, .found = found};
    struct ancestors at = {.descriptor = &descriptor};
    return walk_index(&walk, &at, document, 1, err);
}

/* ---- the choice ---- */

static bool nothing_fits(const struct wb_platform *offers, size_t count,
                         const struct wb_platform *wanted, struct wb_error *err)
{
    char text[100];
    WB_AUTO_VALUE(wb_buffer) list = {0};
    for (size_t i = 0; i < count && i < LISTED_MAX; i++)
        wb_buffer_append_format(&list, "%s%s", i == 0 ? "" : ", ",
                                wb_platform_format(&offers[i], text));
    if (count > LISTED_MAX)
        wb_buffer_append_format(&list, " and %zu more", count - LISTED_MAX);
    return wb_error_set(err, WB_BAD_INPUT, "no image for %s; there is %s",
                        wb_platform_format(wanted, text),
                        count == 0 ? "none at all" : (const char *)list.data);
}

bool wb_platform_choose(const struct wb_platform *offers, size_t count,
                        const struct wb_image_options *options, bool *chosen, struct wb_error *err)
{
    for (size_t i = 0; i < count; i++)
        chosen[i] = options->all_platforms;
    if (options->all_platforms)
        return count > 0 || wb_error_set(err, WB_BAD_INPUT, "the index lists no image");
    struct wb_platform wanted = options->platform != NULL ? *options->platform : wb_platform_host();
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        /* A platform that matches in full is better than one whose variant was not asked for. */
        if (wb_platform_equal(&wanted, &offers[i])) {
            best = i;
            break;
        }
        if (best == count && wb_platform_matches(&wanted, &offers[i]))
            best = i;
    }
    if (best == count)
        return nothing_fits(offers, count, &wanted, err);
    chosen[best] = true;
    return true;
}
