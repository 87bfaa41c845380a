/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a policy knows: keys, certificates of a private PKI, keyless identities. */
#include "sign/envelope_json.h"
#include "verify/policy_private.h"

#include <regex.h>
#include <string.h>

#define KEY_SIZE_MAX ((size_t)256 << 10)
#define CERTIFICATES_SIZE_MAX ((size_t)1 << 20)
#define LIST_SIZE_MAX ((size_t)64 << 20)
#define PATTERN_SIZE_MAX 256

/* ---- PEM and files ---- */

bool wb_policy_material(const char *text, const char *what, size_t limit, int directory_fd,
                        struct wb_buffer *content, struct wb_error *err)
{
    if (strstr(text, "-----BEGIN ") != NULL) {
        wb_buffer_append_text(content, text);
        return true;
    }
    if (directory_fd == -1)
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: a file is named where the content itself must stand (PEM)", what);
    return wb_file_read(directory_fd, text, limit, content, err) ||
           wb_error_context(err, "%s", what);
}

/* PEM is longer than other texts. */
static bool read_material(const json_t *member, const char *what, size_t limit, int directory_fd,
                          struct wb_buffer *content, struct wb_error *err)
{
    const char *text = json_string_value(member);
    if (text == NULL || *text == '\0')
        return wb_error_set(err, WB_BAD_INPUT, "%s is neither PEM nor the name of a file", what);
    return wb_policy_material(text, what, limit, directory_fd, content, err);
}

static bool read_certificates(const json_t *member, const char *what, int directory_fd,
                              struct wb_certificates **certificates, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (member == NULL)
        return true;
    if (!read_material(member, what, CERTIFICATES_SIZE_MAX, directory_fd, &content, err))
        return false;
    *certificates = wb_certificates_read(wb_buffer_bytes(&content), err);
    return *certificates != NULL || wb_error_context(err, "%s", what);
}

/* ---- keys ---- */

static bool name_key(struct wb_policy_signer *signer, struct wb_arena *arena, struct wb_error *err)
{
    struct wb_digest fingerprint;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (!wb_key_fingerprint(signer->key, &fingerprint, err))
        return false;
    signer->key_id = wb_arena_copy(
        arena, wb_hex_format(fingerprint.bytes, wb_digest_size(fingerprint.algorithm), hex));
    return true;
}

static bool read_key(const json_t *json, const char *what, int directory_fd, struct wb_arena *arena,
                     struct wb_policy_signer *signer, struct wb_error *err)
{
    static const char *const members[] = {"key", "notBefore", "notAfter", NULL};
    WB_AUTO_VALUE(wb_buffer) content = {0};
    signer->kind = WB_POLICY_KEY;
    if (!wb_envelope_only_members(json, what, members, err) ||
        !read_material(json_object_get(json, "key"), what, KEY_SIZE_MAX, directory_fd, &content,
                       err))
        return false;
    signer->key = wb_key_from_public(wb_buffer_bytes(&content), err);
    if (signer->key == NULL)
        return wb_error_context(err, "%s", what);
    if (!name_key(signer, arena, err) ||
        !wb_policy_time(json, what, "notBefore", &signer->has_not_before, &signer->not_before,
                        err) ||
        !wb_policy_time(json, what, "notAfter", &signer->has_not_after, &signer->not_after, err))
        return false;
    return !signer->has_not_before || !signer->has_not_after ||
           signer->not_before <= signer->not_after ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `notAfter` is before `notBefore`", what);
}

/* ---- identities ---- */

/* A pattern is compiled by the C library, which takes any amount of memory for counted repetitions
 * and any amount of time for back-references. */
static bool check_pattern(const char *pattern, const char *what, const char *name,
                          struct wb_error *err)
{
    regex_t compiled;
    if (pattern == NULL)
        return true;
    bool plain = strlen(pattern) <= PATTERN_SIZE_MAX;
    for (const char *at = pattern; *at != '\0' && plain; at++) {
        if (at[0] == '\\' && at[1] != '\0')
            plain = *++at < '0' || *at > '9';
        else
            plain = at[0] != '{';
    }
    if (!plain)
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: `%s` is longer than %d bytes, or uses counts {n} or "
                            "back-references, which are not taken here",
                            what, name, PATTERN_SIZE_MAX);
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is no POSIX extended regular expression",
                            what, name);
    regfree(&compiled);
    return true;
}

static bool read_identity(const json_t *json, const char *what, struct wb_arena *arena,
                          struct wb_policy_signer *signer, struct wb_error *err)
{
    if (!wb_policy_text(json, what, "identity", arena, &signer->identity, err) ||
        !wb_policy_text(json, what, "identityRegexp", arena, &signer->identity_regexp, err) ||
        !wb_policy_text(json, what, "issuer", arena, &signer->issuer, err) ||
        !wb_policy_text(json, what, "issuerRegexp", arena, &signer->issuer_regexp, err) ||
        !check_pattern(signer->identity_regexp, what, "identityRegexp", err) ||
        !check_pattern(signer->issuer_regexp, what, "issuerRegexp", err))
        return false;
    if ((signer->identity == NULL) == (signer->identity_regexp == NULL))
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: either `identity` or `identityRegexp` says whom to believe", what);
    return signer->issuer == NULL || signer->issuer_regexp == NULL ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `issuer` and `issuerRegexp` at once", what);
}

