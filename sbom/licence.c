/* SPDX-License-Identifier: Apache-2.0 */
/* From what packages state of their licences to SPDX expressions. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <string.h>

enum {
    MAX_REFERENCE_NAME = 64, /* bytes of a name that a LicenseRef is made from */
};

/* A long name is cut between characters; its whole is in the text. */
static const char *reference_name(struct wb_arena *arena, const char *name)
{
    size_t length = strlen(name);

    if (wb_text_starts_with(name, "LicenseRef-") && name[strlen("LicenseRef-")] != '\0') {
        name += strlen("LicenseRef-"); /* wb_bom_add_licence_text puts it in front */
        length = strlen(name);
    }
    while (length > 1 && name[length - 1] == '.') {
        length--;
    }
    if (length > MAX_REFERENCE_NAME) {
        length = MAX_REFERENCE_NAME;
        while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    return wb_arena_copy_bytes(arena, name, length);
}

static const char *tidy(struct wb_arena *arena, const char *text)
{
    char *line = wb_arena_copy(arena, wb_licence_clean_line(arena, text, strlen(text)));
    size_t length = strlen(line);

    while (length > 0 && strchr(",; ", line[length - 1]) != NULL) {
        line[--length] = '\0';
    }
    return line;
}

const char *wb_licence_reference(struct wb_bom *bom, const char *name, const char *text)
{
    return wb_bom_add_licence_text(bom, reference_name(bom->arena, name), text);
}

/* ---- rpm ---------------------------------------------------------------------------------------
 */

/* A tag has no text beside it. */
static const char *name_as_text(void *context, const char *name)
{
    return wb_licence_reference(context, name, name);
}

const char *wb_licence_from_rpm(struct wb_bom *bom, const char *tag)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct wb_licence_dialect dialect = {
        .match_name = wb_licence_match_name_rpm,
        .expression = wb_licence_name_rpm,
        .look_up = name_as_text,
        .context = bom,
    };
    const struct wb_licence_node *node;
    const char *line;

    if (tag == NULL) {
        return NULL;
    }
    line = tidy(scratch, tag);
    if (*line == '\0') {
        return NULL;
    }
    if (!wb_licence_statement_well_formed(scratch, line, &dialect)) {
        return name_as_text(bom, line);
    }
    node = wb_licence_parse_statement(scratch, line, &dialect);
    return wb_licence_write(bom->arena, node);
}

/* ---- Debian ------------------------------------------------------------------------------------
 */

const char *wb_licence_from_dep5(struct wb_bom *bom, const char *short_names,
                                 const char *(*look_up)(void *context, const char *name),
                                 void *context)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct wb_licence_dialect dialect = {
        .expression = wb_licence_name_dep5,
        .look_up = look_up,
        .context = context,
        .refuses_prose = true,
    };
    const char *line;

    if (short_names == NULL) {
        return NULL;
    }
    line = tidy(scratch, short_names);
    /* Cutting a sentence at each `and` would make licences up. */
    if (*line == '\0' || !wb_licence_statement_well_formed(scratch, line, &dialect)) {
        return NULL;
    }
    return wb_licence_write(bom->arena, wb_licence_parse_statement(scratch, line, &dialect));
}
