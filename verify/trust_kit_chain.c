/* SPDX-License-Identifier: Apache-2.0 */
/* Whether one version of a trust kit follows another: so many keys of the older one signed it, and
 * so many of its own (the rule of The Update Framework's root role). */
#include "verify/trust_kit_private.h"

#include <string.h>

/* The time is the signers' word; it is what the chain can go by, and never goes back. */
static bool is_in_time(const struct wb_trust_kit_key *key, int64_t issued)
{
    return (!key->has_not_before || issued >= key->not_before) &&
           (!key->has_not_after || issued <= key->not_after);
}

/* The hint says which key to try, so that many keys and signatures cost no more than one of each.
 */
static bool signed_by(const struct wb_trust_kit_key *key, const struct wb_dsse_envelope *envelope,
                      struct wb_bytes encoding)
{
    for (size_t i = 0; i < envelope->signature_count; i++) {
        const struct wb_dsse_signature *signature = &envelope->signatures[i];
        if (signature->key_id != NULL && strcmp(signature->key_id, key->key_id) == 0 &&
            wb_key_check(key->key, encoding, signature->signature, NULL))
            return true;
    }
    return false;
}

static size_t count_signers(const struct wb_trust_kit_document *signers,
                            const struct wb_trust_kit_document *document)
{
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    size_t count = 0;
    wb_dsse_pae(WB_TRUST_KIT_PAYLOAD_TYPE, document->envelope->payload, &encoding);
    for (size_t i = 0; i < signers->key_count; i++) {
        const struct wb_trust_kit_key *key = &signers->keys[i];
        count += wb_trust_kit_key_has_role(key, WB_TRUST_KIT_ROLE) &&
                 is_in_time(key, document->about.issued) &&
                 signed_by(key, document->envelope, wb_buffer_bytes(&encoding));
    }
    return count;
}

static bool check_own_signers(struct wb_trust_kit_document *document, struct wb_error *err)
{
    document->about.signatures = count_signers(document, document);
    return document->about.signatures >= document->about.threshold ||
           wb_error_set(err, WB_CHECK_FAILED,
                        "version %lld: signed by %zu of its own keys, and it wants %u",
                        (long long)document->about.number, document->about.signatures,
                        document->about.threshold);
}

static bool check_succession(const struct wb_trust_kit_document *last,
                             const struct wb_trust_kit_document *document, struct wb_error *err)
{
    const struct wb_trust_kit_version *before = &last->about, *next = &document->about;
    if (strcmp(before->name, next->name) != 0)
        return wb_error_set(err, WB_CHECK_FAILED, "it is the kit %.100s, not %.100s", next->name,
                            before->name);
    if (next->number != before->number + 1)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "version %lld cannot follow version %lld: those between are missing",
                            (long long)next->number, (long long)before->number);
    if (next->issued < before->issued)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "version %lld was issued before the one that it follows",
                            (long long)next->number);
    size_t count = count_signers(last, document);
    return count >= before->threshold ||
           wb_error_set(err, WB_CHECK_FAILED,
                        "version %lld: signed by %zu of the keys of version %lld, which wants %u",
                        (long long)next->number, count, (long long)before->number,
                        before->threshold);
}

bool wb_trust_kit_follow(struct wb_trust_kit *kit, struct wb_trust_kit_document *document,
                         struct wb_error *err)
{
    if (kit->count == WB_TRUST_KIT_VERSIONS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %d versions", WB_TRUST_KIT_VERSIONS_MAX);
    if (kit->count > 0 && !check_succession(&kit->documents[kit->count - 1], document, err))
        return false;
    if (!check_own_signers(document, err))
        return false;
    size_t capacity = kit->capacity;
    WB_APPEND(kit->documents, kit->count, kit->capacity, *document);
    if (kit->capacity != capacity)
        kit->versions = wb_reallocate_array(kit->versions, kit->capacity, sizeof *kit->versions);
    kit->versions[kit->count - 1] = document->about;
    *document = (struct wb_trust_kit_document){0};
    return true;
}
