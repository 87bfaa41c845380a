/* SPDX-License-Identifier: Apache-2.0 */
/* Properties: named facts beside the fields of a specification. */
#include "formats/formats_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wb_property_add(const struct wb_property_sink *sink, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        sink->add(sink->context, name, value);
}

void wb_property_format(const struct wb_property_sink *sink, const char *name, const char *format,
                        ...)
{
    char *value = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&value, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    wb_property_add(sink, name, value);
    free(value);
}

void wb_property_time(const struct wb_property_sink *sink, const char *name, int64_t seconds)
{
    char text[WB_TIME_TEXT_SIZE];
    wb_property_add(sink, name, wb_time_format(seconds, text));
}

/* ---- layers ---- */

static void add_layer(const struct wb_property_sink *sink, const struct wb_bom *bom,
                      const char *what, int layer, bool digests)
{
    char name[64];
    if (layer < 0)
        return;
    snprintf(name, sizeof name, "waybill:layer:%s", what);
    wb_property_format(sink, name, "%d", layer + 1);
    if ((size_t)layer >= bom->layer_count)
        return;
    const struct wb_layer_information *information = &bom->layers[layer];
    if (digests) {
        snprintf(name, sizeof name, "waybill:layer:%s:digest", what);
        wb_property_add(sink, name, information->blob_digest);
    }
    snprintf(name, sizeof name, "waybill:layer:%s:diffID", what);
    wb_property_add(sink, name, information->diff_id);
}

void wb_property_span(const struct wb_property_sink *sink, const struct wb_bom *bom,
                      const struct wb_layer_span *span, bool digests)
{
    add_layer(sink, bom, "introduced", span->introduced, digests);
    add_layer(sink, bom, "changed", span->changed, digests);
    add_layer(sink, bom, "deleted", span->deleted, digests);
}

/* ---- as lines ---- */

/* Labels have names of their own choosing, which must not end the name or the line. */
static void append_name(struct wb_buffer *text, const char *name)
{
    for (; *name != '\0'; name++)
        if (*name == '=' || *name == '\n')
            wb_buffer_append_format(text, "\\x%02x", (unsigned)*name);
        else
            wb_buffer_append(text, name, 1);
}

static void add_line(void *context, const char *name, const char *value)
{
    struct wb_buffer *text = context;
    if (text->size > 0)
        wb_buffer_append(text, "\n", 1);
    append_name(text, name);
    wb_buffer_append(text, "=", 1);
    /* A value must not be able to look like the next property. */
    for (;;) {
        size_t size = strcspn(value, "\n");
        wb_buffer_append(text, value, size);
        if (value[size] == '\0')
            return;
        wb_buffer_append(text, "\n ", 2);
        value += size + 1;
    }
}

struct wb_property_sink wb_property_lines(struct wb_buffer *text)
{
    return (struct wb_property_sink){.add = add_line, .context = text};
}

void wb_finding_text(const struct wb_finding *finding, struct wb_buffer *text)
{
    struct wb_property_sink sink = wb_property_lines(text);
    bool warning = finding->severity == WB_SEVERITY_WARNING;
    wb_buffer_append_format(text, "%s: %s", warning ? "warning" : "note", finding->message);
    wb_property_add(&sink, "waybill:finding:code", finding->code);
    wb_property_add(&sink, "waybill:finding:path", finding->path);
    if (finding->layer >= 0)
        wb_property_format(&sink, "waybill:finding:layer", "%d", finding->layer + 1);
}

char *wb_tool_text(const struct wb_tool *tool)
{
    return wb_string_format("%s%s%s", tool->name, tool->version == NULL ? "" : "-",
                            tool->version == NULL ? "" : tool->version);
}
