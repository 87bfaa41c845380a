/* SPDX-License-Identifier: Apache-2.0 */
/* Transparency: whom a trusted root names, and what proves that a log holds an entry.
 *
 *   trusted_root   authorities, logs, and when each was to be believed
 *   log_entry      one of a bundle's tlogEntries: promise, proof ──▶ checkpoint, merkle
 *   log_body       what the log recorded is what the bundle says
 *   sct            the certificate itself was logged
 *   keyless        all of it together
 */
#ifndef WAYBILL_LOG_PRIVATE_H
#define WAYBILL_LOG_PRIVATE_H

#include "verify/verify_private.h"

#define WB_HASH_SIZE 32
/* A path through a tree of 2^64 leaves. */
#define WB_PROOF_HASHES_MAX 64

/* ---- trusted_root.c (protobuf-specs sigstore_trustroot.proto, in its JSON form) ---- */

/* Seconds since 1970, both ends inclusive; `end` is INT64_MAX where it is open. */
struct wb_validity {
    int64_t start, end;
};
bool wb_validity_covers(const struct wb_validity *validity, int64_t time);

struct wb_log {
    const char *name;        /* baseUrl; for messages */
    struct wb_bytes id;      /* logId.keyId */
    struct wb_bytes note_id; /* what its checkpoints name it by: checkpointKeyId, else `id` */
    struct wb_key *key;      /* NULL: of a kind that we cannot check with */
    struct wb_validity validity;
};

/* A certificate or timestamp authority. */
struct wb_authority {
    const char *name;
    struct wb_certificates *roots;  /* the last certificate of its chain */
    struct wb_certificates *others; /* those before it, first one first; NULL when there are none */
    struct wb_validity validity;
};

struct wb_trusted_root {
    struct wb_log *logs, *certificate_logs;
    size_t log_count, certificate_log_count;
    struct wb_authority *certificate_authorities, *timestamp_authorities;
    size_t certificate_authority_count, timestamp_authority_count;
    struct wb_arena *arena;
};
/* NULL when none has that id. */
const struct wb_log *wb_log_find(const struct wb_log *logs, size_t count, struct wb_bytes id);

/* ---- merkle.c (RFC 9162 §2.1) ---- */

/* Whether the tree of `size` leaves with that root holds `leaf` at `index`. */
bool wb_merkle_proves(struct wb_bytes leaf, uint64_t index, uint64_t size,
                      const uint8_t (*path)[WB_HASH_SIZE], size_t path_size,
                      const uint8_t root[WB_HASH_SIZE], struct wb_error *err) WB_MUST_CHECK;

/* ---- checkpoint.c (C2SP signed-note, tlog-checkpoint) ---- */

struct wb_checkpoint_signature {
    const char *name;
    uint8_t hint[4];
    struct wb_bytes signature;
};

struct wb_checkpoint {
    const char *origin;
    uint64_t tree_size;
    uint8_t root[WB_HASH_SIZE];
    struct wb_bytes text; /* what is signed */
    struct wb_checkpoint_signature *signatures;
    size_t signature_count;
};
/* Strings in `arena`. */
bool wb_checkpoint_read(const char *note, struct wb_arena *arena, struct wb_checkpoint *checkpoint,
                        struct wb_error *err) WB_MUST_CHECK;
/* Whether the log signed it. Signatures of others (witnesses) neither help nor harm. */
bool wb_checkpoint_check(const struct wb_checkpoint *checkpoint, const struct wb_log *log,
                         struct wb_error *err) WB_MUST_CHECK;

/* ---- log_entry.c (protobuf-specs sigstore_rekor.proto) ---- */

struct wb_log_entry {
    const char *kind, *version;
    struct wb_bytes log_id;
    struct wb_bytes body;
    int64_t log_index;
    int64_t integrated_time; /* to be believed only under a promise that holds */
    struct wb_bytes promise; /* signed entry timestamp; empty without one */
    bool has_proof;
    uint64_t proof_index, tree_size;
    uint8_t root[WB_HASH_SIZE];
    uint8_t (*path)[WB_HASH_SIZE];
    size_t path_size;
    const char *checkpoint;
};
/* Reads one item of tlogEntries; strings in `arena`. */
bool wb_log_entry_read(const json_t *json, struct wb_arena *arena, struct wb_log_entry *entry,
                       struct wb_error *err) WB_MUST_CHECK;
/* Whether the promise holds: then the log vouches for integrated_time. */
bool wb_log_entry_check_promise(const struct wb_log_entry *entry, const struct wb_log *log,
                                struct wb_error *err) WB_MUST_CHECK;
/* Whether the proof leads to a checkpoint that the log signed. */
bool wb_log_entry_check_proof(const struct wb_log_entry *entry, const struct wb_log *log,
                              struct wb_arena *arena, struct wb_error *err) WB_MUST_CHECK;

/* ---- log_body.c (Rekor's types, v1 and v2) ---- */

/* Whether the entry is about this signature: its bytes, what it is over, and the certificate (of
 * `thing`) or, without one, the key that it was made with. */
bool wb_log_body_check(const struct wb_log_entry *entry, const struct wb_signed_thing *thing,
                       const struct wb_key *key, struct wb_error *err) WB_MUST_CHECK;

/* ---- sct.c (RFC 6962 §3.2, §3.3) ---- */

/* Whether a log of the trusted root promised to log the leaf; `authority` issued it. */
bool wb_sct_check(const struct wb_certificates *certificates, const struct wb_authority *authority,
                  const struct wb_trusted_root *root, struct wb_error *err) WB_MUST_CHECK;

#endif
