/* SPDX-License-Identifier: Apache-2.0 */
/* One signature over the exact bytes received: by which of the demanded keys, or by whose
 * certificate. */
#include "verify/verify_private.h"

#include <string.h>

bool wb_signed_thing_digest(const struct wb_signed_thing *thing, enum wb_digest_algorithm algorithm,
                            struct wb_digest *digest, struct wb_error *err)
{
    return thing->content != NULL ? wb_content_digest(thing->content, algorithm, digest, err)
                                  : wb_digest_bytes(algorithm, thing->message, digest, err);
}

/* Over this digest and no other. */
static bool check_digest(const struct wb_key *key, const struct wb_signed_thing *thing,
                         enum wb_digest_algorithm algorithm, struct wb_error *err)
{
    struct wb_digest digest;
    return wb_signed_thing_digest(thing, algorithm, &digest, err) &&
           wb_key_check_digest(key, &digest, thing->signature, err);
}

static bool check_content(const struct wb_key *key, const struct wb_verify_content *content,
                          struct wb_bytes signature, struct wb_error *err)
{
    enum wb_digest_algorithm algorithm = wb_key_digest_algorithm(key);
    if (algorithm == WB_DIGEST_NONE) {
        WB_AUTO_VALUE(wb_buffer) whole = {0};
        return wb_content_whole(content, &whole, err) &&
               wb_key_check(key, wb_buffer_bytes(&whole), signature, err);
    }
    struct wb_digest digest;
    return wb_content_digest(content, algorithm, &digest, err) &&
           wb_key_check_digest(key, &digest, signature, err);
}

/* cosign 3 signs images and statements with a prehash where the key is Ed25519, and files as they
 * are; cosign 2 takes SHA-256 for every curve. */
static bool check_as_cosign_does(const struct wb_key *key, const struct wb_signed_thing *thing,
                                 struct wb_error *err)
{
    switch (wb_key_algorithm_of(key)) {
    case WB_KEY_ED25519:
        return thing->content == NULL &&
               wb_key_check_prehashed(key, thing->message, thing->signature, err);
    case WB_KEY_ECDSA_P384:
    case WB_KEY_ECDSA_P521:
        return check_digest(key, thing, WB_DIGEST_SHA256, err);
    default:
        return false;
    }
}

static bool check_with(const struct wb_key *key, const struct wb_signed_thing *thing,
                       const struct wb_verify_demands *demands, struct wb_error *err)
{
    if (thing->is_cose)
        return wb_check_cose_signature(key, thing, err);
    if (demands->digest_algorithm != WB_DIGEST_NONE &&
        wb_key_takes_digest(key, demands->digest_algorithm))
        return check_digest(key, thing, demands->digest_algorithm, err);
    if (thing->content != NULL ? check_content(key, thing->content, thing->signature, err)
                               : wb_key_check(key, thing->message, thing->signature, err))
        return true;
    return err->status == WB_CHECK_FAILED && check_as_cosign_does(key, thing, err);
}

static bool name_key(const struct wb_key *key, struct wb_arena *arena, struct wb_proof *proof,
                     struct wb_error *err)
{
    struct wb_digest fingerprint;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1], description[32];
    if (!wb_key_fingerprint(key, &fingerprint, err))
        return false;
    wb_hex_format(fingerprint.bytes, wb_digest_size(fingerprint.algorithm), hex);
    proof->key_id = wb_arena_copy(arena, hex);
    proof->signer = wb_arena_format(arena, "%s key %.16s…", wb_key_describe(key, description), hex);
    return true;
}

