/* SPDX-License-Identifier: Apache-2.0 */
/* Opening SBOM documents, and saying what of them was lost. */
#include "cli/documents.h"
#include "cli/signing.h"

#include <stdlib.h>
#include <string.h>

bool wb_document_content(const char *path, struct wb_buffer *content, struct wb_error *err)
{
    return wb_read_argument(path, WB_DOCUMENT_SIZE_MAX, content, err);
}

struct wb_bom *wb_document_open(const char *path, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_document_content(path, &content, err))
        return NULL;
    struct wb_bom *bom = wb_document_read(wb_buffer_bytes(&content), err);
    if (bom == NULL)
        wb_error_context(err, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
    return bom;
}

void wb_document_say_losses(const struct wb_bom *bom, const char *path)
{
    for (size_t i = 0; i < bom->loss_count; i++) {
        const struct wb_loss *loss = &bom->losses[i];
        WB_AUTO_STRING line = wb_string_format(
            "%s: lost: %s (%zu %s)", strcmp(path, "-") == 0 ? "standard input" : path, loss->field,
            loss->count, loss->count == 1 ? "time" : "times");
        wb_say_warning(line);
    }
}
