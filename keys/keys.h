/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates: reading and writing them, signing and checking one message with one key.
 *
 * The public half (key.c, key_check.c, certificate*.c) is a target of its own, waybill_public_keys,
 * and needs OpenSSL, and libsodium for Ed25519ph: verifiers link nothing else of this folder. */
#ifndef WAYBILL_KEYS_H
#define WAYBILL_KEYS_H

#include "base/base.h"

/* ---- public keys (key.c) ------------------------------------------------------------------- */

enum wb_key_algorithm {
    WB_KEY_ECDSA_P256,
    WB_KEY_ECDSA_P384,
    WB_KEY_ECDSA_P521,
    WB_KEY_RSA, /* PKCS#1 v1.5; 2048 to 4096 bits */
    WB_KEY_ED25519,
};

/* A public key and, where it was read as one, its private half (in memory or in a token). */
struct wb_key;
void wb_key_free(struct wb_key *key);
WB_AUTO_DECLARE(wb_key)

/* Reads one public key: PEM `PUBLIC KEY` (SubjectPublicKeyInfo, RFC 5280 §4.1) or `RSA PUBLIC KEY`,
 * a PEM certificate (its key), or SubjectPublicKeyInfo DER. Refuses (WB_BAD_INPUT) other curves and
 * algorithms, RSA outside 2048 to 4096 bits or with an even or tiny exponent, trailing bytes. */
struct wb_key *wb_key_from_public(struct wb_bytes bytes, struct wb_error *err);

enum wb_key_algorithm wb_key_algorithm_of(const struct wb_key *key);
const char *wb_key_algorithm_name(enum wb_key_algorithm algorithm); /* "ecdsa-p256", "rsa" ... */
/* "ECDSA P-256", "RSA 3072": for people. */
char *wb_key_describe(const struct wb_key *key, char text[32]);
bool wb_key_has_private(const struct wb_key *key);

/* Appends SubjectPublicKeyInfo as DER, or as PEM `PUBLIC KEY`. */
bool wb_key_public_der(const struct wb_key *key, struct wb_buffer *der,
                       struct wb_error *err) WB_MUST_CHECK;
bool wb_key_public_pem(const struct wb_key *key, struct wb_buffer *pem,
                       struct wb_error *err) WB_MUST_CHECK;
/* SHA-256 over SubjectPublicKeyInfo DER: cosign's key hint (in base64), our key id (in hex). */
bool wb_key_fingerprint(const struct wb_key *key, struct wb_digest *digest,
                        struct wb_error *err) WB_MUST_CHECK;
bool wb_key_same(const struct wb_key *a, const struct wb_key *b);

/* The hash that goes with the key, as cosign chooses it: SHA-256 for P-256 and RSA, SHA-384 for
 * P-384, SHA-512 for P-521; NONE for Ed25519, which takes the message itself (RFC 8032, pure). */
enum wb_digest_algorithm wb_key_digest_algorithm(const struct wb_key *key);
/* Whether a digest of that algorithm can be signed with the key at all: SHA-2 with ECDSA and RSA.
 */
bool wb_key_takes_digest(const struct wb_key *key, enum wb_digest_algorithm algorithm);

/* ---- checking (key_check.c) ------------------------------------------------------------------ */

/* Whether the signature over the message holds, hashed with the key's own algorithm, or over a
 * digest that the key takes: which ones are good enough is the caller's to say. ECDSA signatures
 * are DER (strict: no trailing bytes). False with WB_CHECK_FAILED: it does not hold; WB_SYSTEM:
 * OpenSSL failed; WB_BAD_INPUT: not a digest that the key takes. */
bool wb_key_check(const struct wb_key *key, struct wb_bytes message, struct wb_bytes signature,
                  struct wb_error *err) WB_MUST_CHECK;
bool wb_key_check_digest(const struct wb_key *key, const struct wb_digest *digest,
                         struct wb_bytes signature, struct wb_error *err) WB_MUST_CHECK;

/* The same for an Ed25519ph signature (RFC 8032 §5.1), which cosign 3.1 makes of statements and
 * payloads; other keys: WB_BAD_INPUT. (key_check_prehashed.c) */
bool wb_key_check_prehashed(const struct wb_key *key, struct wb_bytes message,
                            struct wb_bytes signature, struct wb_error *err) WB_MUST_CHECK;

