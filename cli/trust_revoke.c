/* SPDX-License-Identifier: Apache-2.0 */
/* What `waybill trust revoke` takes away: keys and certificates by file or fingerprint, numbers,
 * digests. */
#include "cli/signing.h"
#include "cli/trusting.h"

#include <string.h>

#define FILE_SIZE_MAX ((size_t)1 << 20)

static bool is_hex(const char *text, size_t size)
{
    return strlen(text) == size && strspn(text, "0123456789abcdef") == size;
}

static bool key_id_of(const char *path, char hex[WB_DIGEST_TEXT_SIZE], struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    struct wb_digest digest;
    if (!wb_read_argument(path, FILE_SIZE_MAX, &content, err))
        return false;
    WB_AUTO(wb_key) *key = wb_key_from_public(wb_buffer_bytes(&content), err);
    if (key == NULL || !wb_key_fingerprint(key, &digest, err))
        return wb_error_context(err, "%s", path);
    wb_hex_format(digest.bytes, 32, hex);
    return true;
}

static bool fingerprint_of(const char *path, char hex[WB_DIGEST_TEXT_SIZE], struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    WB_AUTO_VALUE(wb_buffer) der = {0};
    struct wb_digest digest;
    if (!wb_read_argument(path, FILE_SIZE_MAX, &content, err))
        return false;
    WB_AUTO(wb_certificates) *certificates = wb_certificates_read(wb_buffer_bytes(&content), err);
    if (certificates == NULL || !wb_certificate_der(certificates, 0, &der, err) ||
        !wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&der), &digest, err))
        return wb_error_context(err, "%s", path);
    wb_hex_format(digest.bytes, 32, hex);
    return true;
}

/* Either form becomes the fingerprint. */
static bool revoke_things(char *const *texts,
                          bool (*hex_of)(const char *path, char *hex, struct wb_error *err),
                          struct wb_trust_kit_revocation revocation,
                          struct wb_trust_kit_draft *draft, struct wb_error *err)
{
    for (size_t i = 0; i < wb_options_list_count(texts); i++) {
        char hex[WB_DIGEST_TEXT_SIZE];
        bool is_fingerprint = hex_of == NULL || is_hex(texts[i], 64);
        if (!is_fingerprint && !hex_of(texts[i], hex, err))
            return false;
        revocation.value = is_fingerprint ? texts[i] : hex;
        wb_trust_kit_draft_revoke(draft, &revocation);
    }
    return true;
}

bool wb_trust_revoke(const struct wb_trust_options *options, struct wb_trust_kit_draft *draft,
                     struct wb_error *err)
{
    struct wb_trust_kit_revocation revocation = {.list = "keys",
                                                 .member = "sha256",
                                                 .has_since = options->since != NULL,
                                                 .reason = options->reason};
    size_t count = wb_options_list_count(options->revoked_keys) +
                   wb_options_list_count(options->revoked_certificates) +
                   wb_options_list_count(options->revoked_serials) +
                   wb_options_list_count(options->revoked_digests);
    if (options->task == WB_TRUST_REVOKE && count == 0)
        return wb_error_set(err, WB_USAGE,
                            "what is revoked? --revoke-key, --revoke-certificate, --revoke-serial "
                            "or --revoke-digest says it");
    if (options->since != NULL && !wb_time_parse(options->since, &revocation.since))
        return wb_error_set(err, WB_USAGE, "--since %s: it is a time such as 2027-01-31T00:00:00Z",
                            options->since);
    if (!revoke_things(options->revoked_keys, key_id_of, revocation, draft, err))
        return false;
    revocation.list = "certificates";
    if (!revoke_things(options->revoked_certificates, fingerprint_of, revocation, draft, err))
        return false;
    revocation.member = "serial";
    if (!revoke_things(options->revoked_serials, NULL, revocation, draft, err))
        return false;
    revocation.list = "digests";
    revocation.member = "digest";
    revocation.has_since = false;
    return revoke_things(options->revoked_digests, NULL, revocation, draft, err);
}
