/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.2 to 1.7 as JSON, read. */
#include "formats/cyclonedx.h"

#include <string.h>

/* White space and a byte order mark may stand in front. */
struct wb_bytes wb_cyclonedx_skip_space(struct wb_bytes document)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (document.size >= sizeof mark && memcmp(document.data, mark, sizeof mark) == 0)
        document = (struct wb_bytes){document.data + sizeof mark, document.size - sizeof mark};
    while (document.size > 0 && (document.data[0] == ' ' || document.data[0] == '\t' ||
                                 document.data[0] == '\n' || document.data[0] == '\r'))
        document = (struct wb_bytes){document.data + 1, document.size - 1};
    return document;
}

bool wb_cyclonedx_json_recognises(struct wb_bytes document)
{
    return wb_document_member_is(wb_cyclonedx_skip_space(document), "bomFormat", "CycloneDX");
}

bool wb_cyclonedx_json_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_JSON tree = wb_json_parse(wb_cyclonedx_skip_space(document), err);
    return tree != NULL && wb_cyclonedx_read_tree(tree, bom, err);
}
