/* SPDX-License-Identifier: Apache-2.0 */
/* Making the JSON form of SPDX 2 from tags. */
#ifndef WAYBILL_SPDX2_TAG_READ_H
#define WAYBILL_SPDX2_TAG_READ_H

#include "formats/spdx2_read.h"

struct wb_spdx2_tag_builder {
    size_t line; /* of the tag that is taken */
    json_t *document;
    json_t *element;       /* the package, file, licence or snippet that the tags belong to */
    const char *container; /* its kind; "" for the document */
    json_t *annotation, *relationship, *reference, *review; /* the last ones */
    bool is_own; /* Waybill made it: what it escapes in texts is to be read back */
    struct wb_document_verdict *verdict; /* NULL: the document is only read */
};

/* False for a tag without a place here, or a value that cannot be taken apart; never with a
 * verdict, which says so. (spdx2_tag_build.c) */
bool wb_spdx2_tag_take(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                       const char *value);
/* A tag of no version of SPDX 2. */
void wb_spdx2_tag_unknown(struct wb_spdx2_tag_builder *builder, const char *name);
/* Puts what named its place by id where it belongs, when all tags are taken. */
void wb_spdx2_tag_settle(struct wb_spdx2_tag_builder *builder);

#endif
