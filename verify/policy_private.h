/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy is made of, and what judging by it shares:
 *
 *   policy_read ──▶ policy_read_signers, policy_read_rules, policy_read_revoked ──▶ policy_json
 *   policy_image, policy_inventory ──▶ policy_signers ──▶ policy_revoked, policy_condition
 */
#ifndef WAYBILL_POLICY_PRIVATE_H
#define WAYBILL_POLICY_PRIVATE_H

#include "base/glob.h"
#include "verify/verify_private.h"

#define WB_POLICY_ITEMS_MAX 1000
#define WB_POLICY_TEXT_MAX 1024
#define WB_POLICY_SIGNERS_MAX 64

/* ---- what it says ---- */

enum wb_policy_signer_kind {
    WB_POLICY_KEY,
    WB_POLICY_CERTIFICATE, /* of a private PKI */
    WB_POLICY_KEYLESS,     /* judged by a trusted root */
    WB_POLICY_DEMANDS,     /* whoever the demands accept */
};

struct wb_policy_signer {
    const char *name;
    enum wb_policy_signer_kind kind;
    struct wb_key *key;
    const char *key_id;                 /* hex, as wb_proof.key_id */
    bool has_not_before, has_not_after; /* of a key */
    int64_t not_before, not_after;      /* both ends inclusive */
    struct wb_certificates *roots;
    struct wb_certificates *intermediates;
    struct wb_bytes *crls;
    size_t crl_count;
    const char *identity, *identity_regexp;
    const char *issuer, *issuer_regexp;
    const struct wb_verify_demands *demands;
};

/* `threshold` different ones of these. */
struct wb_policy_signers {
    const struct wb_policy_signer **items;
    size_t count;
    unsigned threshold; /* 0: nobody is asked for */
};

enum wb_policy_operator {
    WB_POLICY_EQUALS,
    WB_POLICY_ONE_OF,
    WB_POLICY_MINIMUM,
    WB_POLICY_MAXIMUM,
    WB_POLICY_CONTAINS,
    WB_POLICY_NOT_OLDER_THAN,
};
#define WB_POLICY_OPERATORS 6
extern const char *const wb_policy_operator_names[WB_POLICY_OPERATORS];

/* What must be at one place of a statement: every test that is there. */
struct wb_policy_condition {
    const char *pointer;
    const json_t *tests[WB_POLICY_OPERATORS]; /* the policy's own JSON; NULL: no such test */
    int64_t age;                              /* of WB_POLICY_NOT_OLDER_THAN, in seconds */
};

struct wb_policy_attestation {
    const char *type; /* as the policy names it */
    const char *predicate_type;
    struct wb_policy_signers signers;
    struct wb_policy_condition *conditions;
    size_t condition_count;
};

struct wb_policy_rule {
    const char *name; /* never NULL */
    const char **patterns;
    size_t pattern_count;
    struct wb_digest *digests;
    size_t digest_count;
    struct wb_policy_signers signatures;
    struct wb_statement_pair *annotations;
    size_t annotation_count;
    struct wb_policy_attestation *attestations;
    size_t attestation_count;
    const char *unsigned_reason; /* NULL: it must be signed */
    bool trust_name;             /* a name that nobody signed is enough for that */
};

struct wb_policy_delivery {
    bool wanted;      /* one without an inventory is refused */
    const char *name; /* what it must be called; NULL: anything */
    struct wb_policy_signers signers;
    bool has_issued_after;
    int64_t issued_after;
    int64_t max_age; /* seconds; 0: any */
    bool expiry_required, sequence_required;
    int64_t minimum_sequence;
    int64_t expiry_warning; /* seconds; 0: none */
};

/* One thing that is not to be believed any more. */
struct wb_policy_revoked {
    enum { WB_REVOKED_KEY, WB_REVOKED_CERTIFICATE, WB_REVOKED_SERIAL, WB_REVOKED_DIGEST } kind;
    const char *value;       /* hex; of a digest `sha256:...` */
    struct wb_digest digest; /* of WB_REVOKED_DIGEST */
    bool has_since;          /* what was provably signed before still holds */
    int64_t since;
    const char *reason; /* NULL */
};

