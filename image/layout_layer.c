/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of a layout, read from where their blobs lie. */
#include "image/layout_private.h"

struct blob_source {
    const struct wb_blob *blob;
    uint64_t at;
};

static ssize_t blob_source_read(void *context, void *data, size_t size, struct wb_error *err)
{
    struct blob_source *source = context;
    if (size > source->blob->size - source->at)
        size = (size_t)(source->blob->size - source->at);
    if (!wb_blob_read(source->blob, source->at, data, size, err))
        return -1;
    source->at += size;
    return (ssize_t)size;
}

struct wb_layer *wb_layout_read_layer(struct wb_layout *layout, const struct wb_digest *digest,
                                      int64_t size, const struct wb_digest *diff_id,
                                      const struct wb_layer_options *options, struct wb_error *err)
{
    struct wb_blob blob = {.fd = -1};
    bool found;
    if (!layout->store->open(layout->store, digest, &blob, &found, err))
        return NULL;
    if (!found) {
        wb_error_set(err, WB_CHECK_FAILED, "the blob is missing");
        return NULL;
    }
    struct blob_source source = {.blob = &blob};
    const struct wb_byte_source bytes = {.read = blob_source_read, .context = &source};
    struct wb_layer *layer = wb_layer_read(&bytes, digest, diff_id, size, options, err);
    wb_blob_close(&blob);
    return layer;
}
