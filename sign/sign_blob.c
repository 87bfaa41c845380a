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

bool wb_sign_blob(const struct wb_signer *signer, struct wb_bytes content,
                  struct wb_blob_signature *signature, struct wb_error *err)
{
    struct wb_digest digest = {.algorithm = WB_DIGEST_NONE};
    enum wb_digest_algorithm algorithm = wb_key_digest_algorithm(signer->key);
    if (!wb_signer_check(signer, err))
        return false;
    /* Ed25519 signs the content itself, but cosign 3 wants a digest of it in the bundle. */
    bool good = algorithm == WB_DIGEST_NONE
                    ? wb_digest_bytes(WB_DIGEST_SHA256, content, &digest, err) &&
                          wb_key_sign(signer->key, content, &signature->signature, err)
                    : wb_digest_bytes(algorithm, content, &digest, err) &&
                          wb_key_sign_digest(signer->key, &digest, &signature->signature, err);
    return good && write_bundle(signer, &digest, signature, err);
}

/* Feeds the file to the hasher, or keeps it in `whole`. */
static bool read_file(int fd, struct wb_hasher *hasher, struct wb_buffer *whole,
                      struct wb_error *err)
{
    uint8_t *data = wb_allocate(READ_SIZE);
    bool good = true;
    for (;;) {
        ssize_t count = read(fd, data, READ_SIZE);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            good = wb_error_set_errno(err, errno, "cannot read");
        if (count <= 0)
            break;
        if (hasher != NULL) {
            wb_hasher_update(hasher, data, (size_t)count);
        } else if (whole->size + (size_t)count > WHOLE_MESSAGE_MAX) {
            good = wb_error_set(err, WB_BAD_INPUT,
                                "an Ed25519 key signs files of at most %zu bytes; use another "
                                "kind of key for larger ones",
                                WHOLE_MESSAGE_MAX);
            break;
        } else {
            wb_buffer_append(whole, data, (size_t)count);
        }
    }
    free(data);
    return good;
}

bool wb_sign_file(const struct wb_signer *signer, int fd, struct wb_blob_signature *signature,
                  struct wb_error *err)
{
    enum wb_digest_algorithm algorithm = wb_key_digest_algorithm(signer->key);
    if (algorithm == WB_DIGEST_NONE) {
        WB_AUTO_VALUE(wb_buffer) whole = {0};
        return read_file(fd, NULL, &whole, err) &&
               wb_sign_blob(signer, wb_buffer_bytes(&whole), signature, err);
    }
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(algorithm, err);
    if (hasher == NULL || !wb_signer_check(signer, err) || !read_file(fd, hasher, NULL, err))
        return false;
    struct wb_digest digest;
    wb_hasher_finish(hasher, &digest);
    return wb_key_sign_digest(signer->key, &digest, &signature->signature, err) &&
           write_bundle(signer, &digest, signature, err);
}
