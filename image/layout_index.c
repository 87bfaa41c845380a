/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of index.json. What is not changed stays as it was, unknown members and the order of
 * all members included (OCI image-spec 1.1, image-index.md; image-layout.md "index.json"). */
#include "image/layout_private.h"

#include <stdlib.h>
#include <string.h>

#define REF_NAME "org.opencontainers.image.ref.name"

const char *wb_descriptor_annotation(const struct wb_descriptor *descriptor, const char *name)
{
    for (size_t i = 0; i < descriptor->annotation_count; i++)
        if (strcmp(descriptor->annotations[i].name, name) == 0)
            return descriptor->annotations[i].value;
    return NULL;
}

struct wb_descriptor wb_descriptor_copy(struct wb_arena *arena,
                                        const struct wb_descriptor *descriptor)
{
    struct wb_descriptor copy = *descriptor;
    copy.media_type = wb_arena_copy(arena, descriptor->media_type);
    copy.artifact_type = wb_arena_copy(arena, descriptor->artifact_type);
    if (descriptor->annotation_count > 0)
        copy.annotations = wb_arena_allocate(arena, descriptor->annotation_count *
                                                        sizeof *descriptor->annotations);
    for (size_t i = 0; i < descriptor->annotation_count; i++)
        copy.annotations[i] =
            (struct wb_name_value){wb_arena_copy(arena, descriptor->annotations[i].name),
                                   wb_arena_copy(arena, descriptor->annotations[i].value)};
    return copy;
}

/* ---- reading ---- */

bool wb_descriptor_read(const json_t *json, struct wb_arena *arena,
                        struct wb_descriptor *descriptor, struct wb_error *err)
{
    struct wb_image_descriptor read;
    *descriptor = (struct wb_descriptor){0};
    if (!wb_image_descriptor_read(json, arena, &read, err))
        return false;
    descriptor->media_type = read.media_type;
    descriptor->digest = read.parsed_digest;
    descriptor->size = read.size;
    descriptor->artifact_type = wb_arena_copy(arena, wb_json_string_of(json, "artifactType"));
    descriptor->platform = read.platform;
    return wb_name_values_read(arena, json_object_get(json, "annotations"), "annotations",
                               &descriptor->annotations, &descriptor->annotation_count, err) ||
           wb_error_context(err, "the descriptor of %s", read.digest);
}

static json_t *manifests_of(const struct wb_layout *layout)
{
    return wb_json_array_of(layout->index, "manifests");
}

json_t *wb_layout_index_item(const struct wb_layout *layout, size_t index)
{
    return json_array_get(manifests_of(layout), index);
}

bool wb_layout_index_read(struct wb_layout *layout, struct wb_error *err)
{
    layout->index = wb_layout_index_load(&layout->adapter, err);
    if (layout->index == NULL)
        return false;
    size_t i;
    const json_t *json;
    json_array_foreach(manifests_of(layout), i, json)
    {
        struct wb_descriptor entry;
        if (!wb_descriptor_read(json, layout->arena, &entry, err))
            return wb_error_context(err, "index.json");
        WB_APPEND(layout->entries, layout->entry_count, layout->entry_capacity, entry);
    }
    return true;
}

const struct wb_descriptor *wb_layout_entries(const struct wb_layout *layout, size_t *count)
{
    *count = layout->entry_count;
    return layout->entries;
}

const struct wb_descriptor *wb_layout_find_name(const struct wb_layout *layout, const char *name)
{
    for (int whole = 1; whole >= 0; whole--)
        for (size_t i = 0; i < layout->entry_count; i++)
            if (wb_layout_tag_matches(wb_descriptor_annotation(&layout->entries[i], REF_NAME), name,
                                      whole == 1))
                return &layout->entries[i];
    return NULL;
}

/* ---- changing ---- */

static void must(bool done)
{
    if (!done)
        wb_out_of_memory(0);
}

static bool set_text(json_t *object, const char *name, const char *value, struct wb_error *err)
{
    if (value == NULL || value[0] == '\0')
        return true;
    json_t *text = json_string(value);
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s of a descriptor is not UTF-8", name);
    must(json_object_set_new(object, name, text) == 0);
    return true;
}

static bool fill_descriptor(json_t *json, const struct wb_descriptor *descriptor,
                            struct wb_error *err)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    const struct wb_platform *platform = &descriptor->platform;
    if (!set_text(json, "mediaType", descriptor->media_type, err) ||
        !set_text(json, "digest", wb_digest_format(&descriptor->digest, digest), err))
        return false;
    must(json_object_set_new(json, "size", json_integer(descriptor->size)) == 0);
    if (descriptor->annotation_count > 0) {
        json_t *annotations = json_object();
        must(json_object_set_new(json, "annotations", annotations) == 0);
        for (size_t i = 0; i < descriptor->annotation_count; i++) {
            /* An empty value is a value here. */
            json_t *value = json_string(descriptor->annotations[i].value);
            if (value == NULL ||
                json_object_set_new(annotations, descriptor->annotations[i].name, value) != 0)
                return wb_error_set(err, WB_BAD_INPUT, "an annotation is not UTF-8");
        }
    }
    if (platform->os[0] != '\0') {
        json_t *object = json_object();
        must(json_object_set_new(json, "platform", object) == 0);
        if (!set_text(object, "architecture", platform->architecture, err) ||
            !set_text(object, "os", platform->os, err) ||
            !set_text(object, "variant", platform->variant, err))
            return false;
    }
    return set_text(json, "artifactType", descriptor->artifact_type, err);
}

