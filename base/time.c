/* SPDX-License-Identifier: Apache-2.0 */
/* Times, always UTC; no time zone, no locale, no clock. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400
#define YEAR_9999_END INT64_C(253402300799)

/* Days since 1970-01-01 of a proleptic Gregorian date, counted in years that begin in March. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2) {
        year--;
        month += 12;
    }
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month - 3) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool take_number(const char **at, size_t digits, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < digits; i++, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

static bool take_one_of(const char **at, const char *set)
{
    if (**at == '\0' || strchr(set, **at) == NULL)
        return false;
    ++*at;
    return true;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Seconds to subtract for `Z` or `+hh:mm`. */
static bool take_offset(const char **at, int64_t *offset)
{
    *offset = 0;
    if (take_one_of(at, "Zz"))
        return true;
    int64_t sign = **at == '-' ? -1 : 1;
    int64_t hours, minutes;
    if (!take_one_of(at, "+-") || !take_number(at, 2, &hours) || !take_one_of(at, ":") ||
        !take_number(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool wb_time_parse(const char *text, int64_t *seconds)
{
    const char *at = text;
    int64_t year, month, day, hour, minute, second, offset;
    if (!take_number(&at, 4, &year) || !take_one_of(&at, "-") || !take_number(&at, 2, &month) ||
        !take_one_of(&at, "-") || !take_number(&at, 2, &day) || !take_one_of(&at, "Tt ") ||
        !take_number(&at, 2, &hour) || !take_one_of(&at, ":") || !take_number(&at, 2, &minute) ||
        !take_one_of(&at, ":") || !take_number(&at, 2, &second))
        return false;
    /* RFC 3339 §5.7: 60 is a leap second. */
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    if (*at == '.') {
        int64_t digit;
        at++;
        if (!take_number(&at, 1, &digit))
            return false;
        while (*at >= '0' && *at <= '9')
            at++;
    }
    if (!take_offset(&at, &offset) || *at != '\0')
        return false;
    *seconds = days_from_date(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second -
               offset;
    return true;
}

char *wb_time_format(int64_t seconds, char text[WB_TIME_TEXT_SIZE])
{
    if (seconds < 0)
        seconds = 0;
    if (seconds > YEAR_9999_END)
        seconds = YEAR_9999_END;
    int64_t days = seconds / DAY_SECONDS, rest = seconds % DAY_SECONDS;
    /* The inverse of days_from_date. */
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
    snprintf(text, WB_TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year % 10000,
             (int)month % 100, (int)day % 100, (int)(rest / 3600), (int)(rest / 60 % 60),
             (int)(rest % 60));
    return text;
}

bool wb_time_source_date_epoch(bool *present, int64_t *seconds, struct wb_error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    *present = text != NULL && *text != '\0';
    if (!*present)
        return true;
    int64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= YEAR_9999_END; at++)
        value = value * 10 + (*at - '0');
    if (at == text || *at != '\0' || value > YEAR_9999_END)
        return wb_error_set(err, WB_USAGE,
                            "SOURCE_DATE_EPOCH is not a number of seconds since 1970: %.40s", text);
    *seconds = value;
    return true;
}
