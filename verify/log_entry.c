/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of transparency logs as bundles carry them, and what proves that the log has them: a
 * promise (Rekor v1's signed entry timestamp) or a proof of inclusion. */
#include "verify/log_private.h"

#include "sign/envelope_json.h"

#include <inttypes.h>
#include <string.h>

/* ---- reading ---- */

/* Protobuf's JSON means by null that a member is not there. */
static const json_t *member_of(const json_t *json, const char *name)
{
    const json_t *member = json_object_get(json, name);
    return json_is_null(member) ? NULL : member;
}

/* 64-bit integers are strings in protobuf's JSON, and left out when zero; none here is negative. */
static bool read_integer(const json_t *json, const char *name, int64_t *value, struct wb_error *err)
{
    const json_t *member = member_of(json, name);
    *value = 0;
    bool good = member == NULL;
    if (json_is_integer(member)) {
        *value = json_integer_value(member);
        good = *value >= 0;
    } else if (json_is_string(member)) {
        const char *at = json_string_value(member);
        good = *at != '\0';
        for (; *at != '\0' && good; at++)
            good = *at >= '0' && *at <= '9' && !__builtin_mul_overflow(*value, 10, value) &&
                   !__builtin_add_overflow(*value, *at - '0', value);
    }
    return good ||
           wb_error_set(err, WB_BAD_INPUT, "`%s` is not a number that is not negative", name);
}

static bool read_hash(const json_t *json, uint8_t hash[WB_HASH_SIZE], struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (!json_is_string(json) ||
        !wb_base64_decode(json_string_value(json), json_string_length(json), &bytes) ||
        bytes.size != WB_HASH_SIZE)
        return wb_error_set(err, WB_BAD_INPUT, "a hash is not base64 of %d bytes", WB_HASH_SIZE);
    memcpy(hash, bytes.data, WB_HASH_SIZE);
    return true;
}

static bool read_path(const json_t *list, struct wb_arena *arena, struct wb_log_entry *entry,
                      struct wb_error *err)
{
    size_t count = json_array_size(list);
    if ((list != NULL && !json_is_array(list)) || count > WB_PROOF_HASHES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "`hashes` is not an array of at most %d",
                            WB_PROOF_HASHES_MAX);
    entry->path = wb_arena_allocate(arena, (count + 1) * sizeof *entry->path);
    for (; entry->path_size < count; entry->path_size++)
        if (!read_hash(json_array_get(list, entry->path_size), entry->path[entry->path_size], err))
            return false;
    return true;
}

static bool read_proof(const json_t *json, struct wb_arena *arena, struct wb_log_entry *entry,
                       struct wb_error *err)
{
    static const char *const members[] = {"logIndex", "rootHash",   "treeSize",
                                          "hashes",   "checkpoint", NULL};
    static const char *const checkpoint_members[] = {"envelope", NULL};
    int64_t index, size;
    entry->has_proof = json != NULL;
    if (json == NULL)
        return true;
    if (!wb_envelope_only_members(json, "inclusionProof", members, err) ||
        !read_integer(json, "logIndex", &index, err) ||
        !read_integer(json, "treeSize", &size, err) ||
        !read_hash(json_object_get(json, "rootHash"), entry->root, err) ||
        !read_path(member_of(json, "hashes"), arena, entry, err))
        return wb_error_context(err, "inclusionProof");
    entry->proof_index = (uint64_t)index;
    entry->tree_size = (uint64_t)size;
    /* Without a checkpoint the root hash is only a claim. */
    const json_t *checkpoint = member_of(json, "checkpoint");
    if (checkpoint == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "inclusionProof: no checkpoint");
    return wb_envelope_only_members(checkpoint, "checkpoint", checkpoint_members, err) &&
           wb_envelope_text(checkpoint, "checkpoint", "envelope", false, arena, &entry->checkpoint,
                            err);
}

static bool read_promise(const json_t *json, struct wb_arena *arena, struct wb_log_entry *entry,
                         struct wb_error *err)
{
    static const char *const members[] = {"signedEntryTimestamp", NULL};
    return json == NULL || (wb_envelope_only_members(json, "inclusionPromise", members, err) &&
                            wb_envelope_bytes(json, "inclusionPromise", "signedEntryTimestamp",
                                              arena, &entry->promise, err));
}

static bool read_names(const json_t *json, struct wb_arena *arena, struct wb_log_entry *entry,
                       struct wb_error *err)
{
    static const char *const id_members[] = {"keyId", NULL};
    static const char *const kind_members[] = {"kind", "version", NULL};
    const json_t *id = json_object_get(json, "logId");
    const json_t *kind = json_object_get(json, "kindVersion");
    return wb_envelope_only_members(id, "logId", id_members, err) &&
           wb_envelope_bytes(id, "logId", "keyId", arena, &entry->log_id, err) &&
           wb_envelope_only_members(kind, "kindVersion", kind_members, err) &&
           wb_envelope_text(kind, "kindVersion", "kind", false, arena, &entry->kind, err) &&
           wb_envelope_text(kind, "kindVersion", "version", false, arena, &entry->version, err);
}

bool wb_log_entry_read(const json_t *json, struct wb_arena *arena, struct wb_log_entry *entry,
                       struct wb_error *err)
{
    static const char *const members[] = {
        "logIndex",         "logId",          "kindVersion",       "integratedTime",
        "inclusionPromise", "inclusionProof", "canonicalizedBody", NULL};
    *entry = (struct wb_log_entry){0};
    bool good = wb_envelope_only_members(json, "entry", members, err) &&
                read_integer(json, "logIndex", &entry->log_index, err) &&
                read_integer(json, "integratedTime", &entry->integrated_time, err) &&
                read_names(json, arena, entry, err) &&
                wb_envelope_bytes(json, "entry", "canonicalizedBody", arena, &entry->body, err) &&
                read_promise(member_of(json, "inclusionPromise"), arena, entry, err) &&
                read_proof(member_of(json, "inclusionProof"), arena, entry, err);
    return good || wb_error_context(err, "log entry");
}

/* ---- checking ---- */

static bool has_key(const struct wb_log *log, struct wb_error *err)
{
    return log->key != NULL ||
           wb_error_set(err, WB_BAD_INPUT, "the log %.100s has a key of a kind that is not known",
                        log->name);
}

/* What Rekor signs: these four members as canonical JSON (RFC 8785). */
bool wb_log_entry_check_promise(const struct wb_log_entry *entry, const struct wb_log *log,
                                struct wb_error *err)
{
    if (!has_key(log, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_text(&text, "{\"body\":\"");
    wb_base64_encode(entry->body, &text);
    wb_buffer_append_format(&text, "\",\"integratedTime\":%" PRId64 ",\"logID\":\"",
                            entry->integrated_time);
    for (size_t i = 0; i < entry->log_id.size; i++)
        wb_buffer_append_format(&text, "%02x", entry->log_id.data[i]);
    wb_buffer_append_format(&text, "\",\"logIndex\":%" PRId64 "}", entry->log_index);
    if (!wb_key_check(log->key, wb_buffer_bytes(&text), entry->promise, err))
        return wb_error_context(err, "signed entry timestamp of %.100s", log->name);
    return wb_validity_covers(&log->validity, entry->integrated_time) ||
           wb_error_set(err, WB_CHECK_FAILED,
                        "the entry is of a time at which the log %.100s is not trusted", log->name);
}

bool wb_log_entry_check_proof(const struct wb_log_entry *entry, const struct wb_log *log,
                              struct wb_arena *arena, struct wb_error *err)
{
    struct wb_checkpoint checkpoint;
    if (!has_key(log, err) || !wb_checkpoint_read(entry->checkpoint, arena, &checkpoint, err) ||
        !wb_checkpoint_check(&checkpoint, log, err))
        return false;
    if (checkpoint.tree_size != entry->tree_size ||
        memcmp(checkpoint.root, entry->root, WB_HASH_SIZE) != 0)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "inclusion proof: its checkpoint is of another tree");
    return wb_merkle_proves(entry->body, entry->proof_index, entry->tree_size,
                            (const uint8_t(*)[WB_HASH_SIZE])entry->path, entry->path_size,
                            entry->root, err);
}