/* The trust kit that a policy came from, or that was applied to it. */
struct wb_policy_kit {
    const char *name; /* NULL: none */
    int64_t number, issued, expires;
};

struct wb_policy {
    const char *name; /* NULL */
    bool has_expiry;
    int64_t expires;
    struct wb_policy_signer *signers;
    size_t signer_count;
    struct wb_policy_delivery delivery;
    struct wb_policy_rule *rules;
    size_t rule_count;
    struct wb_policy_revoked *revoked;
    size_t revoked_count, revoked_capacity;
    int64_t kit_warning_age, kit_max_age; /* of a trust kit, seconds; 0: any */
    struct wb_policy_kit kit;
    struct wb_certificates *timestamp_roots;
    struct wb_trusted_root *own_root;
    const struct wb_trusted_root *trusted_root; /* its own, or the one it was given */
    json_t *json;
    struct wb_arena *arena;
};

/* ---- policy.c ---- */

struct wb_policy *wb_policy_new(void);
/* The signers as demands with alternatives, `items` of which there is one per signer. Lives in
 * `arena`; the policy must outlive it. */
struct wb_verify_demands *wb_policy_demands(const struct wb_policy *policy,
                                            const struct wb_policy_signers *signers, int64_t now,
                                            struct wb_arena *arena);

/* ---- policy_json.c: members that may be absent; `what` says where, for messages ---- */

bool wb_policy_text(const json_t *object, const char *what, const char *name,
                    struct wb_arena *arena, const char **text, struct wb_error *err) WB_MUST_CHECK;
bool wb_policy_time(const json_t *object, const char *what, const char *name, bool *found,
                    int64_t *time, struct wb_error *err) WB_MUST_CHECK;
/* "90s", "15m", "36h", "30d", "2w" as seconds; 0 when absent. */
bool wb_policy_duration(const json_t *object, const char *what, const char *name, int64_t *seconds,
                        struct wb_error *err) WB_MUST_CHECK;
bool wb_policy_boolean(const json_t *object, const char *what, const char *name, bool *value,
                       struct wb_error *err) WB_MUST_CHECK;
/* An integer of at least `minimum`; `value` stays as it is when absent. */
bool wb_policy_integer(const json_t *object, const char *what, const char *name, int64_t minimum,
                       int64_t *value, struct wb_error *err) WB_MUST_CHECK;
/* An array of at most WB_POLICY_ITEMS_MAX; NULL when absent. One that is there is not empty. */
bool wb_policy_list(const json_t *object, const char *what, const char *name, const json_t **list,
                    struct wb_error *err) WB_MUST_CHECK;

/* ---- reading ---- */

/* `signers` of the policy and `timestampAuthorities`. (policy_read_signers.c) */
bool wb_policy_read_signers(struct wb_policy *policy, int directory_fd,
                            struct wb_error *err) WB_MUST_CHECK;
/* `signers` and `threshold` of a part of it; `fallback` may be NULL: where there are none, they are
 * an error. (policy_read_signer_list.c) */
bool wb_policy_read_signer_list(struct wb_policy *policy, const json_t *json, const char *what,
                                const struct wb_policy_signers *fallback,
                                struct wb_policy_signers *signers,
                                struct wb_error *err) WB_MUST_CHECK;
/* The content of a PEM text or a file that `text` names. */
bool wb_policy_material(const char *text, const char *what, size_t limit, int directory_fd,
                        struct wb_buffer *content, struct wb_error *err) WB_MUST_CHECK;
/* (policy_read_rules.c) */
bool wb_policy_read_rules(struct wb_policy *policy, struct wb_error *err) WB_MUST_CHECK;
/* (policy_read_conditions.c) */
bool wb_policy_read_attestations(struct wb_policy *policy, const json_t *json, const char *what,
                                 struct wb_policy_rule *rule, struct wb_error *err) WB_MUST_CHECK;
