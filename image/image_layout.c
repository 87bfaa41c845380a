/* SPDX-License-Identifier: Apache-2.0 */
/* OCI image layouts: from `index.json` to the images that a reference means (OCI image-spec 1.1,
 * image-layout.md). */
#include "image/artifact_private.h"
#include "image/image_set_private.h"

#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 20

struct layout {
    struct wb_image_set *set;
    const struct wb_reference *reference;
    const struct wb_image_options *options;
    struct wb_image_descriptors entries;     /* of index.json */
    struct wb_image_descriptors candidates;  /* images to choose a platform among */
    const struct wb_image_descriptor *named; /* the entry that gives the images their name */
};

static bool read_index(struct layout *layout, struct wb_error *err)
{
    WB_AUTO_JSON json = wb_layout_index_load(layout->set->store, err);
    if (json == NULL)
        return false;
    size_t i;
    const json_t *one;
    json_array_foreach(wb_json_array_of(json, "manifests"), i, one)
    {
        struct wb_image_descriptor descriptor;
        if (!wb_image_descriptor_read(one, layout->set->arena, &descriptor, err))
            return wb_error_context(err, "index.json");
        WB_APPEND(layout->entries.items, layout->entries.count, layout->entries.capacity,
                  descriptor);
    }
    return true;
}

/* ---- which entry ---- */

static const char *shown_name(const struct wb_image_descriptor *entry)
{
    if (entry->reference_name != NULL)
        return entry->reference_name;
    return entry->image_name != NULL ? entry->image_name : entry->digest;
}

static void list_entries(const struct layout *layout, struct wb_buffer *list)
{
    size_t listed = 0;
    for (size_t i = 0; i < layout->entries.count; i++) {
        const struct wb_image_descriptor *entry = &layout->entries.items[i];
        if (!entry->is_image)
            continue;
        if (listed++ == LISTED_MAX) {
            wb_buffer_append_text(list, ", …");
            return;
        }
        wb_buffer_append_format(list, "%s%.100s", listed == 1 ? "" : ", ", shown_name(entry));
    }
    if (listed == 0)
        wb_buffer_append_text(list, "none");
}

static bool tag_matches(const struct wb_image_descriptor *entry, const char *tag, bool whole)
{
    return wb_layout_tag_matches(entry->reference_name, tag, whole) ||
           wb_layout_tag_matches(entry->image_name, tag, whole);
}

/* Adds what an entry of index.json stands for to the candidates. */
static bool take_entry(struct layout *layout, struct wb_image_descriptor *entry,
                       struct wb_error *err)
{
    struct wb_image_set *set = layout->set;
    if (layout->named == NULL)
        layout->named = entry;
    if (entry->kind != WB_DOCUMENT_INDEX && entry->kind != WB_DOCUMENT_MANIFEST) {
        WB_AUTO_JSON document = wb_image_descriptor_load_document(set->store, entry, err);
        if (document == NULL)
            return false;
    }
    if (entry->kind == WB_DOCUMENT_INDEX)
        return wb_index_expand(set->store, set->arena, entry, &layout->candidates, err);
    WB_APPEND(layout->candidates.items, layout->candidates.count, layout->candidates.capacity,
              *entry);
    return true;
}

static bool take_tag(struct layout *layout, struct wb_error *err)
{
    const char *tag = layout->reference->tag;
    /* Some tools name an entry by the whole reference; a name that is the tag itself comes first.
     */
    for (int whole = 1; whole >= 0 && layout->named == NULL; whole--)
        for (size_t i = 0; i < layout->entries.count; i++)
            if (tag_matches(&layout->entries.items[i], tag, whole == 1) &&
                !take_entry(layout, &layout->entries.items[i], err))
                return false;
    if (layout->named != NULL)
        return true;
    WB_AUTO_VALUE(wb_buffer) list = {0};
    list_entries(layout, &list);
    return wb_error_set(err, WB_BAD_INPUT, "no image is tagged `%s`; there is %s", tag,
                        (const char *)list.data);
}

