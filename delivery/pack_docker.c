/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of what is packed. */
#include "delivery/pack_private.h"

#include <stdlib.h>

static bool carries(void *context, const struct wb_digest *digest)
{
    const struct wb_pack_blob *blob = wb_pack_blob_find(context, digest);
    return blob != NULL && !blob->entry.in_base;
}

static json_t *read_document(void *context, const struct wb_digest *digest, struct wb_error *err)
{
    const struct wb_pack_blob *blob = wb_pack_blob_find(context, digest);
    char text[WB_DIGEST_TEXT_SIZE];
    if (blob->entry.size > WB_DOCUMENT_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "%s: too large for a manifest",
                     wb_digest_format(digest, text));
        return NULL;
    }
    size_t size = (size_t)blob->entry.size;
    uint8_t *data = wb_allocate(size + 1);
    /* Its digest is compared when it is written. */
    json_t *json = wb_pack_blob_read(blob, 0, data, size, err)
                       ? wb_json_parse((struct wb_bytes){data, size}, err)
                       : NULL;
    free(data);
    return json;
}

bool wb_pack_docker_manifest(struct wb_packing *packing, struct wb_buffer *json,
                             struct wb_error *err)
{
    const struct wb_docker_source source = {carries, read_document, packing};
    return wb_docker_manifest_write(&packing->inventory, &source, json, err);
}
