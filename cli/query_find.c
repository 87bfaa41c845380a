/* SPDX-License-Identifier: Apache-2.0 */
/* What answers a question about a document. */
#include "base/glob.h"
#include "cli/query_output.h"

#include <string.h>

/* The ids of an expression, and their exceptions, one by one. */
static bool licence_matches(const char *pattern, const char *expression)
{
    static const char separators[] = " ()";
    if (expression == NULL)
        return false;
    if (wb_glob_matches(pattern, expression))
        return true;
    for (const char *at = expression; *at != '\0';) {
        at += strspn(at, separators);
        size_t size = strcspn(at, separators);
        WB_AUTO_STRING id = wb_string_format("%.*s", (int)size, at);
        bool is_word = strcmp(id, "AND") == 0 || strcmp(id, "OR") == 0 || strcmp(id, "WITH") == 0;
        if (size > 0 && !is_word && wb_glob_matches(pattern, id))
            return true;
        at += size;
    }
    return false;
}

bool wb_query_takes_package(const struct wb_query *query, const struct wb_package *package)
{
    switch (query->kind) {
    case WB_QUERY_PACKAGE:
        return wb_glob_matches(query->pattern, package->name);
    case WB_QUERY_LICENCE:
        return licence_matches(query->pattern, package->licence) ||
               licence_matches(query->pattern, package->licence_concluded);
    case WB_QUERY_WHY:
        return strcmp(query->pattern, package->name) == 0;
    case WB_QUERY_FILE:
    case WB_QUERY_LICENCES:
        break;
    }
    return false;
}

bool wb_query_takes_file(const struct wb_query *query, const struct wb_file *file)
{
    return query->kind == WB_QUERY_FILE && wb_glob_matches(query->pattern, file->path);
}
