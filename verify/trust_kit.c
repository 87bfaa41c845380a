/* SPDX-License-Identifier: Apache-2.0 */
/* A trust kit as a whole: read from a folder or a file, moved on to a successor, and its age. */
#include "sign/envelope_json.h"
#include "verify/trust_kit_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_SIZE_MAX ((size_t)64 << 20)

static struct wb_trust_kit *kit_new(void)
{
    struct wb_trust_kit *kit = wb_allocate(sizeof *kit);
    kit->arena = wb_arena_new();
    return kit;
}

void wb_trust_kit_free(struct wb_trust_kit *kit)
{
    if (kit == NULL)
        return;
    for (size_t i = 0; i < kit->count; i++)
        wb_trust_kit_document_clear(&kit->documents[i]);
    free(kit->documents);
    free(kit->versions);
    wb_arena_free(kit->arena);
    free(kit);
}

static bool add_version(struct wb_trust_kit *kit, struct wb_bytes envelope, struct wb_error *err)
{
    struct wb_trust_kit_document document = {0};
    bool good = wb_trust_kit_document_read(envelope, kit->arena, &document, err) &&
                wb_trust_kit_follow(kit, &document, err);
    wb_trust_kit_document_clear(&document);
    return good;
}

/* ---- one file ---- */

static bool add_versions(struct wb_trust_kit *kit, const json_t *list, struct wb_error *err)
{
    if (json_array_size(list) == 0)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: no `versions`");
    for (size_t i = 0; i < json_array_size(list); i++) {
        WB_AUTO_STRING text = json_dumps(json_array_get(list, i), JSON_COMPACT);
        if (text == NULL)
            return wb_error_set(err, WB_BAD_INPUT, "versions[%zu] is no envelope", i);
        if (!add_version(kit, (struct wb_bytes){(const uint8_t *)text, strlen(text)}, err))
            return wb_error_context(err, "versions[%zu]", i);
    }
    return true;
}

/* Several versions in one file, or one. */
static bool read_file(struct wb_trust_kit *kit, struct wb_bytes file, struct wb_error *err)
{
    static const char *const members[] = {"mediaType", "versions", NULL};
    if (file.size > CHAIN_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: %zu bytes are too many", file.size);
    WB_AUTO_JSON json = wb_envelope_parse_sparse(file, "trust kit", err);
    if (json == NULL)
        return false;
    if (json_object_get(json, "payload") != NULL)
        return add_version(kit, file, err);
    const char *type = wb_json_string_of(json, "mediaType");
    if (!wb_envelope_only_members(json, "trust kit", members, err))
        return false;
    if (type == NULL || strcmp(type, WB_TRUST_KIT_MEDIA_TYPE) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: its media type is not %s",
                            WB_TRUST_KIT_MEDIA_TYPE);
    return add_versions(kit, wb_json_array_of(json, "versions"), err);
}

struct wb_trust_kit *wb_trust_kit_read(struct wb_bytes file, struct wb_error *err)
{
    WB_AUTO(wb_trust_kit) *kit = kit_new();
    return read_file(kit, file, err) ? WB_STEAL(kit) : NULL;
}

/* ---- a folder ---- */

/* Which versions a folder has is asked by their names, one by one: it is not listed, so that
 * nothing in it can be in the way. The oldest may be any. */
static bool read_folder(struct wb_trust_kit *kit, int folder, struct wb_error *err)
{
    for (unsigned number = 1; number <= WB_TRUST_KIT_VERSIONS_MAX; number++) {
        WB_AUTO_VALUE(wb_buffer) content = {0};
        char name[32];
        snprintf(name, sizeof name, "%u.kit.json", number);
        WB_AUTO_FD there = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (there < 0) {
            if (errno != ENOENT)
                return wb_error_set_errno(err, errno, "%s", name);
            continue;
        }
        if (!wb_file_read(folder, name, WB_TRUST_KIT_SIZE_MAX, &content, err))
            return false;
        if (!add_version(kit, wb_buffer_bytes(&content), err))
            return wb_error_context(err, "%s", name);
        if (kit->versions[kit->count - 1].number != number)
            return wb_error_set(err, WB_CHECK_FAILED, "%s: it is version %" PRId64, name,
                                kit->versions[kit->count - 1].number);
    }
    return kit->count > 0 ||
           wb_error_set(err, WB_BAD_INPUT, "no version of a trust kit (1.kit.json, ...) is in it");
}

struct wb_trust_kit *wb_trust_kit_open(const char *path, struct wb_error *err)
{
    WB_AUTO(wb_trust_kit) *kit = kit_new();
    WB_AUTO_FD folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good;
    if (folder >= 0) {
        good = read_folder(kit, folder, err);
    } else {
        WB_AUTO_VALUE(wb_buffer) content = {0};
        good = wb_file_read(AT_FDCWD, path, CHAIN_SIZE_MAX, &content, err) &&
               read_file(kit, wb_buffer_bytes(&content), err);
    }
    if (good)
        return WB_STEAL(kit);
    if (err->status == WB_CHECK_FAILED)
        wb_error_context(err, "E-TRUST-KIT");
    wb_error_context(err, "trust kit %s", path);
    return NULL;
}

/* ---- successors ---- */

static bool check_common(const struct wb_trust_kit *kit, const struct wb_trust_kit *update,
                         struct wb_error *err)
{
    const struct wb_trust_kit_version *last = &kit->versions[kit->count - 1];
    const struct wb_trust_kit_version *newest = &update->versions[update->count - 1];
    if (newest->number < last->number)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "version %" PRId64 " is older than version %" PRId64
                            ", which is trusted",
                            newest->number, last->number);
    for (size_t i = 0; i < update->count; i++)
        for (size_t j = 0; j < kit->count; j++)
            if (update->versions[i].number == kit->versions[j].number &&
                !wb_digest_equal(&update->versions[i].digest, &kit->versions[j].digest))
                return wb_error_set(err, WB_CHECK_FAILED,
                                    "version %" PRId64 " is not the one that is trusted",
                                    update->versions[i].number);
    return true;
}

