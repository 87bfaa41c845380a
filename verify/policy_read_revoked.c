/* SPDX-License-Identifier: Apache-2.0 */
/* What is not to be believed any more: keys, certificates, digests. */
#include "sign/envelope_json.h"
#include "verify/policy_private.h"

#include <string.h>

#define SERIAL_SIZE_MAX 64

static char lower_digit(char digit)
{
    return digit >= 'A' && digit <= 'F' ? (char)(digit - 'A' + 'a') : digit;
}

/* SHA-256 as `openssl` prints it, too: colons between, either case. */
static bool read_hex(const char *text, char *hex, size_t limit)
{
    size_t size = 0;
    for (; text != NULL && *text != '\0'; text++) {
        char digit = lower_digit(*text);
        if (*text == ':')
            continue;
        if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f')) || size == limit)
            return false;
        hex[size++] = digit;
    }
    hex[size] = '\0';
    return size > 0;
}

static bool read_fingerprint(struct wb_policy *policy, const json_t *json, const char *what,
                             struct wb_policy_revoked *revoked, struct wb_error *err)
{
    char hex[65];
    if (!read_hex(wb_json_string_of(json, "sha256"), hex, 64) || strlen(hex) != 64)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `sha256` is not 64 hexadecimal digits", what);
    revoked->value = wb_arena_copy(policy->arena, hex);
    return true;
}

static bool read_serial(struct wb_policy *policy, const json_t *json, const char *what,
                        struct wb_policy_revoked *revoked, struct wb_error *err)
{
    char hex[SERIAL_SIZE_MAX + 1];
    if (!read_hex(wb_json_string_of(json, "serial"), hex, SERIAL_SIZE_MAX))
        return wb_error_set(err, WB_BAD_INPUT, "%s: `serial` is not a hexadecimal number", what);
    const char *start = hex;
    while (start[0] == '0' && start[1] != '\0')
        start++;
    revoked->kind = WB_REVOKED_SERIAL;
    revoked->value = wb_arena_copy(policy->arena, start);
    return true;
}

static bool read_digest(struct wb_policy *policy, const json_t *json, const char *what,
                        struct wb_policy_revoked *revoked, struct wb_error *err)
{
    const char *text = wb_json_string_of(json, "digest");
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: no `digest`", what);
    revoked->value = wb_arena_copy(policy->arena, text);
    return wb_digest_parse(text, &revoked->digest, err) || wb_error_context(err, "%s", what);
}

static bool read_item(struct wb_policy *policy, const json_t *json, const char *what,
                      struct wb_policy_revoked *revoked, struct wb_error *err)
{
    static const char *const digest_members[] = {"digest", "reason", NULL};
    static const char *const key_members[] = {"sha256", "since", "reason", NULL};
    static const char *const certificate_members[] = {"sha256", "serial", "since", "reason", NULL};
    bool is_digest = revoked->kind == WB_REVOKED_DIGEST;
    bool is_key = revoked->kind == WB_REVOKED_KEY;
    if (!wb_envelope_only_members(json, what,
                                  is_digest ? digest_members
                                  : is_key  ? key_members
                                            : certificate_members,
                                  err) ||
        !wb_policy_text(json, what, "reason", policy->arena, &revoked->reason, err) ||
        !wb_policy_time(json, what, "since", &revoked->has_since, &revoked->since, err))
        return false;
    if (is_digest)
        return read_digest(policy, json, what, revoked, err);
    bool by_serial = json_object_get(json, "serial") != NULL;
    if (by_serial && json_object_get(json, "sha256") != NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `sha256` and `serial` at once", what);
    return by_serial ? read_serial(policy, json, what, revoked, err)
                     : read_fingerprint(policy, json, what, revoked, err);
}

bool wb_policy_read_revoked(struct wb_policy *policy, const json_t *json, struct wb_error *err)
{
    static const char *const names[] = {"keys", "certificates", "digests", NULL};
    if (json == NULL)
        return true;
    if (!wb_envelope_only_members(json, "revoked", names, err))
        return false;
    for (size_t kind = 0; names[kind] != NULL; kind++) {
        const json_t *list;
        if (!wb_policy_list(json, "revoked", names[kind], &list, err))
            return false;
        for (size_t i = 0; i < json_array_size(list); i++) {
            struct wb_policy_revoked revoked = {.kind = kind == 0   ? WB_REVOKED_KEY
                                                        : kind == 1 ? WB_REVOKED_CERTIFICATE
                                                                    : WB_REVOKED_DIGEST};
            const char *what = wb_arena_format(policy->arena, "revoked.%s[%zu]", names[kind], i);
            if (!read_item(policy, json_array_get(list, i), what, &revoked, err))
                return false;
            WB_APPEND(policy->revoked, policy->revoked_count, policy->revoked_capacity, revoked);
        }
    }
    return true;
}

/* ---- whether it contradicts itself ---- */

/* Authorities that the policy brings along do not come with the signature, where what is revoked is
 * looked for. */
static bool check_authorities(const struct wb_policy *policy,
                              const struct wb_certificates *certificates, const char *what,
                              struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_proof proof = {0};
    if (!wb_proof_certificates(certificates, arena, &proof.certificates, &proof.certificate_count,
                               err))
        return wb_error_context(err, "%s", what);
    const struct wb_policy_revoked *revoked = wb_policy_revokes(policy, &proof);
    return revoked == NULL ||
           wb_error_set(err, WB_BAD_INPUT,
                        "%s: it is believed and revoked at once (%.80s); take it out", what,
                        revoked->value);
}

bool wb_policy_check_consistent(const struct wb_policy *policy, struct wb_error *err)
{
    for (size_t i = 0; i < policy->signer_count; i++) {
        const struct wb_policy_signer *signer = &policy->signers[i];
        if (!check_authorities(policy, signer->roots, signer->name, err) ||
            !check_authorities(policy, signer->intermediates, signer->name, err))
            return false;
    }
    return check_authorities(policy, policy->timestamp_roots, "timestampAuthorities", err);
}
