/* SPDX-License-Identifier: Apache-2.0 */
/* The one file in C++: RE2 has no interface for C of its own. */
#include "audit/regex.h"

#include <cstdio>
#include <cstring>
#include <new>
#include <re2/re2.h>

struct wb_regex {
    wb_regex(const char *pattern, const RE2::Options &options) : compiled(pattern, options)
    {
    }
    const RE2 compiled;
};

/* RE2 takes a repetition that no number holds for text, and would look for that. */
static bool has_huge_repetition(const char *pattern)
{
    for (const char *brace = pattern; (brace = strchr(brace, '{')) != nullptr;) {
        size_t digits = strspn(++brace, "0123456789");
        if (brace[digits] == ',') {
            size_t more = strspn(brace + digits + 1, "0123456789");
            digits = more > digits ? more : digits;
        }
        if (digits > 8)
            return true;
    }
    return false;
}

struct wb_regex *wb_regex_new(const char *pattern, char *message, size_t message_size)
{
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    options.set_max_mem(WB_REGEX_MEMORY_MAX);
    wb_regex *regex = new (std::nothrow) wb_regex(pattern, options);
    if (regex == nullptr) {
        snprintf(message, message_size, "out of memory");
        return nullptr;
    }
    if (has_huge_repetition(pattern))
        snprintf(message, message_size, "invalid repetition size: more than 8 digits");
    else if (!regex->compiled.ok())
        snprintf(message, message_size, "%s", regex->compiled.error().c_str());
    else if (regex->compiled.NumberOfCapturingGroups() >= WB_REGEX_GROUPS_MAX)
        snprintf(message, message_size, "more than %d groups", WB_REGEX_GROUPS_MAX - 1);
    else
        return regex;
    delete regex;
    return nullptr;
}

void wb_regex_free(struct wb_regex *regex)
{
    delete regex;
}

size_t wb_regex_group_count(const struct wb_regex *regex)
{
    return static_cast<size_t>(regex->compiled.NumberOfCapturingGroups());
}

bool wb_regex_search(const struct wb_regex *regex, const char *text, size_t size, size_t begin,
                     size_t end, struct wb_regex_span *spans, size_t count)
{
    re2::StringPiece groups[WB_REGEX_GROUPS_MAX];
    if (count > WB_REGEX_GROUPS_MAX || begin > end || end > size ||
        !regex->compiled.Match(re2::StringPiece(text, size), begin, end, RE2::UNANCHORED, groups,
                               static_cast<int>(count)))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool took_part = groups[i].data() != nullptr;
        spans[i].begin = took_part ? static_cast<size_t>(groups[i].data() - text) : SIZE_MAX;
        spans[i].end = took_part ? spans[i].begin + groups[i].size() : SIZE_MAX;
    }
    return true;
}
