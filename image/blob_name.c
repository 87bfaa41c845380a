/* SPDX-License-Identifier: Apache-2.0 */
/* Names of blobs in a layout: `blobs/<algorithm>/<hex>` (OCI image-spec 1.1, image-layout.md). */
#include "image/store_private.h"

#include <string.h>

char *wb_blob_name(const struct wb_digest *digest, char name[WB_BLOB_NAME_SIZE])
{
    static const char prefix[] = "blobs/";
    memcpy(name, prefix, sizeof prefix - 1);
    wb_digest_format(digest, name + sizeof prefix - 1);
    *strchr(name, ':') = '/';
    return name;
}

bool wb_blob_name_digest(const char *name, struct wb_digest *digest)
{
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_text_starts_with(name, "blobs/") || strlen(name + 6) >= sizeof text)
        return false;
    strcpy(text, name + 6);
    char *slash = strchr(text, '/');
    if (slash == NULL)
        return false;
    *slash = ':';
    return wb_digest_parse(text, digest, NULL);
}
