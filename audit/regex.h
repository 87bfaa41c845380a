/* SPDX-License-Identifier: Apache-2.0 */
/* RE2 for C: regular expressions that are matched in linear time and bounded memory. */
#ifndef WAYBILL_REGEX_H
#define WAYBILL_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one expression may take, compiled and with the states it makes while matching. */
#define WB_REGEX_MEMORY_MAX (2 << 20)
#define WB_REGEX_GROUPS_MAX 64

struct wb_regex_span {
    size_t begin;
    size_t end; /* (size_t)-1 in both: the group took no part */
};

/* RE2's syntax, which is Go's. Texts are bytes, whatever their encoding: `.` is one byte. NULL with
 * the reason in `message`. One expression may be used by several threads at once. */
struct wb_regex *wb_regex_new(const char *pattern, char *message, size_t message_size);
void wb_regex_free(struct wb_regex *regex);
size_t wb_regex_group_count(const struct wb_regex *regex);
/* The first match between `begin` and `end`: spans[0] is all of it, the groups follow, `count` in
 * all. `^`, `$` and `\b` look at the bytes around, which are those of `text`. */
bool wb_regex_search(const struct wb_regex *regex, const char *text, size_t size, size_t begin,
                     size_t end, struct wb_regex_span *spans, size_t count);

#ifdef __cplusplus
}
#endif

#endif
