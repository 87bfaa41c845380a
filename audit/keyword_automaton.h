/* SPDX-License-Identifier: Apache-2.0 */
/* Many keywords looked for at once, letters of either case, in one pass over the bytes (Aho and
 * Corasick), as a table that takes one step for each byte. */
#ifndef WAYBILL_KEYWORD_AUTOMATON_H
#define WAYBILL_KEYWORD_AUTOMATON_H

#include "base/base.h"

#define WB_KEYWORD_STATES_MAX 65536

struct wb_keyword_automaton;
struct wb_keyword_automaton *wb_keyword_automaton_new(void);
void wb_keyword_automaton_free(struct wb_keyword_automaton *automaton);
WB_AUTO_DECLARE(wb_keyword_automaton)
/* Returns the keyword's number, the same for one that was added before; SIZE_MAX where it is empty
 * or there are too many. */
size_t wb_keyword_automaton_add(struct wb_keyword_automaton *automaton, const char *keyword);
/* Once, after the last. */
void wb_keyword_automaton_finish(struct wb_keyword_automaton *automaton);
/* Of the longest keyword, in bytes. */
size_t wb_keyword_automaton_longest(const struct wb_keyword_automaton *automaton);

/* A keyword ends in front of data[end]. Calls come in the order of the ends. */
typedef void wb_keyword_hit(void *context, size_t keyword, size_t end);
/* Goes on from `*state`, which begins as 0 and is left where the next piece goes on. */
void wb_keyword_automaton_scan(const struct wb_keyword_automaton *automaton, uint32_t *state,
                               const uint8_t *data, size_t size, wb_keyword_hit *hit,
                               void *context);
/* Whether any keyword stands in the bytes. */
bool wb_keyword_automaton_any(const struct wb_keyword_automaton *automaton, const uint8_t *data,
                              size_t size);

#endif
