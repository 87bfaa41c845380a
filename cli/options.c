/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands' options have in common. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A code for each row that holds a text; commands' own are far below. */
#define FIRST_TEXT_CODE 100000

static bool is_text(const struct poptOption *row)
{
    return (row->argInfo & POPT_ARG_MASK) == POPT_ARG_STRING && row->arg != NULL && row->val == 0;
}

static size_t row_count(const struct poptOption *table)
{
    size_t count = 0;
    while (table[count].longName != NULL || table[count].shortName != '\0' ||
           table[count].arg != NULL)
        count++;
    return count;
}

poptContext wb_options_open(struct wb_options *options, const char *name, int argc,
                            const char **argv, const struct poptOption *table)
{
    size_t count = row_count(table);
    options->table = table;
    options->rows = wb_allocate_array(count + 1, sizeof *options->rows);
    memcpy(options->rows, table, (count + 1) * sizeof *table);
    for (size_t i = 0; i < count; i++) {
        if (!is_text(&table[i]))
            continue;
        options->rows[i].arg = NULL;
        options->rows[i].val = FIRST_TEXT_CODE + (int)i;
    }
    options->context = poptGetContext(name, argc, argv, options->rows, 0);
    return options->context;
}

int wb_options_next(struct wb_options *options)
{
    int code;
    while ((code = poptGetNextOpt(options->context)) >= FIRST_TEXT_CODE) {
        char **place = options->table[code - FIRST_TEXT_CODE].arg;
        free(*place);
        *place = poptGetOptArg(options->context);
    }
    return code;
}

void wb_options_clear(struct wb_options *options)
{
    if (options->context != NULL)
        poptFreeContext(options->context);
    free(options->rows);
    *options = (struct wb_options){0};
}

bool wb_options_read(struct wb_options *options, const struct wb_usage *usage, int argc,
                     const char **argv, bool *helped, struct wb_error *err)
{
    poptContext context = wb_options_open(options, argv[0], argc, argv, usage->table);
    int code = wb_options_next(options);
    *helped = code == WB_OPTION_HELP;
    if (*helped)
        wb_options_help(context, usage->arguments, usage->examples);
    return code >= -1 || wb_options_fault(context, code, err);
}

void wb_options_help(poptContext context, const char *arguments, const char *examples)
{
    poptSetOtherOptionHelp(context, arguments);
    poptPrintHelp(context, stdout, 0);
    printf("\nExamples:\n%s", examples);
}

bool wb_options_fault(poptContext context, int code, struct wb_error *err)
{
    return wb_error_set(err, WB_USAGE, "%s: %s; --help shows the options",
                        poptBadOption(context, POPT_BADOPTION_NOALIAS), poptStrerror(code));
}

bool wb_options_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMGT";
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    if (at == text)
        return false;
    const char *unit = *at == '\0' ? NULL : strchr(units, *at);
    if (unit != NULL) {
        unsigned shift = 10 * (unsigned)(unit - units + 1);
        if (value > UINT64_MAX >> shift)
            return false;
        value <<= shift;
        at++;
    }
    *size = value;
    return *at == '\0' && value > 0;
}

bool wb_options_argument(poptContext context, const char *what, char **argument,
                         struct wb_error *err)
{
    const char *text = poptGetArg(context);
    if (text == NULL)
        return wb_error_set(err, WB_USAGE, "no %s given; --help shows examples", what);
    if (poptPeekArg(context) != NULL)
        return wb_error_set(err, WB_USAGE, "one %s at a time, not also `%s`", what,
                            poptPeekArg(context));
    *argument = wb_string_copy(text);
    return true;
}

bool wb_options_arguments(poptContext context, const char *what, char ***arguments,
                          struct wb_error *err)
{
    const char *text;
    size_t count = 0, capacity = 0;
    while ((text = poptGetArg(context)) != NULL)
        WB_APPEND(*arguments, count, capacity, wb_string_copy(text));
    WB_APPEND(*arguments, count, capacity, NULL);
    return count > 1 || wb_error_set(err, WB_USAGE, "no %s given; --help shows examples", what);
}

bool wb_options_key_only(poptContext context, const char *key, const char *command,
                         struct wb_error *err)
{
    if (poptPeekArg(context) != NULL)
        return wb_error_set(err, WB_USAGE, "unexpected argument `%s`; the key goes behind --key",
                            poptPeekArg(context));
    return key != NULL ||
           wb_error_set(err, WB_USAGE, "--key is missing; `waybill %s --help` shows examples",
                        command);
}

bool wb_options_text_or_json(const char *text, bool *json, struct wb_error *err)
{
    *json = text != NULL && strcmp(text, "json") == 0;
    return *json || text == NULL || strcmp(text, "text") == 0 ||
           wb_error_set(err, WB_USAGE, "--output %s: it is text or json", text);
}

size_t wb_options_list_count(char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL)
        count++;
    return count;
}

void wb_options_list_free(char **list)
{
    for (size_t i = 0; i < wb_options_list_count(list); i++)
        free(list[i]);
    free(list);
}
