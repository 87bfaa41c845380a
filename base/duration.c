/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time as people write them. */
#include "base/duration.h"

#include <stddef.h>

bool wb_duration_parse(const char *text, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    int64_t value = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 8; digits++)
        value = value * 10 + (text[digits] - '0');
    if (digits == 0 || digits > 7 || text[0] == '0' || text[digits] == '\0' ||
        text[digits + 1] != '\0')
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].unit == text[digits]) {
            *seconds = value * units[i].seconds;
            return true;
        }
    return false;
}
