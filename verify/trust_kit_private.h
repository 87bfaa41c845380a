/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust kit is made of:
 *
 *   trust_kit ──▶ trust_kit_read (one version) ; trust_kit_chain (who signed it, what it follows)
 *       └──────▶ trust_kit_policy, trust_kit_explain
 */
#ifndef WAYBILL_TRUST_KIT_PRIVATE_H
#define WAYBILL_TRUST_KIT_PRIVATE_H

#include "verify/policy_private.h"

#define WB_TRUST_KIT_VERSIONS_MAX 1000
#define WB_TRUST_KIT_KEYS_MAX 100
#define WB_TRUST_KIT_SIZE_MAX ((size_t)16 << 20)
#define WB_TRUST_KIT_ROLE "kit" /* signs the next version */
#define WB_TRUST_KIT_RELEASE                                                                       \
    "release" /* signs images and deliveries, where no policy says more                            \
               */

struct wb_trust_kit_key {
    const char *name;
    struct wb_key *key;
    const char *key_id; /* hex */
    const char *pem;
    const char **roles;
    size_t role_count;
    bool has_not_before, has_not_after;
    int64_t not_before, not_after;
};
bool wb_trust_kit_key_has_role(const struct wb_trust_kit_key *key, const char *role);

/* One version as it was read. */
struct wb_trust_kit_document {
    struct wb_trust_kit_version about;
    struct wb_trust_kit_key *keys;
    size_t key_count;
    struct wb_dsse_envelope *envelope;
    json_t *json; /* of the payload */
};

struct wb_trust_kit {
    struct wb_trust_kit_document *documents;
    struct wb_trust_kit_version *versions; /* the same, for those outside */
    size_t count, capacity;
    struct wb_arena *arena;
};

/* Reads one envelope; what is signed is read before anybody vouches for it, within bounds.
 * (trust_kit_read.c) */
bool wb_trust_kit_document_read(struct wb_bytes envelope, struct wb_arena *arena,
                                struct wb_trust_kit_document *document,
                                struct wb_error *err) WB_MUST_CHECK;
void wb_trust_kit_document_clear(struct wb_trust_kit_document *document);
/* Appends it, if it follows the last one, or begins the kit. (trust_kit_chain.c) */
bool wb_trust_kit_follow(struct wb_trust_kit *kit, struct wb_trust_kit_document *document,
                         struct wb_error *err) WB_MUST_CHECK;

#endif
