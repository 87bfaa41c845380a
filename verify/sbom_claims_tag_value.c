/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of SPDX 2 documents as tag-value pairs, which cosign has as one string. */
#include "verify/deep_private.h"

#include <string.h>

struct tag_value {
    const char *tag, *value; /* in an arena */
};

struct tag_reader {
    const char *at, *end;
    struct wb_arena *arena;
};

static void skip_blanks(struct tag_reader *reader)
{
    while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4) != NULL)
        reader->at++;
}

static size_t line_size(const struct tag_reader *reader)
{
    const char *end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    return (size_t)((end == NULL ? reader->end : end) - reader->at);
}

/* A text of several lines says nothing of files and packages: it is passed over. */
static bool skip_text(struct tag_reader *reader, const char *value, struct wb_error *err)
{
    static const char close[] = "</text>";
    const char *found = memmem(value, (size_t)(reader->end - value), close, strlen(close));
    if (found == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM has a <text> without </text>");
    reader->at = found + strlen(close);
    reader->at += line_size(reader);
    return true;
}

/* The next pair; the tag is NULL at the end. */
static bool next_pair(struct tag_reader *reader, struct tag_value *pair, struct wb_error *err)
{
    static const char text[] = "<text>";
    *pair = (struct tag_value){0};
    for (skip_blanks(reader); reader->at < reader->end; skip_blanks(reader)) {
        const char *line = reader->at;
        size_t size = line_size(reader);
        const char *colon = *line == '#' ? NULL : memchr(line, ':', size);
        reader->at += size;
        if (colon == NULL)
            continue;
        const char *value = colon + 1;
        while (value < line + size && (*value == ' ' || *value == '\t'))
            value++;
        if ((size_t)(line + size - value) >= strlen(text) &&
            memcmp(value, text, strlen(text)) == 0) {
            if (!skip_text(reader, value, err))
                return false;
            continue;
        }
        while (size > 0 && memchr(" \t\r", line[size - 1], 3) != NULL)
            size--;
        size_t length = line + size > value ? (size_t)(line + size - value) : 0;
        pair->tag = wb_arena_copy_bytes(reader->arena, line, (size_t)(colon - line));
        pair->value = wb_arena_copy_bytes(reader->arena, value, length);
        return true;
    }
    return true;
}

/* `ID FILE_DELETED ID`: the members of an object are the first of these. */
static bool deleted_files(struct tag_reader reader, json_t *deleted, struct wb_error *err)
{
    static const char mark[] = " FILE_DELETED ";
    struct tag_value pair;
    bool good;
    while ((good = next_pair(&reader, &pair, err)) && pair.tag != NULL) {
        const char *type = strcmp(pair.tag, "Relationship") == 0 ? strstr(pair.value, mark) : NULL;
        if (type != NULL)
            json_object_set_new_nocheck(
                deleted, wb_arena_copy_bytes(reader.arena, pair.value, (size_t)(type - pair.value)),
                json_true());
    }
    return good;
}

/* The file or package whose lines are being read. */
struct element {
    const char *file, *package, *id, *version, *purl;
    struct wb_file_claim claim;
};

static bool finish_element(struct wb_sbom_claims *claims, struct element *element,
                           const json_t *deleted, struct wb_error *err)
{
    bool is_deleted = element->id != NULL && json_object_get(deleted, element->id) != NULL;
    bool good = element->file == NULL || is_deleted ||
                wb_claims_add_file(claims, &element->claim, element->file, err);
    if (good && element->package != NULL && element->purl != NULL)
        good =
            wb_claims_add_package(claims, element->package, element->version, element->purl, err);
    *element = (struct element){0};
    return good;
}

/* `CATEGORY purl LOCATOR` */
static const char *package_url(const char *reference)
{
    static const char mark[] = " purl ";
    const char *type = strchr(reference, ' ');
    return type != NULL && wb_text_starts_with(type, mark) ? type + strlen(mark) : NULL;
}

/* `SHA256: HEX` */
static void add_checksum(struct wb_arena *arena, struct element *element, const char *checksum)
{
    size_t size = strcspn(checksum, ":");
    const char *hex = checksum + size + (checksum[size] == ':');
    if (element->file != NULL)
        wb_claims_add_digest(&element->claim, wb_arena_copy_bytes(arena, checksum, size),
                             hex + strspn(hex, " \t"));
}

static void take_pair(struct wb_arena *arena, struct element *element, const struct tag_value *pair)
{
    if (strcmp(pair->tag, "FileName") == 0)
        element->file = pair->value;
    else if (strcmp(pair->tag, "PackageName") == 0)
        element->package = pair->value;
    else if (strcmp(pair->tag, "SPDXID") == 0)
        element->id = pair->value;
    else if (strcmp(pair->tag, "PackageVersion") == 0)
        element->version = pair->value;
    else if (strcmp(pair->tag, "FileChecksum") == 0)
        add_checksum(arena, element, pair->value);
    else if (strcmp(pair->tag, "ExternalRef") == 0 && element->purl == NULL)
        element->purl = package_url(pair->value);
}

bool wb_claims_read_tag_value(struct wb_sbom_claims *claims, struct wb_bytes document,
                              struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_JSON deleted = json_object();
    struct tag_reader reader = {.at = (const char *)document.data,
                                .end = (const char *)document.data + document.size,
                                .arena = arena};
    struct element element = {0};
    struct tag_value pair;
    bool good = deleted_files(reader, deleted, err);
    while (good && (good = next_pair(&reader, &pair, err)) && pair.tag != NULL) {
        if (strcmp(pair.tag, "FileName") == 0 || strcmp(pair.tag, "PackageName") == 0)
            good = finish_element(claims, &element, deleted, err);
        take_pair(arena, &element, &pair);
    }
    return good && finish_element(claims, &element, deleted, err);
}