/* `revoked` of a policy or of a trust kit. (policy_read_revoked.c) */
bool wb_policy_read_revoked(struct wb_policy *policy, const json_t *json,
                            struct wb_error *err) WB_MUST_CHECK;
/* Nothing that it believes may be revoked in it. */
bool wb_policy_check_consistent(const struct wb_policy *policy, struct wb_error *err) WB_MUST_CHECK;

/* ---- names (policy_glob.c) ---- */

/* Whether it is about an image of that name: the whole of it, or without its tag and digest. */
bool wb_glob_matches_name(const char *pattern, const char *name);
/* The first rule that is about the image; NULL: none. *by_digest: not by its name. */
const struct wb_policy_rule *wb_policy_find_rule(const struct wb_policy *policy, const char *name,
                                                 const struct wb_digest *digest, bool *by_digest);

/* ---- judging ---- */

/* What looking for signatures came to. */
struct wb_policy_tally {
    unsigned signers;         /* different ones that count */
    size_t candidates;        /* that are what was asked for, or cannot be read */
    size_t revoked;           /* held, by what was revoked */
    size_t outside_validity;  /* held, by a key that was not to be used then */
    size_t conditions_failed; /* held, and did not say what they must */
    const char *reason;       /* the refusal that tells most; NULL */
};
/* Takes out of the report, from the given proofs and refusals on, what does not count, and counts
 * what does. (policy_signers.c) */
struct wb_policy_judging {
    const struct wb_policy *policy;
    const struct wb_policy_signers *signers;
    const struct wb_verify_demands *demands;         /* of the signers */
    const struct wb_policy_attestation *attestation; /* NULL: signatures */
    const char *predicate_type;                      /* of the candidates that are asked for */
    int64_t now;
    size_t first_proof, first_refusal;
};
void wb_policy_judge(const struct wb_policy_judging *judging, struct wb_verify_report *report,
                     struct wb_policy_tally *tally);
/* The codes to use, which differ by what is looked at. */
struct wb_policy_codes {
    const char *what; /* "signature of the image" */
    const char *missing, *refused;
};
/* Whether the tally is enough; adds the outcome if it is not. */
bool wb_policy_conclude(const struct wb_policy_signers *signers,
                        const struct wb_policy_tally *tally, const struct wb_policy_codes *codes,
                        const char *object, struct wb_outcomes *outcomes);

/* The entry that takes the proof's key or certificates away; NULL: none. (policy_revoked.c) */
const struct wb_policy_revoked *wb_policy_revokes(const struct wb_policy *policy,
                                                  const struct wb_proof *proof);
const struct wb_policy_revoked *wb_policy_revokes_digest(const struct wb_policy *policy,
                                                         const struct wb_digest *digest);
/* Adds outcomes for the image and all below it that is revoked. (policy_revoked.c) */
void wb_policy_check_revoked_below(const struct wb_policy *policy, struct wb_layout *layout,
                                   const struct wb_digest *digest, const char *object,
                                   struct wb_outcomes *outcomes);

/* Whether all hold of a statement. (policy_condition.c) */
bool wb_policy_check_conditions(const struct wb_policy_attestation *attestation,
                                struct wb_bytes statement, int64_t now,
                                struct wb_error *err) WB_MUST_CHECK;

/* Whether the delivery is older than what was accepted before. (policy_state.c) */
void wb_policy_state_check(const struct wb_policy_state *state,
                           const struct wb_inventory *inventory, int64_t now,
                           struct wb_outcomes *outcomes);

/* Adds an outcome that is not among them yet, as what is said of the policy itself would be for
 * each image. (policy_inventory.c) */
void wb_policy_check_itself(const struct wb_policy *policy, int64_t now,
                            struct wb_outcomes *outcomes);
/* "3 days", "12 hours": for people. (policy_explain.c) */
char *wb_policy_duration_text(int64_t seconds, char text[32]);

#endif
