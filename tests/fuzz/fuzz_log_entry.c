/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of transparency logs: one as a bundle carries it, or cosign's annotation of one; then its
 * body against a signature that is nowhere recorded. */
#include "verify/log_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SubjectPublicKeyInfo of the Ed25519 key of RFC 8032 §7.1, test 1. */
static const uint8_t spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
                               0x00, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b,
                               0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda,
                               0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static void check_body(const struct wb_log_entry *entry, const struct wb_key *key)
{
    static const uint8_t text[] = "sig";
    struct wb_error err = WB_ERROR_INIT;
    struct wb_dsse_envelope envelope = {.payload_type = WB_IN_TOTO_PAYLOAD_TYPE,
                                        .payload = {text, 3}};
    struct wb_signed_thing thing = {
        .message = {text, 3}, .signature = {text, 3}, .envelope_bytes = {text, 3}};
    bool about_it = wb_log_body_check(entry, &thing, key, &err);
    thing.envelope = &envelope;
    about_it = wb_log_body_check(entry, &thing, key, &err) || about_it;
}

static void check_entry(const json_t *json, struct wb_arena *arena)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_log_entry entry;
    if (!wb_log_entry_read(json, arena, &entry, &err))
        return;
    if (entry.log_index < 0 || entry.integrated_time < 0 || entry.path_size > WB_PROOF_HASHES_MAX ||
        (entry.has_proof && entry.checkpoint == NULL))
        abort();
    WB_AUTO(wb_key) *key = wb_key_from_public((struct wb_bytes){spki, sizeof spki}, &err);
    const struct wb_log log = {.name = "log",
                               .id = entry.log_id,
                               .note_id = entry.log_id,
                               .key = key,
                               .validity = {0, INT64_MAX}};
    if (entry.promise.size > 0 && wb_log_entry_check_promise(&entry, &log, &err))
        abort();
    bool proved = entry.has_proof && wb_log_entry_check_proof(&entry, &log, arena, &err);
    (void)proved;
    proved = wb_merkle_proves(entry.body, entry.proof_index, entry.tree_size,
                              (const uint8_t(*)[WB_HASH_SIZE])entry.path, entry.path_size,
                              entry.root, &err);
    check_body(&entry, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_JSON json = wb_json_parse((struct wb_bytes){data, size}, &err);
    check_entry(json, arena);
    WB_AUTO_JSON entries = wb_rekor_bundle_entries(wb_arena_copy_bytes(arena, data, size), &err);
    check_entry(json_array_get(entries, 0), arena);
    return 0;
}
