/* SPDX-License-Identifier: Apache-2.0 */
/* An image that is read through a layout, wherever that keeps its blobs: on several media, too. */
#include "image/image_set_private.h"

#include <stdlib.h>

struct layout_reader {
    struct wb_store store;
    struct wb_layout *layout;
    const struct wb_layer_options *options;
    struct wb_layer **records; /* of the layers that were asked for */
    size_t record_count, record_capacity;
};

static bool read_document(struct wb_store *base, const char *name, size_t limit,
                          struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct layout_reader *reader = (struct layout_reader *)base;
    struct wb_digest digest;
    *found = wb_blob_name_digest(name, &digest);
    return !*found || wb_layout_read_blob(reader->layout, &digest, limit, content, err);
}

static bool read_layer(struct wb_store *base, const char *name, struct wb_layer_place *place,
                       bool *found, struct wb_error *err)
{
    struct layout_reader *reader = (struct layout_reader *)base;
    struct wb_digest digest;
    *found = wb_blob_name_digest(name, &digest) && wb_layout_has_blob(reader->layout, &digest);
    if (!*found)
        return true;
    struct wb_layer *layer =
        wb_layout_read_layer(reader->layout, &digest, -1, NULL, reader->options, err);
    if (layer == NULL)
        return false;
    WB_APPEND(reader->records, reader->record_count, reader->record_capacity, layer);
    place->record = layer;
    place->size = layer->blob_size;
    return true;
}

static void free_reader(struct wb_store *base)
{
    struct layout_reader *reader = (struct layout_reader *)base;
    wb_layers_free(reader->records, reader->record_count);
    free(reader);
}

struct wb_image_set *wb_image_of_layout(struct wb_layout *layout,
                                        const struct wb_descriptor *manifest,
                                        const struct wb_layer_options *options,
                                        struct wb_error *err)
{
    struct layout_reader *reader = wb_allocate(sizeof *reader);
    reader->store =
        (struct wb_store){.read = read_document, .find = read_layer, .free = free_reader};
    reader->layout = layout;
    reader->options = options;
    WB_AUTO(wb_image_set) *set = wb_allocate(sizeof *set);
    set->arena = wb_arena_new();
    set->store = &reader->store;
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_image_descriptor descriptor = {
        .digest = wb_arena_copy(set->arena, wb_digest_format(&manifest->digest, text)),
        .parsed_digest = manifest->digest,
        .size = manifest->size,
        .is_image = true,
    };
    struct wb_image *image = wb_manifest_open(set, &descriptor, err);
    if (image == NULL)
        return NULL;
    image->description.reference = descriptor.digest;
    image->description.name = "image";
    wb_image_set_add(set, image);
    return WB_STEAL(set);
}
