/* SPDX-License-Identifier: Apache-2.0 */
/* TOML 1.0 as far as rule files need it: everything but dates. Bounded; every value knows its line.
 */
#ifndef WAYBILL_TOML_H
#define WAYBILL_TOML_H

#include "base/base.h"

enum wb_toml_kind {
    WB_TOML_STRING,
    WB_TOML_INTEGER,
    WB_TOML_FLOAT, /* `thousandths` */
    WB_TOML_BOOLEAN,
    WB_TOML_ARRAY,
    WB_TOML_TABLE,
};

struct wb_toml {
    enum wb_toml_kind kind;
    int64_t line;    /* where it begins, from 1 */
    const char *key; /* in its table; NULL for the elements of an array */
    const char *text;
    int64_t integer;       /* of a boolean: 0 or 1 */
    int64_t thousandths;   /* of an integer or float, rounded towards zero */
    struct wb_toml *first; /* members of a table, elements of an array, in order */
    struct wb_toml *last;
    struct wb_toml *next;
    size_t count;
    bool closed; /* written by a header, an inline table or an array: not to be added to */
};

#define WB_TOML_SIZE_MAX (4 << 20)
#define WB_TOML_DEPTH_MAX 16
#define WB_TOML_MEMBERS_MAX 256 /* of one table: looked up one after the other */

/* NULL with WB_BAD_INPUT, `SOURCE:LINE: ...`. The values live in `arena`. */
const struct wb_toml *wb_toml_parse(struct wb_bytes text, const char *source,
                                    struct wb_arena *arena, struct wb_error *err);
/* A member of a table; NULL where there is none. */
const struct wb_toml *wb_toml_member(const struct wb_toml *table, const char *key);
const char *wb_toml_kind_name(enum wb_toml_kind kind); /* "an array" */

#endif