bool wb_trust_kit_update(struct wb_trust_kit *kit, const struct wb_trust_kit *update,
                         struct wb_error *err)
{
    bool good = check_common(kit, update, err);
    for (size_t i = 0; i < update->count && good; i++)
        if (update->versions[i].number > kit->versions[kit->count - 1].number)
            good = add_version(kit, update->versions[i].envelope, err);
    return good || wb_error_context(err, "E-TRUST-KIT: the update does not follow");
}

const struct wb_trust_kit_version *wb_trust_kit_versions(const struct wb_trust_kit *kit,
                                                         size_t *count)
{
    *count = kit->count;
    return kit->versions;
}

/* ---- its age ---- */

void wb_policy_check_kit(const struct wb_policy *policy, int64_t now, struct wb_outcomes *outcomes)
{
    const struct wb_policy_kit *kit = &policy->kit;
    char issued[WB_TIME_TEXT_SIZE], expires[WB_TIME_TEXT_SIZE], limit[32];
    int64_t age = now - kit->issued, warning = policy->delivery.expiry_warning;
    if (kit->name == NULL)
        return;
    wb_time_format(kit->issued, issued);
    wb_time_format(kit->expires, expires);
    if (now >= kit->expires)
        wb_outcome_add(outcomes, "E-EXPIRED", "trust kit", "version %" PRId64 " expired at %s",
                       kit->number, expires);
    else if (warning > 0 && kit->expires - now <= warning)
        wb_outcome_add(outcomes, "W-EXPIRES-SOON", "trust kit", "version %" PRId64 " expires at %s",
                       kit->number, expires);
    if (policy->kit_max_age > 0 && age > policy->kit_max_age)
        wb_outcome_add(outcomes, "E-EXPIRED", "trust kit",
                       "version %" PRId64
                       " is of %s, longer ago than the %s that the policy allows",
                       kit->number, issued, wb_policy_duration_text(policy->kit_max_age, limit));
    else if (policy->kit_warning_age > 0 && age > policy->kit_warning_age)
        wb_outcome_add(outcomes, "W-TRUST-KIT-AGE", "trust kit",
                       "what was revoked since %s (more than %s) is not known here", issued,
                       wb_policy_duration_text(policy->kit_warning_age, limit));
    if (age < 0)
        wb_outcome_add(outcomes, "W-CLOCK-BEFORE-ISSUE", "trust kit",
                       "version %" PRId64 " was issued at %s, and the clock here is before that",
                       kit->number, issued);
}

void wb_policy_describe_kit(const struct wb_policy *policy, int64_t now, struct wb_buffer *text)
{
    const struct wb_policy_kit *kit = &policy->kit;
    char issued[WB_TIME_TEXT_SIZE], age[32];
    if (kit->name == NULL)
        return;
    int64_t seconds = now > kit->issued ? now - kit->issued : 0;
    int64_t unit = seconds >= 86400 ? 86400 : seconds >= 3600 ? 3600 : seconds >= 60 ? 60 : 1;
    if (seconds == 0)
        snprintf(age, sizeof age, "not a second");
    else
        wb_policy_duration_text(seconds / unit * unit, age);
    wb_buffer_append_format(text, "trust kit %.200s, version %" PRId64 " as of %s (%s old)",
                            kit->name, kit->number, wb_time_format(kit->issued, issued), age);
}
