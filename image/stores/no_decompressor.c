/* SPDX-License-Identifier: Apache-2.0 */
/* In place of layer_decompress.c where stores are read without any decompressor (waybill_stores):
 * archives that are compressed as a whole are refused. */
#include "image/layer_private.h"

struct wb_decompressor *wb_decompressor_new(const struct wb_byte_source *source,
                                            enum wb_digest_algorithm algorithm,
                                            int64_t expected_size, struct wb_error *err)
{
    (void)source;
    (void)algorithm;
    (void)expected_size;
    wb_error_set(err, WB_BAD_INPUT, "the archive is compressed: decompress it first");
    return NULL;
}

void wb_decompressor_free(struct wb_decompressor *decompressor)
{
    (void)decompressor;
}

ssize_t wb_decompressor_read(struct wb_decompressor *decompressor, uint8_t *data, size_t size,
                             struct wb_error *err)
{
    (void)decompressor;
    (void)data;
    (void)size;
    wb_error_set(err, WB_BAD_INPUT, "the archive is compressed");
    return -1;
}
