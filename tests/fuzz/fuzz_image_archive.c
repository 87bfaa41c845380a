/* SPDX-License-Identifier: Apache-2.0 */
/* Image archives as streams: tar headers, links, compression of the whole, layers as they go by. */
#include "image/image_set_private.h"

#include <string.h>

struct memory {
    const uint8_t *data;
    size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t read_memory(void *context, void *data, size_t size, struct wb_error *err)
{
    (void)err;
    struct memory *memory = context;
    if (size > memory->size)
        size = memory->size;
    if (size > 0)
        memcpy(data, memory->data, size);
    memory->data += size;
    memory->size -= size;
    return (ssize_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {.data = data, .size = size};
    struct wb_byte_source bytes = {.read = read_memory, .context = &memory};
    struct wb_image_options options = {.all_platforms = true,
                                       .layer = {.max_layer_size = 1 << 20, .max_entries = 1000}};
    struct wb_reference reference = {.transport = WB_TRANSPORT_STREAM, .text = (char[]){"-"}};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_archive_source) *source = wb_archive_source_stream(&bytes, &err);
    if (source == NULL)
        return 0;
    struct wb_archive_reader reader = wb_archive_source_reader(source);
    struct wb_store *store = wb_store_open_stream(&reader.source, &options.layer, &err);
    if (store == NULL)
        return 0;
    wb_image_set_free(wb_image_set_open_store(store, &reference, &options, &err));
    return 0;
}
