/* SPDX-License-Identifier: Apache-2.0 */
/* index.json of a delivery: what the sources list, each thing once, each name for one thing. */
#include "delivery/pack_private.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct name {
    const char *name;
    struct wb_digest digest;
};

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void keep(void *node)
{
    (void)node; /* in the arena */
}

void wb_pack_entries_clear(struct wb_packing *packing)
{
    tdestroy(packing->names, keep);
    packing->names = NULL;
    json_decref(packing->entries);
    packing->entries = NULL;
}

/* *is_new is false for a name that is there already, for the same thing. */
static bool take_name(struct wb_packing *packing, const struct wb_digest *digest, const char *name,
                      bool *is_new, struct wb_error *err)
{
    const struct name wanted = {.name = name};
    struct name *const *found = tfind(&wanted, &packing->names, compare_names);
    *is_new = found == NULL;
    if (found != NULL)
        return wb_digest_equal(&(*found)->digest, digest) ||
               wb_error_set(err, WB_BAD_INPUT,
                            "two different things are named `%.200s`: give one of the images "
                            "another name, as in NAME=oci:DIR",
                            name);
    struct name *added = wb_arena_allocate(packing->arena, sizeof *added);
    *added = (struct name){wb_arena_copy(packing->arena, name), *digest};
    if (tsearch(added, &packing->names, compare_names) == NULL)
        wb_out_of_memory(sizeof *added);
    return true;
}

static void set_text(json_t *object, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_set_new(object, name, json_string(value));
}

static json_t *platform_of(const struct wb_platform *platform)
{
    json_t *object = json_object();
    set_text(object, "architecture", platform->architecture);
    set_text(object, "os", platform->os);
    set_text(object, "variant", platform->variant);
    return object;
}

/* The name goes to its place among the sorted annotations. */
static json_t *annotations_of(const struct wb_descriptor *descriptor, const char *name)
{
    json_t *object = json_object();
    bool named = name == NULL;
    for (size_t i = 0; i < descriptor->annotation_count; i++) {
        const struct wb_name_value *one = &descriptor->annotations[i];
        int order = strcmp(one->name, WB_REF_NAME);
        if (!named && order >= 0) {
            json_object_set_new(object, WB_REF_NAME, json_string(name));
            named = true;
        }
        if (order != 0)
            json_object_set_new(object, one->name, json_string(one->value));
    }
    if (!named)
        json_object_set_new(object, WB_REF_NAME, json_string(name));
    return object;
}

static json_t *entry_of(const struct wb_descriptor *descriptor, const char *name)
{
    char text[WB_DIGEST_TEXT_SIZE];
    const char *type = descriptor->media_type;
    json_t *entry = json_object();
    set_text(entry, "mediaType", type == NULL ? WB_MANIFEST_MEDIA_TYPE : type);
    set_text(entry, "digest", wb_digest_format(&descriptor->digest, text));
    json_object_set_new(entry, "size", json_integer(descriptor->size));
    if (descriptor->platform.os[0] != '\0')
        json_object_set_new(entry, "platform", platform_of(&descriptor->platform));
    set_text(entry, "artifactType", descriptor->artifact_type);
    json_t *annotations = annotations_of(descriptor, name);
    if (json_object_size(annotations) > 0)
        json_object_set(entry, "annotations", annotations);
    json_decref(annotations);
    return entry;
}

bool wb_pack_entry(struct wb_packing *packing, const struct wb_descriptor *descriptor,
                   const char *name, struct wb_error *err)
{
    struct wb_pack_blob *blob = wb_pack_blob_find(packing, &descriptor->digest);
    bool is_new = !blob->is_listed;
    if (name == NULL)
        blob->is_listed = true;
    else if (!take_name(packing, &descriptor->digest, name, &is_new, err))
        return false;
    if (!is_new)
        return true;
    struct wb_descriptor stated = *descriptor;
    stated.size = (int64_t)blob->entry.size;
    json_array_append_new(packing->entries, entry_of(&stated, name));
    return true;
}
