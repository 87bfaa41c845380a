/* SPDX-License-Identifier: Apache-2.0 */
/* What was found wrong with a document, and where. */
#include "formats/verdict.h"
#include "formats/formats_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULT_MAX 1000
#define MESSAGE_SIZE 1024

/* ---- places ---- */

size_t wb_place_depth(const struct wb_place *place)
{
    size_t depth = 0;
    for (; place != NULL && place->above != NULL; place = place->above)
        depth++;
    return depth;
}

static void write_place(const struct wb_place *place, struct wb_buffer *text)
{
    if (place == NULL || place->above == NULL)
        return;
    write_place(place->above, text);
    if (place->key == NULL) {
        wb_buffer_append_format(text, "/%zu", place->index);
        return;
    }
    wb_buffer_append_text(text, "/");
    for (const char *at = place->key; *at != '\0'; at++) {
        if (*at == '~')
            wb_buffer_append_text(text, "~0");
        else if (*at == '/')
            wb_buffer_append_text(text, "~1");
        else
            wb_buffer_append(text, at, 1);
    }
}

char *wb_place_pointer(const struct wb_place *place)
{
    struct wb_buffer text = {0};
    write_place(place, &text);
    return wb_buffer_steal_text(&text);
}

/* ---- faults ---- */

void wb_verdict_add(struct wb_document_verdict *verdict, const struct wb_place *place,
                    const char *format, ...)
{
    if (verdict->count >= FAULT_MAX) {
        verdict->left_out++;
        return;
    }
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof message) /* not in the middle of a character */
        for (size_t end = sizeof message - 1; !wb_utf8_valid(message, end); end--)
            message[end - 1] = '\0';
    struct wb_document_fault fault = {
        .pointer = wb_place_pointer(place),
        .message = wb_string_copy(message),
        .depth = wb_place_depth(place),
        .line = verdict->line,
        .meaning = verdict->meaning,
    };
    WB_APPEND(verdict->faults, verdict->count, verdict->capacity, fault);
}

void wb_document_verdict_clear(struct wb_document_verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++) {
        free(verdict->faults[i].pointer);
        free(verdict->faults[i].message);
    }
    free(verdict->faults);
    *verdict = (struct wb_document_verdict){0};
}

bool wb_document_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                          struct wb_error *err)
{
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    for (size_t i = 0; i < count; i++) {
        if (formats[i].validate == NULL || !formats[i].recognises(document))
            continue;
        verdict->format = formats[i].name;
        return formats[i].validate(document, verdict, err) ||
               wb_error_context(err, "%s", formats[i].description);
    }
    return wb_document_is_unknown(document, err);
}

void wb_verdict_set_version(struct wb_document_verdict *verdict, const char *version)
{
    size_t size = strlen(version);
    if (size < sizeof verdict->version)
        memcpy(verdict->version, version, size + 1);
}

/* ---- lines ---- */

/* The value of a member or item that a step of a pointer names; NULL for none. */
static const json_t *step_into(const json_t *value, const char *step)
{
    uint64_t index;
    if (json_is_object(value))
        return json_object_get(value, step);
    return wb_field_number_read(step, SIZE_MAX, &index) ? json_array_get(value, (size_t)index)
                                                        : NULL;
}

static size_t noted_line(const json_t *object, const char *key)
{
    json_t *lines = json_object_get(object, WB_TREE_LINES);
    return (size_t)json_integer_value(json_object_get(lines, key));
}

static char *unescape_step(const char *text, size_t size)
{
    struct wb_buffer step = {0};
    for (size_t i = 0; i < size; i++) {
        bool escaped = text[i] == '~' && i + 1 < size;
        wb_buffer_append(&step, !escaped ? &text[i] : text[i + 1] == '1' ? "/" : "~", 1);
        i += escaped;
    }
    return wb_buffer_steal_text(&step);
}

static size_t line_of(const json_t *tree, const char *pointer)
{
    size_t line = noted_line(tree, "");
    while (*pointer == '/' && tree != NULL) {
        size_t size = strcspn(pointer + 1, "/");
        WB_AUTO_STRING step = unescape_step(pointer + 1, size);
        size_t member = noted_line(tree, step);
        tree = step_into(tree, step);
        size_t own = noted_line(tree, "");
        line = own > 0 ? own : member > 0 ? member : line;
        pointer += size + 1;
    }
    return line;
}

void wb_verdict_find_lines(struct wb_document_verdict *verdict, const json_t *tree)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->faults[i].line == 0)
            verdict->faults[i].line = line_of(tree, verdict->faults[i].pointer);
}

/* ---- single values ---- */

void wb_verdict_purl(struct wb_document_verdict *verdict, const struct wb_place *place,
                     const char *text)
{
    if (text == NULL)
        return;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_error err = WB_ERROR_INIT;
    struct wb_purl purl;
    if (!wb_purl_parse(arena, text, WB_PURL_STRICT, &purl, &err))
        wb_verdict_add(verdict, place, "is no purl: %s", err.message);
}

void wb_verdict_cpe(struct wb_document_verdict *verdict, const struct wb_place *place,
                    const char *text)
{
    if (text != NULL && wb_field_cpe_type(text) == NULL)
        wb_verdict_add(verdict, place, "`%s` is neither a CPE 2.2 URI nor a CPE 2.3 string", text);
}

void wb_verdict_licence(struct wb_document_verdict *verdict, const struct wb_place *place,
                        const char *text)
{
    if (text != NULL && !wb_licence_expression_valid(text))
        wb_verdict_add(verdict, place, "`%s` is no SPDX licence expression", text);
}

#define ANY_NUMBER 1

/* The digits that an algorithm gives; 0 for what is no such algorithm. */
static size_t digits_of(const char *algorithm)
{
    static const struct {
        const char *name, *other;
        size_t digits;
    } algorithms[] = {
        {"SHA1", "sha1", 40},
        {"SHA224", "sha224", 56},
        {"SHA256", "sha256", 64},
        {"SHA384", "sha384", 96},
        {"SHA512", "sha512", 128},
        {"MD2", "md2", 32},
        {"MD4", "md4", 32},
        {"MD5", "md5", 32},
        {"SHA3-256", "sha3_256", 64},
        {"SHA3-384", "sha3_384", 96},
        {"SHA3-512", "sha3_512", 128},
        {"BLAKE2b-256", "blake2b256", 64},
        {"BLAKE2b-384", "blake2b384", 96},
        {"BLAKE2b-512", "blake2b512", 128},
        {"ADLER32", "adler32", 8},
        {"MD6", "md6", ANY_NUMBER},
        {"BLAKE3", "blake3", ANY_NUMBER},
    };
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].name, algorithm) == 0 ||
            strcmp(algorithms[i].other, algorithm) == 0)
            return algorithms[i].digits;
    return 0;
}

void wb_verdict_digest(struct wb_document_verdict *verdict, const struct wb_place *place,
                       const char *algorithm, const char *value)
{
    if (algorithm == NULL || value == NULL)
        return;
    size_t digits = digits_of(algorithm), size = strspn(value, "0123456789abcdefABCDEF");
    bool fits = digits == ANY_NUMBER ? size > 0 : size == digits;
    if (digits != 0 && (!fits || value[size] != '\0'))
        wb_verdict_add(verdict, place, "`%s` is no %s", value, algorithm);
}