/* ---- two spellings of ECDSA signatures (ecdsa_signature.c) ------------------------------------
 */

/* Bytes of r and of s: 32, 48 or 66; 0 for other keys. */
size_t wb_ecdsa_component_size(enum wb_key_algorithm algorithm);
#define WB_ECDSA_DER_MAX 144
/* DER (RFC 3279 §2.2.3) from r and s side by side (RFC 9053 §2.1) and back. False: not of that form
 * or size, or no ECDSA. */
bool wb_ecdsa_der_from_raw(enum wb_key_algorithm algorithm, struct wb_bytes raw,
                           uint8_t der[WB_ECDSA_DER_MAX], size_t *size) WB_MUST_CHECK;
bool wb_ecdsa_raw_from_der(enum wb_key_algorithm algorithm, struct wb_bytes der,
                           struct wb_buffer *raw) WB_MUST_CHECK;

/* ---- certificates (certificate.c, certificate_path.c) ---------------------------------------- */

/* Certificates in order, leaf first where there is one. At most 16. */
struct wb_certificates;
void wb_certificates_free(struct wb_certificates *certificates);
WB_AUTO_DECLARE(wb_certificates)
/* One or several PEM blocks, or one DER certificate. */
struct wb_certificates *wb_certificates_read(struct wb_bytes bytes, struct wb_error *err);
/* Adds one DER certificate (creates the list when *certificates is NULL). */
bool wb_certificates_add_der(struct wb_certificates **certificates, struct wb_bytes der,
                             struct wb_error *err) WB_MUST_CHECK;
size_t wb_certificates_count(const struct wb_certificates *certificates);
bool wb_certificate_der(const struct wb_certificates *certificates, size_t index,
                        struct wb_buffer *der, struct wb_error *err) WB_MUST_CHECK;
bool wb_certificate_pem(const struct wb_certificates *certificates, size_t index,
                        struct wb_buffer *pem, struct wb_error *err) WB_MUST_CHECK;
struct wb_key *wb_certificate_key(const struct wb_certificates *certificates, size_t index,
                                  struct wb_error *err);
/* Who a leaf certificate speaks for. Strings in `arena`. */
struct wb_certificate_identity {
    const char **names; /* SAN: e-mail, URI, DNS, sigstore's otherName; the subject when no SAN */
    size_t name_count;
    const char *issuer;  /* sigstore's OIDC issuer, OID 1.3.6.1.4.1.57264.1.8, else .1.1; NULL */
    const char *subject; /* RFC 2253 form, for messages */
};
bool wb_certificate_identity(const struct wb_certificates *certificates, struct wb_arena *arena,
                             struct wb_certificate_identity *identity,
                             struct wb_error *err) WB_MUST_CHECK;

enum wb_certificate_purpose {
    WB_PURPOSE_CODE_SIGNING,  /* EKU id-kp-codeSigning, or no EKU at all */
    WB_PURPOSE_TIME_STAMPING, /* EKU id-kp-timeStamping, critical and alone (RFC 3161 §2.3) */
};

/* Builds and checks a path (RFC 5280 §6) from certificates[0] over the others and `intermediates`
 * (may be NULL) to one of `roots` as of `time`: signatures, validity of each, basic constraints,
 * key usage, name constraints, path length, purpose, OpenSSL security level 2 (level 1 algorithms
 * such as SHA-1 are refused). `crls`: PEM or DER, may be NULL; with CRLs every certificate of the
 * path must be covered by a list that is current at `time` or, because lists that are to be had are
 * often younger than a timestamp, at `lists_time` (0: at `time` only), and in none of them revoked.
 * False with WB_CHECK_FAILED and the reason: which certificate, what is wrong. */
struct wb_certificate_trust {
    const struct wb_certificates *roots;
    const struct wb_certificates *intermediates;
    const struct wb_bytes *crls;
    size_t crl_count;
    int64_t lists_time;
    int64_t time;
    enum wb_certificate_purpose purpose;
};
bool wb_certificates_check(const struct wb_certificates *certificates,
                           const struct wb_certificate_trust *trust,
                           struct wb_error *err) WB_MUST_CHECK;

/* ---- secrets (secret.c; libsodium)
 * --------------------------------------------------------------- */

/* Bytes that are locked in memory where the system allows, guarded, and wiped when cleared. Start
 * with `{0}`. */
