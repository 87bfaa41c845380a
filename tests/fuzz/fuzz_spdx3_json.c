/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as SPDX 3 as JSON-LD. */
#include "tests/fuzz/spdx2_documents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_document_read((struct wb_bytes){data, size}, &err);
    if (bom == NULL) {
        require(err.status != WB_OK && err.message[0] != '\0');
        return 0;
    }
    /* What only this format says may be lost in others, but writing them must not fail. */
    if (strcmp(bom->origin_format, "spdx3-json") == 0)
        require_stable(bom, "spdx3-json", true);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    write_as(bom, "spdx-json", &text);
    return 0;
}
