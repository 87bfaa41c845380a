/* SPDX-License-Identifier: Apache-2.0 */
/* Properties and findings read back from their lines. */
#include "formats/formats_private.h"

#include <stdlib.h>
#include <string.h>

/* `\x3d` and `\x0a` in a name stand for what would have ended it. */
static char *read_name(const char *text, size_t size)
{
    static const char *const escapes[] = {"\\x3d", "\\x0a"};
    char *name = wb_allocate(size + 1);
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        name[length] = text[i];
        for (size_t j = 0; j < 2; j++)
            if (size - i >= 4 && memcmp(&text[i], escapes[j], 4) == 0) {
                name[length] = "=\n"[j];
                i += 3;
                break;
            }
        length++;
    }
    return name;
}

/* The value from `at` on, and behind it the place of the next line. Further lines of it begin with
 * a space. */
static const char *read_value(const char *at, struct wb_buffer *value)
{
    for (;;) {
        size_t size = strcspn(at, "\n");
        wb_buffer_append(value, at, size);
        at += size;
        if (*at == '\0')
            return at;
        if (at[1] != ' ')
            return at + 1;
        wb_buffer_append_text(value, "\n");
        at += 2;
    }
}

static bool are_lines(const char *text)
{
    if (*text == '\0')
        return false;
    for (const char *at = text;;) {
        size_t size = strcspn(at, "\n");
        if (at == text ? memchr(at, '=', size) == NULL
                       : *at != ' ' && memchr(at, '=', size) == NULL)
            return false;
        at += size;
        if (*at == '\0')
            return true;
        at++;
    }
}

bool wb_property_lines_read(const char *text,
                            void (*take)(void *context, const char *name, const char *value),
                            void *context)
{
    if (!are_lines(text))
        return false;
    while (*text != '\0') {
        size_t size = strcspn(text, "=");
        WB_AUTO_STRING name = read_name(text, size);
        WB_AUTO_VALUE(wb_buffer) value = {0};
        text = read_value(text + size + (text[size] == '=' ? 1 : 0), &value);
        take(context, name, value.data == NULL ? "" : (const char *)value.data);
    }
    return true;
}

/* ---- findings ---- */

struct finding_reader {
    struct wb_bom *bom;
    struct wb_finding finding;
    bool good;
};

static void take_finding_property(void *context, const char *name, const char *value)
{
    struct finding_reader *reader = context;
    uint64_t layer;
    if (strcmp(name, "waybill:finding:code") == 0)
        reader->finding.code = wb_arena_copy(reader->bom->arena, value);
    else if (strcmp(name, "waybill:finding:path") == 0)
        reader->finding.path = wb_read_line(reader->bom, value);
    else if (strcmp(name, "waybill:finding:layer") == 0 &&
             wb_field_number_read(value, INT32_MAX, &layer) && layer > 0)
        reader->finding.layer = (int)layer - 1;
    else
        reader->good = false;
}

bool wb_finding_text_read(struct wb_bom *bom, const char *text)
{
    static const char *const severities[] = {"note: ", "warning: "};
    struct finding_reader reader = {.bom = bom, .finding.layer = -1, .good = true};
    bool warning = wb_text_starts_with(text, severities[1]);
    if (!warning && !wb_text_starts_with(text, severities[0]))
        return false;
    reader.finding.severity = warning ? WB_SEVERITY_WARNING : WB_SEVERITY_NOTE;
    text += strlen(severities[warning]);
    size_t size = strcspn(text, "\n");
    reader.finding.message = wb_arena_copy_bytes(bom->arena, text, size);
    if (text[size] == '\0' ||
        !wb_property_lines_read(text + size + 1, take_finding_property, &reader) || !reader.good ||
        reader.finding.code == NULL || *reader.finding.code == '\0')
        return false;
    WB_APPEND(bom->findings, bom->finding_count, bom->finding_capacity, reader.finding);
    return true;
}

void wb_tool_text_read(struct wb_bom *bom, const char *text)
{
    const char *dash = strrchr(text, '-');
    bool versioned =
        dash != NULL && dash > text && ((dash[1] >= '0' && dash[1] <= '9') || dash[1] == 'v');
    struct wb_tool tool = {
        .name = versioned ? wb_arena_copy_bytes(bom->arena, text, (size_t)(dash - text))
                          : wb_arena_copy(bom->arena, text),
        .version = versioned ? wb_arena_copy(bom->arena, dash + 1) : NULL,
    };
    WB_APPEND(bom->tools, bom->tool_count, bom->tool_capacity, tool);
}