/* A bundle says which key it was made with. A hint that is wrong is a bundle that was changed. */
static bool hint_fits(const struct wb_key *key, const char *hint, struct wb_error *err)
{
    if (hint == NULL)
        return true;
    struct wb_digest fingerprint;
    if (!wb_key_fingerprint(key, &fingerprint, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_base64_encode((struct wb_bytes){fingerprint.bytes, wb_digest_size(fingerprint.algorithm)},
                     &text);
    return strcmp((const char *)text.data, hint) == 0 ||
           wb_error_set(err, WB_CHECK_FAILED, "it names another key (hint %.60s)", hint);
}

static bool check_keys(const struct wb_signed_thing *thing, const struct wb_verify_demands *demands,
                       struct wb_arena *arena, struct wb_proof *proof, struct wb_error *err)
{
    for (size_t i = 0; i < demands->key_count; i++) {
        if (!hint_fits(demands->keys[i], thing->key_hint, err) ||
            !check_with(demands->keys[i], thing, demands, err)) {
            /* Not this key; but a machine that fails is no answer. */
            if (err->status == WB_SYSTEM)
                return false;
            continue;
        }
        /* A key has no validity; but a timestamp that is offered must hold. */
        return name_key(demands->keys[i], arena, proof, err) &&
               wb_check_times(thing, demands, NULL, NULL, proof, err) &&
               wb_check_key_logged(thing, demands->keys[i], demands, proof, err);
    }
    if (demands->key_count > 1)
        wb_error_set(err, WB_CHECK_FAILED, "the signature is by none of the %zu keys",
                     demands->key_count);
    return false;
}

/* Without a name to ask for, keys alone are believed. */
static bool judges_certificates(const struct wb_verify_demands *demands)
{
    return (demands->roots != NULL || demands->trusted_root != NULL) &&
           (demands->key_count == 0 || demands->identity != NULL ||
            demands->identity_regexp != NULL);
}

static bool check_one(const struct wb_signed_thing *thing, const struct wb_verify_demands *demands,
                      struct wb_arena *arena, struct wb_proof *proof, struct wb_error *err)
{
    if (demands->key_count > 0 && check_keys(thing, demands, arena, proof, err))
        return true;
    if (demands->key_count > 0 && (!judges_certificates(demands) || thing->certificates == NULL))
        return false;
    if (thing->certificates == NULL)
        return wb_error_set(err, WB_CHECK_FAILED,
                            "it was made with a bare key, and no key was given to check it with");
    if (!judges_certificates(demands))
        return wb_error_set(err, WB_CHECK_FAILED,
                            "it comes with a certificate, and no roots were given to judge it by");
    WB_AUTO(wb_key) *key = wb_certificate_key(thing->certificates, 0, err);
    if (key == NULL || !check_with(key, thing, demands, err) || !name_key(key, arena, proof, err))
        return false;
    if (demands->roots != NULL && wb_check_certificate(thing, demands, arena, proof, err))
        return true;
    return demands->trusted_root != NULL &&
           wb_check_keyless(thing, key, demands, arena, proof, err);
}

/* Of several refusals, the one by whom such a signature could have been accepted says most. */
static bool says_more(const struct wb_signed_thing *thing, const struct wb_verify_demands *demands)
{
    return judges_certificates(demands) == (thing->certificates != NULL);
}

bool wb_check_signature(const struct wb_signed_thing *thing,
                        const struct wb_verify_demands *demands, struct wb_arena *arena,
                        struct wb_proof *proof, struct wb_error *err)
{
    const char *source = thing->source == NULL ? NULL : wb_arena_copy(arena, thing->source);
    struct wb_error reason = WB_ERROR_INIT;
    for (const struct wb_verify_demands *one = demands; one != NULL; one = one->next) {
        struct wb_error failure = WB_ERROR_INIT;
        *proof = (struct wb_proof){.form = thing->form, .source = source, .accepted_by = one};
        if (check_one(thing, one, arena, proof, &failure))
            return wb_proof_certificates(thing->certificates, arena, &proof->certificates,
                                         &proof->certificate_count, err);
        bool fatal = failure.status == WB_SYSTEM || failure.status == WB_USAGE;
        if (fatal || reason.status == WB_OK || says_more(thing, one))
            reason = failure;
        if (fatal)
            break;
    }
    wb_error_set(err, reason.status, "%s", reason.message);
    return false;
}
