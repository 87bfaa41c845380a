/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of keys/ share. */
#ifndef WAYBILL_KEY_PRIVATE_H
#define WAYBILL_KEY_PRIVATE_H

#include "keys/keys.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>

/* Keys, certificates and key files are small; what is larger is none of them. */
#define WB_KEY_TEXT_MAX ((size_t)256 << 10)

struct wb_key {
    EVP_PKEY *public_key;  /* always in the default provider, even for a token */
    EVP_PKEY *private_key; /* NULL without one; may be the same object as public_key */
    bool in_token;
    enum wb_key_algorithm algorithm;
    unsigned bits;
    struct wb_buffer spki; /* SubjectPublicKeyInfo DER */
    void *token;           /* what private_key stands on, and how to let go of it */
    void (*release_token)(void *token);
};

/* Takes ownership of `pkey` in every case. Refuses what wb_key_from_public refuses. */
struct wb_key *wb_key_wrap_public(EVP_PKEY *pkey, struct wb_error *err);
/* The same for a key with its private half. `in_token`: the private half is a handle. */
struct wb_key *wb_key_wrap_private(EVP_PKEY *pkey, bool in_token, struct wb_error *err);

/* WB_BAD_INPUT and the reason unless the key takes such digests. */
bool wb_key_check_takes_digest(const struct wb_key *key, enum wb_digest_algorithm algorithm,
                               struct wb_error *err) WB_MUST_CHECK;

/* One half of the key set up to sign or to check digests; NULL where OpenSSL does not. To free.
 * (key_check.c) */
EVP_PKEY_CTX *wb_key_digest_context(const struct wb_key *key, EVP_PKEY *half,
                                    enum wb_digest_algorithm algorithm,
                                    int (*init)(EVP_PKEY_CTX *context));

/* ---- ec_public.c, ec_private.c ---- */

/* NULL: another key, or spelt in another way (or wrong): OpenSSL's decoders have the last word.
 * They leave what they say in OpenSSL's queue of errors. */
EVP_PKEY *wb_ec_from_spki(struct wb_bytes der);
EVP_PKEY *wb_ec_from_pkcs8(struct wb_bytes der);
/* `secret`: OSSL_PKEY_PARAM_PRIV_KEY, or the end of parameters for a public key. */
EVP_PKEY *wb_ec_from_numbers(const char *group, struct wb_bytes point, OSSL_PARAM secret);
/* Appends SubjectPublicKeyInfo. False: no ECDSA, or OpenSSL does not give the point. */
bool wb_ec_to_spki(EVP_PKEY *pkey, enum wb_key_algorithm algorithm, struct wb_buffer *der);

/* ---- openssl_error.c ---- */

/* As wb_error_set, ending in OpenSSL's last reason; empties its queue. Always false. */
bool wb_openssl_error(struct wb_error *err, enum wb_status status, const char *format, ...)
    WB_PRINTF(3, 4);

/* ---- pem.c ---- */

/* One PEM block (RFC 7468), pointing into the text it was found in. */
struct wb_pem {
    char label[64];
    struct wb_bytes body; /* base64 with its line breaks */
    struct wb_bytes rest; /* behind the block */
};
/* Whether there is a `-----BEGIN` line at all. */
bool wb_pem_is(struct wb_bytes text);
/* Finds the next block. Text in front of it is skipped when `skip_text`, else only white space. */
bool wb_pem_next(struct wb_bytes text, bool skip_text, struct wb_pem *pem,
                 struct wb_error *err) WB_MUST_CHECK;
bool wb_pem_blank(struct wb_bytes text); /* nothing but white space */
/* Decodes strict base64 with white space between, into the caller's memory, which may be locked, in
 * a time that does not depend on the bytes; `out` holds at least wb_pem_room(size). */
size_t wb_pem_room(size_t size);
bool wb_pem_decode_base64(struct wb_bytes text, uint8_t *out, size_t *size) WB_MUST_CHECK;
bool wb_pem_decode(const struct wb_pem *pem, struct wb_buffer *der,
                   struct wb_error *err) WB_MUST_CHECK;
/* Appends a block with lines of 64 characters. */
void wb_pem_append(struct wb_buffer *text, const char *label, struct wb_bytes der);

/* ---- secret.c ---- */

/* Reads a file (or a pipe) of at most `limit` bytes without a copy anywhere else. */
bool wb_secret_read_file(const char *path, size_t limit, struct wb_secret *secret,
                         struct wb_error *err) WB_MUST_CHECK;
bool wb_secret_from_pem(const struct wb_pem *pem, struct wb_secret *der,
                        struct wb_error *err) WB_MUST_CHECK;
struct wb_bytes wb_secret_bytes(const struct wb_secret *secret);

/* ---- key_file.c, key_import.c ---- */

/* wb_key_file_read with another bound for scrypt: memory, and with p the time it stands for. */
struct wb_key *wb_key_file_read_within(struct wb_bytes pem, const char *name,
                                       const struct wb_password_source *password,
                                       uint64_t scrypt_bytes_max, struct wb_error *err);
bool wb_key_file_label(const char *label); /* whether a PEM label is cosign's */
/* PKCS#8 DER with nothing behind it. */
struct wb_key *wb_key_from_pkcs8(struct wb_bytes der, struct wb_error *err);
/* scrypt's bounds (RFC 7914 §2): N a power of two, and what 128*N*r*p may come to. */
bool wb_scrypt_within(uint64_t n, uint64_t r, uint64_t p, uint64_t bytes_max,
                      struct wb_error *err) WB_MUST_CHECK;

#endif
