/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a policy, read strictly: what is there must be what it should be. */
#include "base/duration.h"
#include "verify/policy_private.h"

#include <string.h>

bool wb_policy_text(const json_t *object, const char *what, const char *name,
                    struct wb_arena *arena, const char **text, struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    *text = NULL;
    if (member == NULL)
        return true;
    const char *value = json_string_value(member);
    if (value == NULL || *value == '\0' || strlen(value) > WB_POLICY_TEXT_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is not a text of 1 to %d bytes", what,
                            name, WB_POLICY_TEXT_MAX);
    *text = wb_arena_copy(arena, value);
    return true;
}

bool wb_policy_time(const json_t *object, const char *what, const char *name, bool *found,
                    int64_t *time, struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    *found = member != NULL;
    return member == NULL ||
           (json_is_string(member) && wb_time_parse(json_string_value(member), time)) ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is not a time such as 2027-01-31T00:00:00Z",
                        what, name);
}

bool wb_policy_duration(const json_t *object, const char *what, const char *name, int64_t *seconds,
                        struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    *seconds = 0;
    return member == NULL ||
           (json_is_string(member) && wb_duration_parse(json_string_value(member), seconds)) ||
           wb_error_set(err, WB_BAD_INPUT,
                        "%s: `%s` is not a time span such as 90s, 15m, 36h, 30d or 2w", what, name);
}

bool wb_policy_boolean(const json_t *object, const char *what, const char *name, bool *value,
                       struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    *value = json_is_true(member);
    return member == NULL || json_is_boolean(member) ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is neither true nor false", what, name);
}

bool wb_policy_integer(const json_t *object, const char *what, const char *name, int64_t minimum,
                       int64_t *value, struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    if (member == NULL)
        return true;
    if (!json_is_integer(member) || json_integer_value(member) < minimum)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is not a whole number of at least %lld",
                            what, name, (long long)minimum);
    *value = json_integer_value(member);
    return true;
}

bool wb_policy_list(const json_t *object, const char *what, const char *name, const json_t **list,
                    struct wb_error *err)
{
    *list = json_object_get(object, name);
    size_t count = json_array_size(*list);
    return *list == NULL || (json_is_array(*list) && count > 0 && count <= WB_POLICY_ITEMS_MAX) ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is not a list of 1 to %d items", what, name,
                        WB_POLICY_ITEMS_MAX);
}
