/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures judged by a trusted root, offline (sigstore's client specification): when it was made,
 * whose certificate was valid then, and that the logs have both the certificate and the signature.
 *
 * All that is offered must hold. A false timestamp or log entry beside a true one is refused, too:
 * nobody honest makes such bundles. */
#include "verify/log_private.h"

#include <string.h>

#define ENTRIES_MAX 32
#define TIMES_MAX 64

struct evidence {
    const struct wb_signed_thing *thing;
    const struct wb_trusted_root *root;
    const struct wb_key *key;
    struct wb_arena *arena;
    struct wb_log_entry entries[ENTRIES_MAX];
    const struct wb_log *logs[ENTRIES_MAX]; /* of each entry */
    size_t entry_count;
    int64_t times[TIMES_MAX]; /* at which somebody trusted saw the signature */
    size_t time_count;
};

static bool add_time(struct evidence *evidence, int64_t time, struct wb_error *err)
{
    if (evidence->time_count == TIMES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %d timestamps", TIMES_MAX);
    evidence->times[evidence->time_count++] = time;
    return true;
}

/* ---- log entries ---- */

/* Bundles v0.1, and what is older than bundles, live by the log's promise; later ones by proof. */
static bool check_version(const struct evidence *evidence, const struct wb_log_entry *entry,
                          struct wb_error *err)
{
    bool wants_promise = evidence->thing->bundle_version <= 1;
    if (wants_promise && entry->promise.size == 0)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "the log entry has no inclusion promise, which v0.1 demands");
    return wants_promise || entry->has_proof ||
           wb_error_set(err, WB_CHECK_FAILED,
                        "the log entry has no inclusion proof, which v0.2 and later demand");
}

static bool read_entry(struct evidence *evidence, const json_t *json, struct wb_error *err)
{
    struct wb_log_entry *entry = &evidence->entries[evidence->entry_count];
    if (!wb_log_entry_read(json, evidence->arena, entry, err))
        return false;
    const struct wb_log *log =
        wb_log_find(evidence->root->logs, evidence->root->log_count, entry->log_id);
    evidence->logs[evidence->entry_count++] = log;
    if (log == NULL)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "it is recorded in a log that the trusted root does not name");
    if (!check_version(evidence, entry, err))
        return false;
    /* The time is the log's word only under its signature. */
    return entry->promise.size == 0 || (wb_log_entry_check_promise(entry, log, err) &&
                                        add_time(evidence, entry->integrated_time, err));
}

