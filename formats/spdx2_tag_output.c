/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3 as tag-value pairs: lines made of the events of the JSON form. */
#include "formats/spdx2.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8
#define MEMBERS_MAX 6

/* A member of an object that makes one line, or a few, as a whole. */
struct member {
    const char *key;
    struct wb_buffer value;
};

struct wb_spdx2_tags {
    struct wb_output *output;
    size_t depth;
    const char *containers[DEPTH_MAX]; /* the keys that objects and arrays stand under */
    const char *key;                   /* of the next value; NULL in an array */
    struct wb_buffer id;               /* of the element that is being written */
    bool id_waits;                     /* an element begins with its name */
    struct member members[MEMBERS_MAX];
    size_t member_count;
};

struct wb_spdx2_tags *wb_spdx2_tags_new(struct wb_output *output)
{
    struct wb_spdx2_tags *tags = wb_allocate(sizeof *tags);
    tags->output = output;
    return tags;
}

void wb_spdx2_tags_free(struct wb_spdx2_tags *tags)
{
    if (tags == NULL)
        return;
    wb_buffer_clear(&tags->id);
    for (size_t i = 0; i < MEMBERS_MAX; i++)
        wb_buffer_clear(&tags->members[i].value);
    free(tags);
}

/* ---- lines ---- */

static void put(struct wb_spdx2_tags *tags, const char *text)
{
    wb_output_write(tags->output, text, strlen(text));
}

/* The end mark inside a text would end it, and the rest pass for tags: `</text>` becomes
 * `<\x2ftext>`, and, so that it can be told from that, the backslash of `<\x` becomes `\x5c`. */
static void put_text(struct wb_spdx2_tags *tags, const char *value)
{
    static const char end[] = "</text>";
    put(tags, "<text>");
    for (;;) {
        size_t size = strcspn(value, "<");
        while (value[size] != '\0' && strncmp(value + size, end, strlen(end)) != 0 &&
               strncmp(value + size, "<\\x", 3) != 0)
            size += 1 + strcspn(value + size + 1, "<");
        wb_output_write(tags->output, value, size);
        value += size;
        if (*value == '\0')
            break;
        put(tags, value[1] == '/' ? "<\\x2f" : "<\\x5c");
        value += 2;
    }
    put(tags, end);
}

/* Tags that take one line only get one, without white space around it, which readers drop. */
static void put_line(struct wb_spdx2_tags *tags, const char *value)
{
    while ((unsigned char)*value <= ' ' && *value != '\0')
        value++;
    WB_AUTO_STRING line = wb_string_copy(value);
    size_t size = strlen(line);
    while (size > 0 && (unsigned char)line[size - 1] <= ' ')
        line[--size] = '\0';
    for (char *at = line; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    put(tags, line);
}

static void put_tag(struct wb_spdx2_tags *tags, const struct wb_spdx2_tag *tag, const char *value)
{
    put(tags, tag->tag);
    put(tags, ": ");
    /* These two are no text. */
    if (tag->is_text && strcmp(value, "NOASSERTION") != 0 && strcmp(value, "NONE") != 0)
        put_text(tags, value);
    else
        put_line(tags, value);
    put(tags, "\n");
}

static void put_member(struct wb_spdx2_tags *tags, const char *container, const char *key,
                       const char *value)
{
    const struct wb_spdx2_tag *tag = wb_spdx2_tag_of(container, key);
    /* Only a mistake in the writer could get here. */
    if (tag == NULL)
        abort();
    put_tag(tags, tag, value);
}

/* ---- objects of one line ---- */

static const char *collected(const struct wb_spdx2_tags *tags, const char *key)
{
    for (size_t i = 0; i < tags->member_count; i++)
        if (strcmp(tags->members[i].key, key) == 0)
            return (const char *)tags->members[i].value.data;
    return NULL;
}

static bool is_compound(const char *container)
{
    static const char *const names[] = {"checksums", "externalRefs", "annotations", "relationships",
                                        "packageVerificationCode"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], container) == 0)
            return true;
    return false;
}

static void collect(struct wb_spdx2_tags *tags, const char *key, const char *value)
{
    if (tags->member_count == MEMBERS_MAX)
        abort();
    struct member *member = &tags->members[tags->member_count++];
    member->key = key;
    member->value.size = 0;
    wb_buffer_append_text(&member->value, value);
}

