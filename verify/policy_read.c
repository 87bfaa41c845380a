/* SPDX-License-Identifier: Apache-2.0 */
/* policy.json as a whole: docs/policy.schema.json says the same in JSON Schema. */
#include "sign/envelope_json.h"
#include "verify/policy_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define POLICY_SIZE_MAX ((size_t)16 << 20)
#define TRUSTED_ROOT_SIZE_MAX ((size_t)4 << 20)

static bool read_delivery(struct wb_policy *policy, struct wb_error *err)
{
    static const char *const members[] = {
        "name",          "signers",         "threshold",       "issuedAfter",   "maxAge",
        "requireExpiry", "requireSequence", "minimumSequence", "expiryWarning", NULL};
    const json_t *json = json_object_get(policy->json, "delivery");
    struct wb_policy_delivery *delivery = &policy->delivery;
    if (json == NULL)
        return true;
    delivery->wanted = true;
    return wb_envelope_only_members(json, "delivery", members, err) &&
           wb_policy_text(json, "delivery", "name", policy->arena, &delivery->name, err) &&
           wb_policy_read_signer_list(policy, json, "delivery", NULL, &delivery->signers, err) &&
           wb_policy_time(json, "delivery", "issuedAfter", &delivery->has_issued_after,
                          &delivery->issued_after, err) &&
           wb_policy_duration(json, "delivery", "maxAge", &delivery->max_age, err) &&
           wb_policy_boolean(json, "delivery", "requireExpiry", &delivery->expiry_required, err) &&
           wb_policy_boolean(json, "delivery", "requireSequence", &delivery->sequence_required,
                             err) &&
           wb_policy_integer(json, "delivery", "minimumSequence", 1, &delivery->minimum_sequence,
                             err) &&
           wb_policy_duration(json, "delivery", "expiryWarning", &delivery->expiry_warning, err);
}

static bool read_trust_kit(struct wb_policy *policy, struct wb_error *err)
{
    static const char *const members[] = {"warningAge", "maxAge", NULL};
    const json_t *json = json_object_get(policy->json, "trustKit");
    return json == NULL ||
           (wb_envelope_only_members(json, "trustKit", members, err) &&
            wb_policy_duration(json, "trustKit", "warningAge", &policy->kit_warning_age, err) &&
            wb_policy_duration(json, "trustKit", "maxAge", &policy->kit_max_age, err));
}

/* The file of that name, or the document itself. */
static bool read_trusted_root(struct wb_policy *policy, int directory_fd, struct wb_error *err)
{
    const json_t *member = json_object_get(policy->json, "trustedRoot");
    const char *path;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (member == NULL)
        return true;
    if (json_is_object(member)) {
        WB_AUTO_STRING text = json_dumps(member, JSON_COMPACT);
        wb_buffer_append_text(&content, text == NULL ? "" : text);
    } else if (!wb_policy_text(policy->json, "policy", "trustedRoot", policy->arena, &path, err) ||
               !wb_policy_material(path, "trustedRoot", TRUSTED_ROOT_SIZE_MAX, directory_fd,
                                   &content, err)) {
        return false;
    }
    policy->own_root = wb_trusted_root_read(wb_buffer_bytes(&content), err);
    policy->trusted_root = policy->own_root;
    return policy->own_root != NULL || wb_error_context(err, "policy");
}

static bool read_head(struct wb_policy *policy, struct wb_error *err)
{
    static const char *const members[] = {
        "version", "name",        "description", "expires",  "signers", "timestampAuthorities",
        "images",  "trustedRoot", "delivery",    "trustKit", "revoked", NULL};
    const char *description;
    const json_t *version = json_object_get(policy->json, "version");
    if (!wb_envelope_only_members(policy->json, "policy", members, err))
        return false;
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return wb_error_set(err, WB_BAD_INPUT, "policy: `version` is not 1");
    return wb_policy_text(policy->json, "policy", "name", policy->arena, &policy->name, err) &&
           wb_policy_text(policy->json, "policy", "description", policy->arena, &description,
                          err) &&
           wb_policy_time(policy->json, "policy", "expires", &policy->has_expiry, &policy->expires,
                          err);
}

/* Whoever wrote it wanted something: without a demand, everything would pass. */
static bool demands_something(const struct wb_policy *policy, struct wb_error *err)
{
    bool demands = policy->delivery.wanted;
    for (size_t i = 0; i < policy->rule_count; i++)
        demands = demands || policy->rules[i].unsigned_reason == NULL;
    return demands ||
           wb_error_set(err, WB_BAD_INPUT,
                        "policy: it demands nothing; give `images` with signers, or `delivery`");
}

static bool read_policy(struct wb_policy *policy, int directory_fd, struct wb_error *err)
{
    return read_head(policy, err) && wb_policy_read_signers(policy, directory_fd, err) &&
           read_trusted_root(policy, directory_fd, err) && read_delivery(policy, err) &&
           wb_policy_read_rules(policy, err) && read_trust_kit(policy, err) &&
           wb_policy_read_revoked(policy, json_object_get(policy->json, "revoked"), err) &&
           demands_something(policy, err) && wb_policy_check_consistent(policy, err);
}

struct wb_policy *wb_policy_read(struct wb_bytes json, int directory_fd, struct wb_error *err)
{
    if (json.size > POLICY_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "policy: %zu bytes are too many", json.size);
        return NULL;
    }
    WB_AUTO(wb_policy) *policy = wb_policy_new();
    policy->json = wb_envelope_parse(json, "policy", err);
    return policy->json != NULL && read_policy(policy, directory_fd, err) ? WB_STEAL(policy) : NULL;
}

struct wb_policy *wb_policy_open(const char *path, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_file_read(AT_FDCWD, path, POLICY_SIZE_MAX, &content, err))
        return NULL;
    const char *slash = strrchr(path, '/');
    WB_AUTO_STRING folder = slash == NULL ? wb_string_copy(".")
                                          : wb_string_format("%.*s", (int)(slash - path) + 1, path);
    WB_AUTO_FD directory_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0) {
        wb_error_set_errno(err, errno, "%s", folder);
        return NULL;
    }
    struct wb_policy *policy = wb_policy_read(wb_buffer_bytes(&content), directory_fd, err);
    if (policy == NULL)
        wb_error_context(err, "%s", path);
    return policy;
}
