/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets of both serialisations of CycloneDX require of what they read. */
#ifndef WAYBILL_FUZZ_CYCLONEDX_DOCUMENTS_H
#define WAYBILL_FUZZ_CYCLONEDX_DOCUMENTS_H

#include "tests/fuzz/documents.h"

/* A document that can be read can be written and read again, and is then written the same. */
static int read_and_write(const uint8_t *data, size_t size, const char *first, const char *second)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_document_read((struct wb_bytes){data, size}, &err);
    if (bom == NULL) {
        require(err.status != WB_OK && err.message[0] != '\0');
        return 0;
    }
    WB_AUTO_VALUE(wb_buffer) a = {0}, b = {0}, c = {0};
    write_as(bom, first, &a);
    WB_AUTO(wb_bom) *again = wb_document_read(wb_buffer_bytes(&a), &err);
    require(again != NULL);
    write_as(again, second, &b);
    WB_AUTO(wb_bom) *third = wb_document_read(wb_buffer_bytes(&b), &err);
    require(third != NULL);
    write_as(third, first, &c);
    require(a.size == c.size && memcmp(a.data, c.data, a.size) == 0);
    return 0;
}

#endif