static bool read_lists(const json_t *json, const char *what, int directory_fd,
                       struct wb_arena *arena, struct wb_policy_signer *signer,
                       struct wb_error *err)
{
    const json_t *list;
    if (!wb_policy_list(json, what, "crls", &list, err))
        return false;
    size_t count = json_array_size(list);
    signer->crls = wb_arena_allocate(arena, (count + 1) * sizeof *signer->crls);
    for (; signer->crl_count < count; signer->crl_count++) {
        WB_AUTO_VALUE(wb_buffer) content = {0};
        if (!read_material(json_array_get(list, signer->crl_count), what, LIST_SIZE_MAX,
                           directory_fd, &content, err))
            return false;
        signer->crls[signer->crl_count] = (struct wb_bytes){
            (const uint8_t *)wb_arena_copy_bytes(arena, content.data, content.size), content.size};
    }
    return true;
}

static bool read_certificate(const json_t *json, const char *what, int directory_fd,
                             struct wb_arena *arena, struct wb_policy_signer *signer,
                             struct wb_error *err)
{
    static const char *const members[] = {
        "roots",          "intermediates", "crls",         "identity",
        "identityRegexp", "issuer",        "issuerRegexp", NULL};
    signer->kind = WB_POLICY_CERTIFICATE;
    if (!wb_envelope_only_members(json, what, members, err) ||
        !read_certificates(json_object_get(json, "roots"), what, directory_fd, &signer->roots,
                           err) ||
        !read_certificates(json_object_get(json, "intermediates"), what, directory_fd,
                           &signer->intermediates, err) ||
        !read_lists(json, what, directory_fd, arena, signer, err) ||
        !read_identity(json, what, arena, signer, err))
        return false;
    return signer->roots != NULL ||
           wb_error_set(err, WB_BAD_INPUT, "%s: no `roots` to judge the certificate by", what);
}

static bool read_keyless(const json_t *json, const char *what, struct wb_arena *arena,
                         struct wb_policy_signer *signer, struct wb_error *err)
{
    static const char *const members[] = {"identity", "identityRegexp", "issuer", "issuerRegexp",
                                          NULL};
    signer->kind = WB_POLICY_KEYLESS;
    if (!wb_envelope_only_members(json, what, members, err) ||
        !read_identity(json, what, arena, signer, err))
        return false;
    return signer->issuer != NULL || signer->issuer_regexp != NULL ||
           wb_error_set(err, WB_BAD_INPUT,
                        "%s: neither `issuer` nor `issuerRegexp` says who vouches for the identity",
                        what);
}

static bool read_signer(const json_t *json, const char *what, int directory_fd,
                        struct wb_arena *arena, struct wb_policy_signer *signer,
                        struct wb_error *err)
{
    static const char *const one_member[] = {"certificate", "keyless", NULL};
    const json_t *certificate = json_object_get(json, "certificate");
    const json_t *keyless = json_object_get(json, "keyless");
    if (json_object_get(json, "key") != NULL)
        return read_key(json, what, directory_fd, arena, signer, err);
    if (!wb_envelope_only_members(json, what, one_member, err))
        return false;
    if ((certificate == NULL) == (keyless == NULL))
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: it is one of `key`, `certificate` and `keyless`", what);
    return certificate != NULL
               ? read_certificate(certificate, what, directory_fd, arena, signer, err)
               : read_keyless(keyless, what, arena, signer, err);
}

bool wb_policy_read_signers(struct wb_policy *policy, int directory_fd, struct wb_error *err)
{
    json_t *signers = json_object_get(policy->json, "signers");
    size_t count = json_object_size(signers);
    const char *name;
    json_t *json;
    if (signers == NULL || count == 0 || count > WB_POLICY_ITEMS_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "policy: `signers` does not name anybody to believe");
    policy->signers = wb_arena_allocate(policy->arena, count * sizeof *policy->signers);
    json_object_foreach(signers, name, json)
    {
        struct wb_policy_signer *signer = &policy->signers[policy->signer_count++];
        const char *what = wb_arena_format(policy->arena, "signer %.100s", name);
        if (*name == '\0')
            return wb_error_set(err, WB_BAD_INPUT, "signers: one has no name");
        signer->name = wb_arena_copy(policy->arena, name);
        if (!read_signer(json, what, directory_fd, policy->arena, signer, err))
            return false;
    }
    return read_certificates(json_object_get(policy->json, "timestampAuthorities"),
                             "timestampAuthorities", directory_fd, &policy->timestamp_roots, err);
}
