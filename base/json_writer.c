/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON (RFC 8259) as a stream. */
#include "base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define INDENT 2

struct wb_json_writer {
    struct wb_output *output;
    size_t depth;
    bool filled[DEPTH_MAX + 1]; /* whether the container of that depth has a member yet */
    bool after_key;
};

struct wb_json_writer *wb_json_writer_new(struct wb_output *output)
{
    struct wb_json_writer *writer = wb_allocate(sizeof *writer);
    writer->output = output;
    return writer;
}

void wb_json_writer_free(struct wb_json_writer *writer)
{
    free(writer);
}

static void put(struct wb_json_writer *writer, const char *text, size_t size)
{
    wb_output_write(writer->output, text, size);
}

static void put_line(struct wb_json_writer *writer)
{
    static const char spaces[INDENT * DEPTH_MAX + 1] =
        "                                                                "
        "                                                                ";
    put(writer, "\n", 1);
    put(writer, spaces, INDENT * writer->depth);
}

/* What stands in front of a value: nothing behind its key, else a comma and a line of its own. */
static void begin_value(struct wb_json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->depth == 0)
        return;
    if (writer->filled[writer->depth])
        put(writer, ",", 1);
    writer->filled[writer->depth] = true;
    put_line(writer);
}

static void begin_container(struct wb_json_writer *writer, const char *bracket)
{
    begin_value(writer);
    put(writer, bracket, 1);
    /* Only a mistake in a writer of ours could get here. */
    if (writer->depth == DEPTH_MAX)
        abort();
    writer->filled[++writer->depth] = false;
}

static void end_container(struct wb_json_writer *writer, const char *bracket)
{
    bool filled = writer->filled[writer->depth--];
    if (filled)
        put_line(writer);
    put(writer, bracket, 1);
}

void wb_json_begin_object(struct wb_json_writer *writer)
{
    begin_container(writer, "{");
}

void wb_json_end_object(struct wb_json_writer *writer)
{
    end_container(writer, "}");
}

void wb_json_begin_array(struct wb_json_writer *writer)
{
    begin_container(writer, "[");
}

void wb_json_end_array(struct wb_json_writer *writer)
{
    end_container(writer, "]");
}

static void put_escape(struct wb_json_writer *writer, unsigned char byte)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char text[8] = {'\\'};
    for (size_t i = 0; i + 1 < sizeof named; i += 2)
        if ((unsigned char)named[i] == byte) {
            text[1] = named[i + 1];
            put(writer, text, 2);
            return;
        }
    snprintf(text, sizeof text, "\\u%04x", byte);
    put(writer, text, 6);
}

static void put_string(struct wb_json_writer *writer, const char *value)
{
    put(writer, "\"", 1);
    const char *plain = value;
    const char *at = value;
    for (; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        put(writer, plain, (size_t)(at - plain));
        put_escape(writer, byte);
        plain = at + 1;
    }
    put(writer, plain, (size_t)(at - plain));
    put(writer, "\"", 1);
}

void wb_json_key(struct wb_json_writer *writer, const char *key)
{
    begin_value(writer);
    put_string(writer, key);
    put(writer, ": ", 2);
    writer->after_key = true;
}

void wb_json_string(struct wb_json_writer *writer, const char *value)
{
    begin_value(writer);
    if (value == NULL)
        put(writer, "null", 4);
    else
        put_string(writer, value);
}

void wb_json_integer(struct wb_json_writer *writer, int64_t value)
{
    char text[24];
    begin_value(writer);
    put(writer, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
}

void wb_json_boolean(struct wb_json_writer *writer, bool value)
{
    begin_value(writer);
    put(writer, value ? "true" : "false", value ? 4 : 5);
}

void wb_json_member(struct wb_json_writer *writer, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    wb_json_key(writer, key);
    wb_json_string(writer, value);
}

void wb_json_finish(struct wb_json_writer *writer)
{
    put(writer, "\n", 1);
}
