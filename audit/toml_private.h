/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the reader of TOML share: tables (toml.c) and values (toml_value.c). */
#ifndef WAYBILL_TOML_PRIVATE_H
#define WAYBILL_TOML_PRIVATE_H

#include "audit/toml.h"

struct wb_toml_reader {
    const char *at;
    const char *end;
    int64_t line;
    const char *source;
    struct wb_arena *arena;
    struct wb_error *err;
};

bool wb_toml_fail(const struct wb_toml_reader *reader, const char *format, ...) WB_PRINTF(2, 3);
/* The character there; 0 at the end, which stands in no TOML text. */
char wb_toml_peek(const struct wb_toml_reader *reader, size_t ahead);
void wb_toml_skip_blanks(struct wb_toml_reader *reader);
/* Blanks, comments and line ends. */
bool wb_toml_skip_lines(struct wb_toml_reader *reader) WB_MUST_CHECK;
/* A comment and the line's end, or the end of the text. */
bool wb_toml_end_line(struct wb_toml_reader *reader) WB_MUST_CHECK;

struct wb_toml *wb_toml_new(const struct wb_toml_reader *reader, enum wb_toml_kind kind);
bool wb_toml_add(const struct wb_toml_reader *reader, struct wb_toml *parent, const char *key,
                 struct wb_toml *value) WB_MUST_CHECK;
/* `key.key = value`, added under `table`. */
bool wb_toml_read_pair(struct wb_toml_reader *reader, struct wb_toml *table,
                       unsigned depth) WB_MUST_CHECK;
/* NULL on error. */
const char *wb_toml_read_key(struct wb_toml_reader *reader);
struct wb_toml *wb_toml_read_value(struct wb_toml_reader *reader, unsigned depth);
const char *wb_toml_read_string(struct wb_toml_reader *reader);

#endif
