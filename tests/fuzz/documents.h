/* SPDX-License-Identifier: Apache-2.0 */
/* Writing what a target read. */
#ifndef WAYBILL_FUZZ_DOCUMENTS_H
#define WAYBILL_FUZZ_DOCUMENTS_H

#include "formats/formats.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void write_as(const struct wb_bom *bom, const char *name, struct wb_buffer *text)
{
    struct wb_error err = WB_ERROR_INIT;
    const char *version;
    const struct wb_format *format = wb_format_find(name, &version);
    WB_AUTO(wb_output) *output = wb_output_open_buffer(text);
    require(format->write(bom, version, output, &err) && wb_output_flush(output, &err));
    require(wb_utf8_valid((const char *)text->data, text->size));
}

#endif
