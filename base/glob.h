/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns for names and paths. (glob.c) */
#ifndef WAYBILL_GLOB_H
#define WAYBILL_GLOB_H

#include <stdbool.h>

/* `*` and `?` do not match `/`, `**` does. */
bool wb_glob_matches(const char *pattern, const char *text);
/* Whether every text that `other` matches is matched by `pattern`; false also where that cannot be
 * told. */
bool wb_glob_covers(const char *pattern, const char *other);

#endif
