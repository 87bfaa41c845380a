/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets of SPDX require of what they read. */
#ifndef WAYBILL_FUZZ_SPDX2_DOCUMENTS_H
#define WAYBILL_FUZZ_SPDX2_DOCUMENTS_H

#include "tests/fuzz/documents.h"

static struct wb_bom *read_again(const struct wb_buffer *text)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_bom *bom = wb_document_read(wb_buffer_bytes(text), &err);
    require(bom != NULL);
    return bom;
}

/* A document that can be read can be written and read again, and is then written the same. Tags do
 * not carry all white space that JSON does: theirs is the same from the second time on. */
static void require_stable(const struct wb_bom *bom, const char *format, bool at_once)
{
    WB_AUTO_VALUE(wb_buffer) a = {0}, b = {0}, c = {0};
    write_as(bom, format, &a);
    WB_AUTO(wb_bom) *second = read_again(&a);
    write_as(second, format, &b);
    WB_AUTO(wb_bom) *third = read_again(&b);
    write_as(third, format, &c);
    require(b.size == c.size && memcmp(b.data, c.data, b.size) == 0);
    require(!at_once || (a.size == b.size && memcmp(a.data, b.data, a.size) == 0));
}

static inline int read_and_write(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_document_read((struct wb_bytes){data, size}, &err);
    if (bom == NULL) {
        require(err.status != WB_OK && err.message[0] != '\0');
        return 0;
    }
    require_stable(bom, "spdx-json", true);
    require_stable(bom, "spdx-tag-value", false);
    return 0;
}

#endif
