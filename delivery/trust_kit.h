/* SPDX-License-Identifier: Apache-2.0 */
/* Writing trust kits (verify/verify.h reads them): a draft of the next version, its signatures. */
#ifndef WAYBILL_DELIVERY_TRUST_KIT_H
#define WAYBILL_DELIVERY_TRUST_KIT_H

#include "sign/sign.h"

/* ---- what the next version says (trust_kit_write.c, trust_kit_write_policy.c)
 * ------------------------ */

struct wb_trust_kit_draft;
/* Version 1. Times in seconds since 1970. */
struct wb_trust_kit_draft *wb_trust_kit_draft_new(const char *name, int64_t issued,
                                                  int64_t expires);
/* The version after the one of that payload, which the caller has checked, with all that it says.
 */
struct wb_trust_kit_draft *wb_trust_kit_draft_after(struct wb_bytes payload, int64_t issued,
                                                    int64_t expires, struct wb_error *err);
void wb_trust_kit_draft_free(struct wb_trust_kit_draft *draft);
WB_AUTO_DECLARE(wb_trust_kit_draft)

struct wb_trust_kit_new_key {
    const char *name;
    const struct wb_key *key; /* its public half is taken */
    const char *const *roles;
    size_t role_count;
    bool has_not_before, has_not_after;
    int64_t not_before, not_after;
};
/* A key of that name that is there already is an error. */
bool wb_trust_kit_draft_add_key(struct wb_trust_kit_draft *draft,
                                const struct wb_trust_kit_new_key *key,
                                struct wb_error *err) WB_MUST_CHECK;
/* How many keys of the role `kit` must sign the version after it. */
void wb_trust_kit_draft_set_threshold(struct wb_trust_kit_draft *draft, unsigned threshold);
/* In place of those of that name. PEM. */
bool wb_trust_kit_draft_set_certificates(struct wb_trust_kit_draft *draft, const char *name,
                                         struct wb_bytes pem, struct wb_error *err) WB_MUST_CHECK;
/* Takes a key or certificates away. */
bool wb_trust_kit_draft_remove(struct wb_trust_kit_draft *draft, const char *name,
                               struct wb_error *err) WB_MUST_CHECK;
/* In place of all lists. PEM. */
bool wb_trust_kit_draft_set_lists(struct wb_trust_kit_draft *draft, const struct wb_bytes *lists,
                                  size_t count, struct wb_error *err) WB_MUST_CHECK;
bool wb_trust_kit_draft_set_trusted_root(struct wb_trust_kit_draft *draft, struct wb_bytes json,
                                         struct wb_error *err) WB_MUST_CHECK;
/* Names in it that are those of the kit's keys and certificates stay; files that it names, relative
 * to `directory_fd`, become their content. */
bool wb_trust_kit_draft_set_policy(struct wb_trust_kit_draft *draft, struct wb_bytes json,
                                   int directory_fd, struct wb_error *err) WB_MUST_CHECK;

struct wb_trust_kit_revocation {
    const char *list;   /* "keys", "certificates" or "digests" */
    const char *member; /* "sha256", "serial" or "digest" */
    const char *value;
    bool has_since;
    int64_t since;
    const char *reason; /* NULL */
};
/* A key that is revoked does not sign the next version any more. */
void wb_trust_kit_draft_revoke(struct wb_trust_kit_draft *draft,
                               const struct wb_trust_kit_revocation *revocation);
/* Appends it in its one spelling: members sorted, no white space. */
bool wb_trust_kit_draft_write(const struct wb_trust_kit_draft *draft, struct wb_buffer *payload,
                              struct wb_error *err) WB_MUST_CHECK;

/* ---- signatures (trust_kit_sign.c)
 * ------------------------------------------------------------------- */

/* Appends the envelope of the payload, with the signatures that `envelope` has already (empty:
 * none) and those of the keys. */
bool wb_trust_kit_sign(struct wb_bytes payload, const struct wb_dsse_envelope *envelope,
                       struct wb_key *const *keys, size_t count, struct wb_buffer *json,
                       struct wb_error *err) WB_MUST_CHECK;
/* Whether the payload says that the key may sign the version after it. */
bool wb_trust_kit_may_sign(struct wb_bytes payload, const struct wb_key *key);
/* Appends one file of several versions, oldest first. */
void wb_trust_kit_join(const struct wb_bytes *envelopes, size_t count, struct wb_buffer *json);

#endif
