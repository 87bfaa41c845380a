/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID documents, read and written again. */
#include "formats/formats.h"
#include "formats/formats_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_bytes document = {data, size};
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_coswid_recognises(document))
        return 0;
    WB_AUTO(wb_bom) *bom = wb_document_read(document, &err);
    if (bom == NULL)
        return 0;
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(&bytes);
    if (!wb_coswid_write(bom, NULL, output, &err) || !wb_output_flush(output, &err))
        abort();
    WB_AUTO(wb_bom) *again = wb_document_read(wb_buffer_bytes(&bytes), &err);
    if (again == NULL)
        abort();
    return 0;
}
