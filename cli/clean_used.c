/* SPDX-License-Identifier: Apache-2.0 */
/* What of a layout is still needed. Nobody signed the tags and layers that make something an
 * attachment: they may name the image itself, and a bundle may be of several images. */
#include "cli/clean_used.h"
#include "sign/sign.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define DOCUMENTS_MAX 10000
#define DEPTH_MAX 4

void wb_used_clear(struct wb_used *used)
{
    free(used->manifests);
    free(used->blobs);
    *used = (struct wb_used){0};
}

struct walk {
    struct wb_layout *layout;
    const struct wb_attachments *leaving;
    struct wb_used *used;
    struct wb_digest *seen;
    size_t seen_count, seen_capacity;
};

static bool is_leaving(const struct walk *walk, const struct wb_digest *digest)
{
    for (size_t i = 0; i < walk->leaving->count; i++)
        if (wb_digest_equal(&walk->leaving->items[i].manifest, digest))
            return true;
    return false;
}

static void mark(struct walk *walk, const struct wb_digest *digest)
{
    for (size_t i = 0; i < walk->leaving->count; i++) {
        const struct wb_attachment *one = &walk->leaving->items[i];
        walk->used->manifests[i] |= wb_digest_equal(&one->manifest, digest);
        walk->used->blobs[i] |= wb_digest_equal(&one->blob, digest);
    }
}

static bool mark_descriptor(struct walk *walk, const json_t *descriptor, struct wb_digest *digest)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    if (text == NULL || !wb_digest_parse(text, digest, NULL))
        return false;
    mark(walk, digest);
    return true;
}

static bool visit(struct walk *walk, const struct wb_digest *document, int depth,
                  struct wb_error *err);

static bool visit_referrers(struct walk *walk, const struct wb_digest *document, int depth,
                            struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_descriptor *referrers = NULL;
    size_t count = 0;
    bool good = wb_layout_referrers(walk->layout, document, arena, &referrers, &count, err);
    for (size_t i = 0; i < count && good; i++)
        good = is_leaving(walk, &referrers[i].digest) ||
               visit(walk, &referrers[i].digest, depth + 1, err);
    return good;
}

static json_t *read_document(struct walk *walk, const struct wb_digest *digest)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    return wb_layout_read_blob(walk->layout, digest, MANIFEST_SIZE_MAX, &content, NULL)
               ? wb_json_parse(wb_buffer_bytes(&content), NULL)
               : NULL;
}

/* `only_lists`: the index of referrers, which is shortened when they go, and needs none of them. */
static bool visit_below(struct walk *walk, const json_t *manifests, bool only_lists, int depth,
                        struct wb_error *err)
{
    bool good = true;
    for (size_t i = 0; i < json_array_size(manifests) && good; i++) {
        const json_t *descriptor = json_array_get(manifests, i);
        const char *text = wb_json_string_of(descriptor, "digest");
        struct wb_digest digest;
        if (only_lists && text != NULL && wb_digest_parse(text, &digest, NULL) &&
            is_leaving(walk, &digest))
            continue;
        good = !mark_descriptor(walk, descriptor, &digest) || visit(walk, &digest, depth + 1, err);
    }
    return good;
}

static bool visit_document(struct walk *walk, const struct wb_digest *digest, bool only_lists,
                           int depth, struct wb_error *err)
{
    WB_AUTO_JSON document = read_document(walk, digest);
    struct wb_digest below;
    if (document == NULL)
        return true;
    mark_descriptor(walk, wb_json_object_of(document, "config"), &below);
    const json_t *layers = wb_json_array_of(document, "layers");
    for (size_t i = 0; i < json_array_size(layers); i++)
        mark_descriptor(walk, json_array_get(layers, i), &below);
    return visit_below(walk, wb_json_array_of(document, "manifests"), only_lists, depth, err);
}

static bool visit(struct walk *walk, const struct wb_digest *document, int depth,
                  struct wb_error *err)
{
    for (size_t i = 0; i < walk->seen_count; i++)
        if (wb_digest_equal(&walk->seen[i], document))
            return true;
    if (walk->seen_count == DOCUMENTS_MAX || depth > DEPTH_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "too many or too deeply nested manifests to tell what is needed");
    WB_APPEND(walk->seen, walk->seen_count, walk->seen_capacity, *document);
    mark(walk, document);
    return visit_document(walk, document, false, depth, err) &&
           visit_referrers(walk, document, depth, err);
}

/* Entries go by their digest, and with the attachment would go what has the same one. */
static bool check_listed_once(const struct walk *walk, const struct wb_descriptor *entries,
                              size_t count, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 0; i < walk->leaving->count; i++) {
        const struct wb_digest *manifest = &walk->leaving->items[i].manifest;
        size_t listed = 0;
        /* A referrer says itself what it belongs to. */
        for (size_t j = 0; j < count && !walk->leaving->items[i].is_referrer; j++)
            listed += wb_digest_equal(&entries[j].digest, manifest);
        if (listed > 1)
            return wb_error_set(err, WB_BAD_INPUT,
                                "%s is listed more than once: it is more than an attachment",
                                wb_digest_format(manifest, text));
    }
    return true;
}

static bool visit_entries(struct walk *walk, const struct wb_digest *target, struct wb_error *err)
{
    size_t count;
    char tag[160];
    const struct wb_descriptor *entries = wb_layout_entries(walk->layout, &count);
    const struct wb_descriptor *list =
        wb_layout_find_name(walk->layout, wb_attached_tag(target, "", tag));
    bool good = check_listed_once(walk, entries, count, err) && visit(walk, target, 0, err);
    for (size_t i = 0; i < count && good; i++) {
        if (&entries[i] == list)
            good = visit_document(walk, &entries[i].digest, true, 0, err);
        else if (!is_leaving(walk, &entries[i].digest))
            good = visit(walk, &entries[i].digest, 0, err);
    }
    return good;
}

bool wb_used_find(struct wb_layout *layout, const struct wb_digest *target,
                  const struct wb_attachments *leaving, struct wb_used *used, struct wb_error *err)
{
    used->manifests = wb_allocate_array(leaving->count + 1, sizeof *used->manifests);
    used->blobs = wb_allocate_array(leaving->count + 1, sizeof *used->blobs);
    struct walk walk = {.layout = layout, .leaving = leaving, .used = used};
    bool good = visit_entries(&walk, target, err);
    free(walk.seen);
    return good;
}
