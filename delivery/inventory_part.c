/* SPDX-License-Identifier: Apache-2.0 */
/* How a part of a blob that is split over volumes is named. */
#include "delivery/inventory.h"

#include <inttypes.h>
#include <stdio.h>

char *wb_inventory_part_name(const struct wb_digest *digest, uint64_t offset, char text[200])
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
    snprintf(text, 200, "parts/%s/%s/%" PRIu64, wb_digest_name(digest->algorithm), hex, offset);
    return text;
}
