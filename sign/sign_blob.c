/* SPDX-License-Identifier: Apache-2.0 */
/* Signing files (cosign SIGNATURE_SPEC.md, sigstore bundle `messageSignature`). */
#include "sign/sign_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE ((size_t)1 << 20)
/* Ed25519 goes over its message twice (RFC 8032 §5.1.6), so it has to be in memory. */
#define WHOLE_MESSAGE_MAX ((size_t)1 << 30)

void wb_blob_signature_clear(struct wb_blob_signature *signature)
{
    wb_buffer_clear(&signature->signature);
    wb_buffer_clear(&signature->bundle);
}

static bool write_bundle(const struct wb_signer *signer, const struct wb_digest *digest,
                         struct wb_blob_signature *signature, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_signer_material) material = {0};
    if (!wb_signer_material(signer, wb_buffer_bytes(&signature->signature), &material, err))
        return false;
    struct wb_bytes timestamp;
    struct wb_bundle_material written = wb_signer_bundle_material(&material, &timestamp);
    wb_bundle_write_message(&written, digest, wb_buffer_bytes(&signature->signature),
                            &signature->bundle);
    return true;
}

/* What the bundle states of the file: the digest that is signed, or SHA-256 where none is (Ed25519
 * signs the content itself, but cosign 3 wants a digest beside it) or the bundle has no name for it
 * (SHA-224). */
static enum wb_digest_algorithm stated_algorithm(enum wb_digest_algorithm algorithm)
{
    return algorithm == WB_DIGEST_SHA384 || algorithm == WB_DIGEST_SHA512 ? algorithm
                                                                          : WB_DIGEST_SHA256;
}

bool wb_sign_blob(const struct wb_signer *signer, struct wb_bytes content,
                  struct wb_blob_signature *signature, struct wb_error *err)
{
    struct wb_digest stated;
    enum wb_digest_algorithm algorithm = wb_signer_digest_algorithm(signer);
    return wb_signer_check(signer, err) &&
           wb_digest_bytes(stated_algorithm(algorithm), content, &stated, err) &&
           (algorithm == stated.algorithm
                ? wb_key_sign_digest(signer->key, &stated, &signature->signature, err)
                : wb_signer_sign(signer, content, &signature->signature, err)) &&
           write_bundle(signer, &stated, signature, err);
}

/* Where the content of a file goes: to one or two hashers, or as a whole into memory. */
struct reading {
    struct wb_hasher *hashers[2];
    struct wb_buffer *whole;
};

static bool take(struct reading *reading, const uint8_t *data, size_t size, struct wb_error *err)
{
    for (size_t i = 0; i < 2; i++)
        if (reading->hashers[i] != NULL)
            wb_hasher_update(reading->hashers[i], data, size);
    if (reading->whole == NULL)
        return true;
    if (reading->whole->size + size > WHOLE_MESSAGE_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "an Ed25519 key signs files of at most %zu bytes; use another kind of "
                            "key for larger ones",
                            WHOLE_MESSAGE_MAX);
    wb_buffer_append(reading->whole, data, size);
    return true;
}

static bool read_file(int fd, struct reading *reading, struct wb_error *err)
{
    uint8_t *data = wb_allocate(READ_SIZE);
    bool good = true;
    while (good) {
        ssize_t count = read(fd, data, READ_SIZE);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            good = wb_error_set_errno(err, errno, "cannot read");
        if (count <= 0)
            break;
        good = take(reading, data, (size_t)count, err);
    }
    free(data);
    return good;
}

static bool sign_whole_file(const struct wb_signer *signer, int fd,
                            struct wb_blob_signature *signature, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) whole = {0};
    struct reading reading = {.whole = &whole};
    return read_file(fd, &reading, err) &&
           wb_sign_blob(signer, wb_buffer_bytes(&whole), signature, err);
}

bool wb_sign_file(const struct wb_signer *signer, int fd, struct wb_blob_signature *signature,
                  struct wb_error *err)
{
    if (!wb_signer_check(signer, err))
        return false;
    enum wb_digest_algorithm algorithm = wb_signer_digest_algorithm(signer);
    if (algorithm == WB_DIGEST_NONE)
        return sign_whole_file(signer, fd, signature, err);
    bool both = stated_algorithm(algorithm) != algorithm;
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(algorithm, err);
    WB_AUTO(wb_hasher) *other = both ? wb_hasher_new(stated_algorithm(algorithm), err) : NULL;
    struct reading reading = {.hashers = {hasher, other}};
    if (hasher == NULL || (both && other == NULL) || !read_file(fd, &reading, err))
        return false;
    struct wb_digest digest, stated;
    wb_hasher_finish(hasher, &digest);
    stated = digest;
    if (both)
        wb_hasher_finish(other, &stated);
    return wb_key_sign_digest(signer->key, &digest, &signature->signature, err) &&
           write_bundle(signer, &stated, signature, err);
}
