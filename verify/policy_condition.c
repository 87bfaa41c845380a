/* SPDX-License-Identifier: Apache-2.0 */
/* What an attestation must say. A value that is not there, or is of another kind, never does. */
#include "verify/policy_private.h"

#include <string.h>

/* docs/audit-predicate.md */
#define AUDIT_PREDICATE_TYPE "urn:waybill:audit:1"

/* An object in a list may say more than what is asked for. */
static bool has_members(const json_t *found, const json_t *wanted)
{
    const char *name;
    json_t *value;
    if (!json_is_object(found) || !json_is_object(wanted))
        return false;
    json_object_foreach((json_t *)wanted, name, value)
    {
        if (!json_equal(json_object_get(found, name), value))
            return false;
    }
    return true;
}

static bool is_in(const json_t *list, const json_t *wanted, bool members)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (json_equal(item, wanted) || (members && has_members(item, wanted)))
            return true;
    }
    return false;
}

static bool contains_all(const json_t *found, const json_t *wanted)
{
    bool all = json_is_array(found);
    for (size_t i = 0; i < json_array_size(wanted) && all; i++)
        all = is_in(found, json_array_get(wanted, i), true);
    return all;
}

/* Whole numbers are compared as such: doubles cannot tell large ones apart. */
static bool at_most(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) <= json_integer_value(b);
    return json_is_number(a) && json_is_number(b) && json_number_value(a) <= json_number_value(b);
}

/* A time to come is no proof of being fresh. */
static bool is_fresh(const json_t *found, int64_t age, int64_t now)
{
    int64_t time;
    return json_is_string(found) && wb_time_parse(json_string_value(found), &time) && time <= now &&
           now - time <= age;
}

static bool passes(const struct wb_policy_condition *condition, enum wb_policy_operator which,
                   const json_t *found, int64_t now)
{
    const json_t *wanted = condition->tests[which];
    switch (which) {
    case WB_POLICY_EQUALS:
        return json_equal(found, wanted) || (json_is_number(found) && json_is_number(wanted) &&
                                             at_most(found, wanted) && at_most(wanted, found));
    case WB_POLICY_ONE_OF:
        return is_in(wanted, found, false);
    case WB_POLICY_MINIMUM:
        return at_most(wanted, found);
    case WB_POLICY_MAXIMUM:
        return at_most(found, wanted);
    case WB_POLICY_CONTAINS:
        return contains_all(found, wanted);
    case WB_POLICY_NOT_OLDER_THAN:
        return is_fresh(found, condition->age, now);
    }
    return false;
}

static char *short_text(const json_t *value)
{
    char *text = json_is_array(value) || json_is_object(value)
                     ? wb_string_copy(json_is_array(value) ? "a list" : "an object")
                     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    return text == NULL ? wb_string_copy("something else") : text;
}

static bool check(const struct wb_policy_condition *condition, const json_t *statement, int64_t now,
                  struct wb_error *err)
{
    const json_t *found = wb_json_pointer(statement, condition->pointer);
    if (found == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "it has nothing at %.200s", condition->pointer);
    for (size_t i = 0; i < WB_POLICY_OPERATORS; i++) {
        if (condition->tests[i] == NULL ||
            passes(condition, (enum wb_policy_operator)i, found, now))
            continue;
        WB_AUTO_STRING has = short_text(found);
        WB_AUTO_STRING wanted =
            json_dumps(condition->tests[i], JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        return wb_error_set(
            err, WB_CHECK_FAILED, "it has %.100s at %.200s, which is not: %s %.200s", has,
            condition->pointer, wb_policy_operator_names[i], wanted == NULL ? "" : wanted);
    }
    return true;
}

/* ---- audits ---- */

static bool is_about(const json_t *statement, const char *digest)
{
    size_t size = strcspn(digest, ":"), i;
    const json_t *subject, *subjects = wb_json_array_of(statement, "subject");
    WB_AUTO_STRING algorithm = wb_string_format("%.*s", (int)size, digest);
    json_array_foreach(subjects, i, subject)
    {
        const char *value = wb_json_string_of(wb_json_object_of(subject, "digest"), algorithm);
        if (value != NULL && digest[size] == ':' && strcmp(value, digest + size + 1) == 0)
            return true;
    }
    return false;
}

/* A predicate that was made of one image and signed for another says nothing of this one. */
static bool check_audited(const json_t *statement, struct wb_error *err)
{
    const json_t *predicate = wb_json_object_of(statement, "predicate");
    const char *digest = wb_json_string_of(wb_json_object_of(predicate, "image"), "manifestDigest");
    return digest == NULL || is_about(statement, digest) ||
           wb_error_set(err, WB_CHECK_FAILED, "it is an audit of another image, %.100s", digest);
}

bool wb_policy_check_conditions(const struct wb_policy_attestation *attestation,
                                struct wb_bytes statement, int64_t now, struct wb_error *err)
{
    bool audit = strcmp(attestation->predicate_type, AUDIT_PREDICATE_TYPE) == 0;
    if (attestation->condition_count == 0 && !audit)
        return true;
    WB_AUTO_JSON json = wb_json_parse(statement, err);
    if (json == NULL || (audit && !check_audited(json, err)))
        return false;
    for (size_t i = 0; i < attestation->condition_count; i++)
        if (!check(&attestation->conditions[i], json, now, err))
            return false;
    return true;
}