struct wb_secret {
    uint8_t *data; /* NUL-terminated behind size */
    size_t size;
};
void wb_secret_set(struct wb_secret *secret, const void *data, size_t size);
void wb_secret_clear(struct wb_secret *secret);
/* `size` zero bytes to be filled in place. */
void wb_secret_reserve(struct wb_secret *secret, size_t size);

/* What a password is asked for. */
enum wb_password_kind {
    WB_PASSWORD_OF_KEY,      /* of cosign's key file, to read it */
    WB_PASSWORD_FOR_NEW_KEY, /* to write one; a person is asked twice */
    WB_PASSWORD_OF_IMPORT,   /* of an encrypted PKCS#8 file */
    WB_PASSWORD_PIN,         /* of a token; a wrong one may lock it */
};

/* Asked when a password is needed; `what` names the file or token for a prompt. Fills `password`,
 * which the one who asks clears. Says false with err when there is none to be had. */
struct wb_password_source {
    bool (*ask)(void *context, enum wb_password_kind kind, const char *what,
                struct wb_secret *password, struct wb_error *err);
    void *context;
};

/* ---- private keys (key_generate.c, key_file.c, key_import.c, key_token.c, key_sign.c)
 * -------------- */

/* `rsa_bits` matters for WB_KEY_RSA only: 2048, 3072 or 4096. */
struct wb_key *wb_key_generate(enum wb_key_algorithm algorithm, unsigned rsa_bits,
                               struct wb_error *err);

/* cosign's private key file: PEM `ENCRYPTED SIGSTORE PRIVATE KEY` (older: `ENCRYPTED COSIGN PRIVATE
 * KEY`): JSON with scrypt parameters (N, r, p bounded: at most 1 GiB of memory) and a secretbox
 * around PKCS#8. A wrong password is WB_CHECK_FAILED. `name` is for the prompt and messages. */
struct wb_key *wb_key_file_read(struct wb_bytes pem, const char *name,
                                const struct wb_password_source *password, struct wb_error *err);
/* As cosign writes it: N 65536, r 8, p 1, fresh salt and nonce. The key must be in memory. */
bool wb_key_file_write(const struct wb_key *key, const struct wb_secret *password,
                       struct wb_buffer *pem, struct wb_error *err) WB_MUST_CHECK;

/* A private key from elsewhere: PEM PKCS#1, SEC1, PKCS#8, PKCS#8 encrypted (PBES2). Its two halves
 * are checked to belong together. A wrong password is WB_CHECK_FAILED. */
struct wb_key *wb_key_import(struct wb_bytes pem, const char *name,
                             const struct wb_password_source *password, struct wb_error *err);

/* `pkcs11:` URI (RFC 7512) through OpenSSL's provider or engine, whichever is there; PIN from the
 * URI (pin-value, pin-source) or the password source. `want_private`: otherwise the public key or
 * certificate of that name is enough. */
struct wb_key *wb_key_token_open(const char *uri, bool want_private,
                                 const struct wb_password_source *password, struct wb_error *err);

/* A file (cosign's key file, a plain PKCS#8/SEC1/PKCS#1 PEM), `env://NAME` (an environment variable
 * that holds the same) or a pkcs11: URI, to sign with. */
struct wb_key *wb_key_open_private(const char *reference, const struct wb_password_source *password,
                                   struct wb_error *err);
/* A public key file, a certificate, `env://NAME` or a pkcs11: URI, to check with. A private key
 * file is refused with a hint. */
struct wb_key *wb_key_open_public(const char *reference, const struct wb_password_source *password,
                                  struct wb_error *err);

/* Any of these for its public half: a private key file is opened, with its password. */
struct wb_key *wb_key_open_any(const char *reference, const struct wb_password_source *password,
                               struct wb_error *err);
/* A file or `env://NAME` for wb_key_import. */
struct wb_key *wb_key_open_import(const char *reference, const struct wb_password_source *password,
                                  struct wb_error *err);

/* Signs the message, hashed with the key's own algorithm, or a digest that the key takes. ECDSA
 * signatures come as DER. Appends to `signature`. */
bool wb_key_sign(const struct wb_key *key, struct wb_bytes message, struct wb_buffer *signature,
                 struct wb_error *err) WB_MUST_CHECK;
bool wb_key_sign_digest(const struct wb_key *key, const struct wb_digest *digest,
                        struct wb_buffer *signature, struct wb_error *err) WB_MUST_CHECK;

#endif
