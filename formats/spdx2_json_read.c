/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2 as JSON. */
#include "formats/spdx2_read.h"

bool wb_spdx2_json_recognises(struct wb_bytes document)
{
    return wb_document_member_is(document, "spdxVersion", "SPDX-2.");
}

bool wb_spdx2_json_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_JSON json = wb_json_parse(document, err);
    return json != NULL && wb_spdx2_read(json, bom, err);
}