/* An image that is named by its digest alone may be listed by a nested index only. */
static bool take_nested_digest(struct layout *layout, const struct wb_digest *digest,
                               struct wb_error *err)
{
    struct wb_image_set *set = layout->set;
    struct wb_image_descriptors all = {0};
    bool good = true;
    for (size_t i = 0; i < layout->entries.count && good; i++)
        if (layout->entries.items[i].kind == WB_DOCUMENT_INDEX)
            good = wb_index_expand(set->store, set->arena, &layout->entries.items[i], &all, err);
    struct wb_image_descriptor *found = NULL;
    for (size_t i = 0; i < all.count && found == NULL; i++) {
        if (!wb_digest_equal(&all.items[i].parsed_digest, digest))
            continue;
        found = wb_arena_allocate(set->arena, sizeof *found);
        *found = all.items[i];
        found->index_digest = NULL;
    }
    wb_image_descriptors_clear(&all);
    return found != NULL && good ? take_entry(layout, found, err) : good;
}

static bool take_digest(struct layout *layout, struct wb_error *err)
{
    struct wb_digest digest;
    if (!wb_digest_parse(layout->reference->digest, &digest, err))
        return false;
    for (size_t i = 0; i < layout->entries.count; i++)
        if (wb_digest_equal(&layout->entries.items[i].parsed_digest, &digest))
            return take_entry(layout, &layout->entries.items[i], err);
    if (!take_nested_digest(layout, &digest, err))
        return false;
    return layout->named != NULL ||
           wb_error_set(err, WB_BAD_INPUT, "no image has the digest %s", layout->reference->digest);
}

/* The first image; *same says whether all are that one. */
static struct wb_image_descriptor *first_image(struct layout *layout, bool *same)
{
    struct wb_image_descriptor *first = NULL;
    *same = true;
    for (size_t i = 0; i < layout->entries.count; i++) {
        struct wb_image_descriptor *entry = &layout->entries.items[i];
        if (!entry->is_image)
            continue;
        if (first == NULL)
            first = entry;
        *same = *same && wb_digest_equal(&entry->parsed_digest, &first->parsed_digest);
    }
    return first;
}

/* Tools that copy layouts list signatures without a word on what they are: their manifests tell. */
static bool drop_artifacts(struct layout *layout, struct wb_error *err)
{
    for (size_t i = 0; i < layout->entries.count; i++) {
        struct wb_image_descriptor *entry = &layout->entries.items[i];
        if (!entry->is_image ||
            (entry->kind != WB_DOCUMENT_MANIFEST && entry->kind != WB_DOCUMENT_INDEX))
            continue;
        WB_AUTO_JSON document = wb_image_descriptor_load_document(layout->set->store, entry, err);
        if (document == NULL)
            return false;
        entry->is_image = !wb_artifact_document(document);
    }
    return true;
}

/* Without tag and digest: the only image there is; or, where no entry has a name, what index.json
 * itself lists for several platforms. */
static bool take_only(struct layout *layout, struct wb_error *err)
{
    bool same, unnamed = true;
    struct wb_image_descriptor *first = first_image(layout, &same);
    if (!same && !drop_artifacts(layout, err))
        return false;
    first = first_image(layout, &same);
    for (size_t i = 0; i < layout->entries.count; i++) {
        const struct wb_image_descriptor *entry = &layout->entries.items[i];
        unnamed =
            unnamed && (!entry->is_image || (entry->reference_name == NULL &&
                                             entry->image_name == NULL && entry->has_platform));
    }
    if (first == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "index.json lists no image");
    if (same)
        return take_entry(layout, first, err);
    for (size_t i = 0; unnamed && i < layout->entries.count; i++)
        if (layout->entries.items[i].is_image &&
            !take_entry(layout, &layout->entries.items[i], err))
            return false;
    if (unnamed)
        return true;
    WB_AUTO_VALUE(wb_buffer) list = {0};
    list_entries(layout, &list);
    return wb_error_set(err, WB_BAD_INPUT, "there are several images: add one of the tags %s",
                        (const char *)list.data);
}

/* ---- which platform ---- */

/* An image that is not in an index is what was asked for, unless a platform was asked for too. */
static bool is_settled(const struct layout *layout)
{
    return layout->candidates.count == 1 && layout->candidates.items[0].index_digest == NULL &&
           layout->options->platform == NULL;
}

