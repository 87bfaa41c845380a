/* SPDX-License-Identifier: Apache-2.0 */
/* How the images of cosign's older form are named after what they belong to. */
#include "sign/envelope.h"

#include <stdio.h>
#include <string.h>

char *wb_attached_tag(const struct wb_digest *digest, const char *suffix, char text[160])
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
    snprintf(text, 160, "%s-%s%s", wb_digest_name(digest->algorithm), hex, suffix);
    return text;
}

const char *wb_attached_kind(const char *suffix)
{
    if (strcmp(suffix, ".sig") == 0)
        return "dev.cosignproject.cosign/sigs";
    if (strcmp(suffix, ".att") == 0)
        return "dev.cosignproject.cosign/atts";
    return "dev.cosignproject.cosign/sbom";
}