/* Whether the new entry takes the place of an old one. */
static bool replaces(const struct wb_descriptor *entry, const struct wb_descriptor *old)
{
    const char *name = wb_descriptor_annotation(entry, REF_NAME);
    const char *old_name = wb_descriptor_annotation(old, REF_NAME);
    if (name != NULL)
        return old_name != NULL && strcmp(name, old_name) == 0;
    return old_name == NULL && wb_digest_equal(&entry->digest, &old->digest);
}

static void remove_entry(struct wb_layout *layout, size_t index)
{
    json_array_remove(manifests_of(layout), index);
    layout->entry_count--;
    memmove(&layout->entries[index], &layout->entries[index + 1],
            (layout->entry_count - index) * sizeof *layout->entries);
}

bool wb_layout_put_entry(struct wb_layout *layout, const struct wb_descriptor *entry,
                         struct wb_error *err)
{
    if (layout->mode != WB_LAYOUT_WRITE)
        return wb_error_set(err, WB_USAGE, "the layout was opened for reading only");
    WB_AUTO_JSON json = json_object();
    if (!fill_descriptor(json, entry, err))
        return false;
    const struct wb_descriptor copy = wb_descriptor_copy(layout->arena, entry);
    bool placed = false;
    for (size_t i = 0; i < layout->entry_count;) {
        if (!replaces(&copy, &layout->entries[i])) {
            i++;
        } else if (placed) {
            remove_entry(layout, i);
        } else {
            must(json_array_set(manifests_of(layout), i, json) == 0);
            layout->entries[i++] = copy;
            placed = true;
        }
    }
    if (!placed) {
        must(json_array_append(manifests_of(layout), json) == 0);
        WB_APPEND(layout->entries, layout->entry_count, layout->entry_capacity, copy);
    }
    return true;
}

bool wb_layout_annotate_entry(struct wb_layout *layout, size_t index,
                              const struct wb_name_value *annotation, struct wb_error *err)
{
    struct wb_descriptor *entry = &layout->entries[index];
    if (layout->mode != WB_LAYOUT_WRITE)
        return wb_error_set(err, WB_USAGE, "the layout was opened for reading only");
    if (wb_descriptor_annotation(entry, annotation->name) != NULL)
        return true;
    json_t *json = wb_layout_index_item(layout, index);
    json_t *object = wb_json_object_of(json, "annotations");
    if (object == NULL)
        must(json_object_set_new(json, "annotations", object = json_object()) == 0);
    if (!set_text(object, annotation->name, annotation->value, err))
        return false;
    struct wb_descriptor longer = *entry;
    longer.annotations = wb_arena_allocate(layout->arena, (entry->annotation_count + 1) *
                                                              sizeof *entry->annotations);
    size_t at = 0;
    while (at < entry->annotation_count &&
           strcmp(entry->annotations[at].name, annotation->name) < 0) {
        longer.annotations[at] = entry->annotations[at];
        at++;
    }
    longer.annotations[at] =
        (struct wb_name_value){wb_arena_copy(layout->arena, annotation->name),
                               wb_arena_copy(layout->arena, annotation->value)};
    for (; at < entry->annotation_count; at++)
        longer.annotations[at + 1] = entry->annotations[at];
    longer.annotation_count++;
    *entry = longer;
    return true;
}

bool wb_layout_remove_entries(struct wb_layout *layout, const struct wb_digest *digest)
{
    const struct wb_digest removed = *digest; /* may be part of what goes */
    size_t before = layout->entry_count;
    for (size_t i = 0; i < layout->entry_count;)
        if (wb_digest_equal(&layout->entries[i].digest, &removed))
            remove_entry(layout, i);
        else
            i++;
    return layout->entry_count < before;
}

char *wb_layout_index_write(const struct wb_layout *layout, struct wb_error *err)
{
    WB_AUTO_STRING text = json_dumps(layout->index, JSON_COMPACT);
    if (text == NULL) {
        wb_error_set(err, WB_SYSTEM, "index.json: cannot be written");
        return NULL;
    }
    /* Nothing is written that could not be read again. */
    if (strlen(text) > WB_DOCUMENT_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "index.json: more than %zu bytes with the new entries",
                     WB_DOCUMENT_SIZE_MAX);
        return NULL;
    }
    return WB_STEAL(text);
}
