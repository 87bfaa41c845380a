/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a document to judge: there is a verdict or a reason, and every fault can be said. */
#include "formats/formats.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_document_verdict) verdict = {0};
    if (!wb_document_validate((struct wb_bytes){data, size}, &verdict, &err)) {
        require(err.status != WB_OK && err.message[0] != '\0');
        return 0;
    }
    require(verdict.format != NULL);
    for (size_t i = 0; i < verdict.count; i++) {
        const struct wb_document_fault *fault = &verdict.faults[i];
        require(fault->pointer[0] == '\0' || fault->pointer[0] == '/');
        require(wb_utf8_valid(fault->pointer, strlen(fault->pointer)));
        require(fault->message[0] != '\0');
        require(wb_utf8_valid(fault->message, strlen(fault->message)));
    }
    return 0;
}