static void put_annotation(struct wb_spdx2_tags *tags)
{
    static const char *const keys[] = {"annotator", "annotationDate", "annotationType"};
    put(tags, "\n");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        put_member(tags, "annotations", keys[i], collected(tags, keys[i]));
    put_member(tags, "annotations", "SPDXREF", (const char *)tags->id.data);
    put_member(tags, "annotations", "comment", collected(tags, "comment"));
}

static void put_compound(struct wb_spdx2_tags *tags, const char *container)
{
    /* Around the object is its array, around that the element. */
    const char *element = tags->depth >= 3 ? tags->containers[tags->depth - 3] : "";
    const char *comment = collected(tags, "comment");
    if (strcmp(container, "checksums") == 0) {
        WB_AUTO_STRING value = wb_string_format("%s: %s", collected(tags, "algorithm"),
                                                collected(tags, "checksumValue"));
        put_member(tags, element, container, value);
    } else if (strcmp(container, "packageVerificationCode") == 0) {
        put_member(tags, "packages", container, collected(tags, "packageVerificationCodeValue"));
    } else if (strcmp(container, "externalRefs") == 0) {
        WB_AUTO_STRING value =
            wb_string_format("%s %s %s", collected(tags, "referenceCategory"),
                             collected(tags, "referenceType"), collected(tags, "referenceLocator"));
        put_member(tags, "packages", container, value);
        if (comment != NULL)
            put_member(tags, "packages", "externalRefComment", comment);
    } else if (strcmp(container, "relationships") == 0) {
        WB_AUTO_STRING value = wb_string_format("%s %s %s", collected(tags, "spdxElementId"),
                                                collected(tags, "relationshipType"),
                                                collected(tags, "relatedSpdxElement"));
        put_member(tags, container, "relationship", value);
        if (comment != NULL)
            put_member(tags, container, "comment", comment);
    } else {
        put_annotation(tags);
    }
}

/* ---- events ---- */

void wb_spdx2_tags_begin(struct wb_spdx2_tags *tags)
{
    if (tags->depth == DEPTH_MAX)
        abort();
    bool in_array = tags->key == NULL && tags->depth > 0;
    const char *container = tags->key;
    if (container == NULL)
        container = tags->depth == 0 ? "" : tags->containers[tags->depth - 1];
    tags->containers[tags->depth++] = container;
    tags->key = NULL;
    tags->member_count = 0;
    /* A line of its own in front of each element, and of the list of relationships. */
    bool element = strcmp(container, "packages") == 0 || strcmp(container, "files") == 0 ||
                   strcmp(container, "hasExtractedLicensingInfos") == 0;
    if (element ? in_array : !in_array && strcmp(container, "relationships") == 0)
        put(tags, "\n");
}

void wb_spdx2_tags_end(struct wb_spdx2_tags *tags)
{
    const char *container = tags->containers[--tags->depth];
    tags->key = NULL;
    if (is_compound(container) && tags->member_count > 0) {
        tags->depth++;
        put_compound(tags, container);
        tags->depth--;
    }
    tags->member_count = 0;
}

void wb_spdx2_tags_key(struct wb_spdx2_tags *tags, const char *key)
{
    tags->key = key;
}

void wb_spdx2_tags_string(struct wb_spdx2_tags *tags, const char *value)
{
    const char *container = tags->containers[tags->depth - 1];
    const char *key = tags->key;
    tags->key = NULL;
    if (is_compound(container)) {
        collect(tags, key, value);
        return;
    }
    if (key != NULL && strcmp(key, "SPDXID") == 0) {
        tags->id.size = 0;
        wb_buffer_append_text(&tags->id, value);
        tags->id_waits = *container != '\0';
        if (tags->id_waits)
            return;
    }
    if (key != NULL && strcmp(key, "primaryPackagePurpose") == 0 &&
        strcmp(value, "OPERATING_SYSTEM") == 0)
        value = "OPERATING-SYSTEM";
    put_member(tags, container, key, value);
    if (tags->id_waits) {
        tags->id_waits = false;
        put_member(tags, container, "SPDXID", (const char *)tags->id.data);
    }
}
