/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes under stable codes. */
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

struct wb_outcomes *wb_outcomes_new(void)
{
    struct wb_outcomes *outcomes = wb_allocate(sizeof *outcomes);
    outcomes->arena = wb_arena_new();
    return outcomes;
}

void wb_outcomes_free(struct wb_outcomes *outcomes)
{
    if (outcomes == NULL)
        return;
    free(outcomes->items);
    wb_arena_free(outcomes->arena);
    free(outcomes);
}

void wb_outcome_add(struct wb_outcomes *outcomes, const char *code, const char *object,
                    const char *format, ...)
{
    char *raw = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&raw, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    struct wb_outcome outcome = {
        .code = wb_arena_copy(outcomes->arena, code),
        .object = object == NULL ? NULL : wb_utf8_escape_line(outcomes->arena, object),
        .message = wb_utf8_escape_line(outcomes->arena, raw),
    };
    free(raw);
    WB_APPEND(outcomes->items, outcomes->count, outcomes->capacity, outcome);
    if (code[0] == 'E')
        outcomes->failures++;
}