/* Whether a candidate is an image; finds out its platform where the index does not state it. */
static bool look_at(const struct layout *layout, struct wb_image_descriptor *candidate,
                    bool *is_image, struct wb_error *err)
{
    *is_image = candidate->kind == WB_DOCUMENT_MANIFEST && candidate->is_image;
    if (!*is_image || candidate->has_platform)
        return true;
    return wb_manifest_platform(layout->set, candidate, &candidate->platform, is_image, err);
}

/* Leaves only images, each once, each with its platform. */
static bool settle_candidates(struct layout *layout, struct wb_error *err)
{
    struct wb_image_descriptors *candidates = &layout->candidates;
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count && !is_settled(layout); i++) {
        struct wb_image_descriptor *one = &candidates->items[i];
        bool wanted;
        if (!look_at(layout, one, &wanted, err))
            return false;
        for (size_t j = 0; j < kept && wanted; j++)
            wanted = !wb_digest_equal(&candidates->items[j].parsed_digest, &one->parsed_digest);
        if (wanted)
            candidates->items[kept++] = *one;
    }
    if (!is_settled(layout))
        candidates->count = kept;
    return true;
}

static bool choose(const struct layout *layout, bool *chosen, struct wb_error *err)
{
    const struct wb_image_descriptors *candidates = &layout->candidates;
    if (is_settled(layout)) {
        chosen[0] = true;
        return true;
    }
    struct wb_platform *offers = wb_allocate_array(candidates->count, sizeof *offers);
    for (size_t i = 0; i < candidates->count; i++)
        offers[i] = candidates->items[i].platform;
    bool good = wb_platform_choose(offers, candidates->count, layout->options, chosen, err);
    free(offers);
    return good;
}

static struct wb_image_name name_of(const struct layout *layout)
{
    const struct wb_image_descriptor *entry = layout->named;
    struct wb_arena *arena = layout->set->arena;
    if (entry->image_name != NULL && entry->image_name[0] != '\0')
        return wb_image_name_split(arena, entry->image_name);
    const char *text = entry->reference_name;
    if (text == NULL || text[0] == '\0')
        return (struct wb_image_name){0};
    if (strpbrk(text, "/:") != NULL)
        return wb_image_name_split(arena, text);
    return (struct wb_image_name){.tag = wb_utf8_escape(arena, text, strlen(text))};
}

static bool open_chosen(struct layout *layout, const bool *chosen, struct wb_error *err)
{
    const struct wb_image_name name = name_of(layout);
    for (size_t i = 0; i < layout->candidates.count; i++) {
        const struct wb_image_descriptor *candidate = &layout->candidates.items[i];
        if (!chosen[i])
            continue;
        struct wb_image *image = wb_manifest_open(layout->set, candidate, err);
        if (image == NULL) {
            char text[100];
            if (layout->options->all_platforms && layout->candidates.count > 1)
                wb_error_context(err, "%s", wb_platform_format(&candidate->platform, text));
            return false;
        }
        wb_image_name_apply(image, layout->reference, &name);
        wb_image_set_add(layout->set, image);
    }
    return true;
}

static bool open_layout(struct layout *layout, struct wb_error *err)
{
    if (!read_index(layout, err))
        return false;
    bool good = layout->reference->digest != NULL ? take_digest(layout, err)
                : layout->reference->tag != NULL  ? take_tag(layout, err)
                                                  : take_only(layout, err);
    if (!good || !settle_candidates(layout, err))
        return false;
    bool *chosen = wb_allocate_array(layout->candidates.count, sizeof *chosen);
    good = choose(layout, chosen, err) && open_chosen(layout, chosen, err);
    free(chosen);
    return good;
}

bool wb_image_layout_open(struct wb_image_set *set, const struct wb_reference *reference,
                          const struct wb_image_options *options, struct wb_error *err)
{
    struct layout layout = {.set = set, .reference = reference, .options = options};
    bool good = open_layout(&layout, err);
    wb_image_descriptors_clear(&layout.entries);
    wb_image_descriptors_clear(&layout.candidates);
    return good;
}
