/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands' options have in common. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

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