static bool read_entries(struct evidence *evidence, struct wb_error *err)
{
    size_t count = json_array_size(evidence->thing->log_entries);
    if (count > ENTRIES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %d log entries", ENTRIES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!read_entry(evidence, json_array_get(evidence->thing->log_entries, i), err))
            return false;
    return true;
}

static bool check_entry(const struct evidence *evidence, size_t index, struct wb_error *err)
{
    const struct wb_log_entry *entry = &evidence->entries[index];
    const struct wb_log *log = evidence->logs[index];
    /* With a promise, its own time was checked; without one, any time there is must fit. */
    for (size_t i = 0; i < evidence->time_count && entry->promise.size == 0; i++)
        if (!wb_validity_covers(&log->validity, evidence->times[i]))
            return wb_error_set(err, WB_CHECK_FAILED,
                                "it was signed at a time at which the log %.100s is not trusted",
                                log->name);
    if (entry->has_proof && !wb_log_entry_check_proof(entry, log, evidence->arena, err))
        return false;
    return wb_log_body_check(entry, evidence->thing, evidence->key, err);
}

static bool check_entries(const struct evidence *evidence, struct wb_error *err)
{
    for (size_t i = 0; i < evidence->entry_count; i++)
        if (!check_entry(evidence, i, err))
            return false;
    return true;
}

/* ---- timestamps ---- */

static bool check_timestamp(struct evidence *evidence, struct wb_bytes response,
                            struct wb_error *err)
{
    const struct wb_trusted_root *root = evidence->root;
    for (size_t i = 0; i < root->timestamp_authority_count; i++) {
        const struct wb_authority *authority = &root->timestamp_authorities[i];
        const struct wb_timestamp_trust trust = {authority->roots, authority->others};
        int64_t time;
        if (!wb_check_timestamp(response, evidence->thing->timestamped, &trust, &time, err)) {
            if (err->status == WB_SYSTEM)
                return false;
        } else if (wb_validity_covers(&authority->validity, time)) {
            return add_time(evidence, time, err);
        } else {
            wb_error_set(err, WB_CHECK_FAILED,
                         "timestamp: its time is one at which the authority %.100s is not trusted",
                         authority->name);
        }
    }
    return false;
}

/* A trusted root without timestamp authorities cannot judge timestamps: they are no evidence. */
static bool read_timestamps(struct evidence *evidence, struct wb_error *err)
{
    if (evidence->root->timestamp_authority_count == 0)
        return true;
    for (size_t i = 0; i < evidence->thing->timestamp_count; i++)
        if (!check_timestamp(evidence, evidence->thing->timestamps[i], err))
            return false;
    return true;
}

/* ---- certificate ---- */

static bool check_authority_at(const struct evidence *evidence, int64_t time, struct wb_error *err)
{
    const struct wb_trusted_root *root = evidence->root;
    wb_error_set(err, WB_CHECK_FAILED,
                 "the trusted root names no certificate authority for the time of signing");
    for (size_t i = 0; i < root->certificate_authority_count; i++) {
        const struct wb_authority *authority = &root->certificate_authorities[i];
        const struct wb_certificate_trust trust = {
            .roots = authority->roots,
            .intermediates = authority->others,
            .time = time,
            .purpose = WB_PURPOSE_CODE_SIGNING,
        };
        if (!wb_validity_covers(&authority->validity, time))
            continue;
        if (wb_certificates_check(evidence->thing->certificates, &trust, err))
            return wb_sct_check(evidence->thing->certificates, authority, root, err);
        if (err->status == WB_SYSTEM)
            return false;
    }
    return false;
}

static bool check_authority(const struct evidence *evidence, struct wb_error *err)
{
    if (evidence->time_count == 0)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "nothing proves when it was signed: neither a log's signed time nor a "
                            "timestamp of an authority that the trusted root names");
    for (size_t i = 0; i < evidence->time_count; i++)
        if (!check_authority_at(evidence, evidence->times[i], err)) {
            char text[WB_TIME_TEXT_SIZE];
            return wb_error_context(err, "signed at %s", wb_time_format(evidence->times[i], text));
        }
    return true;
}

static void note_time(const struct evidence *evidence, struct wb_proof *proof)
{
    for (size_t i = 0; i < evidence->time_count; i++) {
        if (!proof->has_time || evidence->times[i] < proof->time)
            proof->time = evidence->times[i];
        proof->has_time = true;
    }
    proof->log_entries = evidence->entry_count;
}

/* ---- both ways ---- */

bool wb_check_keyless(const struct wb_signed_thing *thing, const struct wb_key *key,
                      const struct wb_verify_demands *demands, struct wb_arena *arena,
                      struct wb_proof *proof, struct wb_error *err)
{
    if (demands->issuer == NULL && demands->issuer_regexp == NULL)
        return wb_error_set(err, WB_USAGE,
                            "a trusted root needs --certificate-oidc-issuer or "
                            "--certificate-oidc-issuer-regexp: who vouches for the identity");
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct evidence evidence = {
        .thing = thing, .root = demands->trusted_root, .key = key, .arena = scratch};
    if (!read_entries(&evidence, err) || !read_timestamps(&evidence, err) ||
        !check_authority(&evidence, err) ||
        !wb_check_identity(thing->certificates, demands, arena, proof, err))
        return false;
    if (evidence.entry_count == 0)
        return wb_error_set(err, WB_CHECK_FAILED, "it is recorded in no transparency log");
    if (!check_entries(&evidence, err))
        return false;
    note_time(&evidence, proof);
    return true;
}

bool wb_check_key_logged(const struct wb_signed_thing *thing, const struct wb_key *key,
                         const struct wb_verify_demands *demands, struct wb_proof *proof,
                         struct wb_error *err)
{
    if (demands->trusted_root == NULL)
        return true;
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct evidence evidence = {
        .thing = thing, .root = demands->trusted_root, .key = key, .arena = scratch};
    if (!read_entries(&evidence, err) || !read_timestamps(&evidence, err) ||
        !check_entries(&evidence, err))
        return false;
    note_time(&evidence, proof);
    return true;
}
