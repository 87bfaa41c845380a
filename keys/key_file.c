/* SPDX-License-Identifier: Apache-2.0 */
/* cosign's private key file: PEM around JSON around scrypt (RFC 7914) and NaCl's secretbox around
 * PKCS#8. */
#include "keys/key_private.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SALT_SIZE 32
#define NONCE_SIZE crypto_secretbox_NONCEBYTES
#define BOX_KEY_SIZE crypto_secretbox_KEYBYTES
#define BOX_MORE crypto_secretbox_MACBYTES

static const char label[] = "ENCRYPTED SIGSTORE PRIVATE KEY";
static const char old_label[] = "ENCRYPTED COSIGN PRIVATE KEY";

struct scrypt {
    uint64_t n;
    uint32_t r;
    uint32_t p;
    uint8_t salt[SALT_SIZE];
};
static const struct scrypt defaults = {.n = 65536, .r = 8, .p = 1};
static const uint64_t scrypt_bytes_max = (uint64_t)1 << 30;

bool wb_key_file_label(const char *text)
{
    return strcmp(text, label) == 0 || strcmp(text, old_label) == 0;
}

/* ---- the box ---- */

bool wb_scrypt_within(uint64_t n, uint64_t r, uint64_t p, uint64_t bytes_max, struct wb_error *err)
{
    uint64_t bytes;
    bool good = n > 1 && (n & (n - 1)) == 0 && r > 0 && p > 0 &&
                !__builtin_mul_overflow(n, r, &bytes) &&
                !__builtin_mul_overflow(bytes, p, &bytes) &&
                !__builtin_mul_overflow(bytes, 128, &bytes) && bytes <= bytes_max;
    return good ||
           wb_error_set(err, WB_BAD_INPUT,
                        "scrypt parameters N %llu, r %llu, p %llu are out of bounds: N is a "
                        "power of two, and 128 * N * r * p at most %llu bytes",
                        (unsigned long long)n, (unsigned long long)r, (unsigned long long)p,
                        (unsigned long long)bytes_max);
}

static bool derive(const struct scrypt *scrypt, const struct wb_secret *password,
                   struct wb_secret *box_key, struct wb_error *err)
{
    wb_secret_reserve(box_key, BOX_KEY_SIZE);
    if (crypto_pwhash_scryptsalsa208sha256_ll(password->data, password->size, scrypt->salt,
                                              SALT_SIZE, scrypt->n, scrypt->r, scrypt->p,
                                              box_key->data, BOX_KEY_SIZE) == 0)
        return true;
    return wb_error_set(err, WB_SYSTEM, "scrypt failed: is there enough memory?");
}

/* ---- PKCS#8 ---- */

struct wb_key *wb_key_from_pkcs8(struct wb_bytes der, struct wb_error *err)
{
    const uint8_t *at = der.data;
    EVP_PKEY *usual = wb_ec_from_pkcs8(der);
    if (usual != NULL)
        return wb_key_wrap_private(usual, false, err);
    PKCS8_PRIV_KEY_INFO *info =
        der.size == 0 ? NULL : d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);
    EVP_PKEY *pkey = info == NULL || at != der.data + der.size ? NULL : EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (pkey == NULL) {
        wb_openssl_error(err, WB_BAD_INPUT, "malformed private key (PKCS#8)");
        return NULL;
    }
    return wb_key_wrap_private(pkey, false, err);
}

static bool to_pkcs8(const struct wb_key *key, struct wb_secret *der, struct wb_error *err)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->private_key);
    int size = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    if (size > 0) {
        wb_secret_reserve(der, (size_t)size);
        uint8_t *at = der->data;
        size = i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return size > 0 || wb_openssl_error(err, WB_SYSTEM, "cannot encode the private key (PKCS#8)");
}

/* ---- reading ---- */

static bool fault(struct wb_error *err, const char *what)
{
    return wb_error_set(err, WB_BAD_INPUT, "malformed key file: %s", what);
}

static bool read_bytes(const json_t *object, const char *name, uint8_t *bytes, size_t size,
                       struct wb_error *err)
{
    const char *text = wb_json_string_of(object, name);
    WB_AUTO_VALUE(wb_buffer) decoded = {0};
    if (text != NULL && wb_base64_decode(text, strlen(text), &decoded) && decoded.size == size) {
        memcpy(bytes, decoded.data, size);
        return true;
    }
    return wb_error_set(err, WB_BAD_INPUT, "malformed key file: %s is not %zu bytes in base64",
                        name, size);
}

static bool read_scrypt(const json_t *file, struct scrypt *scrypt, uint64_t bytes_max,
                        struct wb_error *err)
{
    const json_t *kdf = wb_json_object_of(file, "kdf");
    const char *name = wb_json_string_of(kdf, "name");
    if (name == NULL || strcmp(name, "scrypt") != 0)
        return fault(err, "the key derivation (kdf) is not scrypt");
    const json_t *parameters = wb_json_object_of(kdf, "params");
    int64_t n = wb_json_integer_of(parameters, "N", 0), r = wb_json_integer_of(parameters, "r", 0),
            p = wb_json_integer_of(parameters, "p", 0);
    /* Negative numbers come out beyond every bound. */
    if (!wb_scrypt_within((uint64_t)n, (uint64_t)r, (uint64_t)p, bytes_max, err))
        return false;
    *scrypt = (struct scrypt){.n = (uint64_t)n, .r = (uint32_t)r, .p = (uint32_t)p};
    return read_bytes(kdf, "salt", scrypt->salt, SALT_SIZE, err);
}

static bool read_box(const json_t *file, uint8_t nonce[NONCE_SIZE], struct wb_buffer *box,
                     struct wb_error *err)
{
    const json_t *cipher = wb_json_object_of(file, "cipher");
    const char *name = wb_json_string_of(cipher, "name");
    if (name == NULL || strcmp(name, "nacl/secretbox") != 0)
        return fault(err, "the cipher is not nacl/secretbox");
    if (!read_bytes(cipher, "nonce", nonce, NONCE_SIZE, err))
        return false;
    const char *text = wb_json_string_of(file, "ciphertext");
    if (text == NULL || !wb_base64_decode(text, strlen(text), box) || box->size <= BOX_MORE)
        return fault(err, "no ciphertext in base64");
    return true;
}

static struct wb_key *open_box(const json_t *file, const char *name,
                               const struct wb_password_source *source, uint64_t bytes_max,
                               struct wb_error *err)
{
    struct scrypt scrypt;
    uint8_t nonce[NONCE_SIZE];
    WB_AUTO_VALUE(wb_buffer) box = {0};
    WB_AUTO_VALUE(wb_secret) password = {0}, box_key = {0}, der = {0};
    if (!read_scrypt(file, &scrypt, bytes_max, err) || !read_box(file, nonce, &box, err))
        return NULL;
    if (source == NULL) {
        wb_error_set(err, WB_USAGE, "the private key is encrypted, and there is no password");
        return NULL;
    }
    if (!source->ask(source->context, WB_PASSWORD_OF_KEY, name, &password, err) ||
        !derive(&scrypt, &password, &box_key, err))
        return NULL;
    wb_secret_reserve(&der, box.size - BOX_MORE);
    if (crypto_secretbox_open_easy(der.data, box.data, box.size, nonce, box_key.data) != 0) {
        wb_error_set(err, WB_CHECK_FAILED,
                     "the password does not open the private key, or the file was changed "
                     "(each try is slow by design)");
        return NULL;
    }
    return wb_key_from_pkcs8(wb_secret_bytes(&der), err);
}

static struct wb_key *read_file(struct wb_bytes text, const char *name,
                                const struct wb_password_source *password, uint64_t bytes_max,
                                struct wb_error *err)
{
    struct wb_pem pem;
    WB_AUTO_VALUE(wb_buffer) body = {0};
    if (text.size > WB_KEY_TEXT_MAX) {
        fault(err, "too large");
        return NULL;
    }
    if (!wb_pem_next(text, false, &pem, err))
        return NULL;
    if (!wb_key_file_label(pem.label) || !wb_pem_blank(pem.rest)) {
        wb_error_set(err, WB_BAD_INPUT, "not one PEM block `%s`", label);
        return NULL;
    }
    if (!wb_pem_decode(&pem, &body, err))
        return NULL;
    WB_AUTO_JSON file = wb_json_parse(wb_buffer_bytes(&body), err);
    return file == NULL ? NULL : open_box(file, name, password, bytes_max, err);
}

struct wb_key *wb_key_file_read_within(struct wb_bytes pem, const char *name,
                                       const struct wb_password_source *password,
                                       uint64_t bytes_max, struct wb_error *err)
{
    struct wb_key *key = read_file(pem, name, password, bytes_max, err);
    if (key == NULL)
        wb_error_context(err, "%s", name);
    return key;
}

struct wb_key *wb_key_file_read(struct wb_bytes pem, const char *name,
                                const struct wb_password_source *password, struct wb_error *err)
{
    return wb_key_file_read_within(pem, name, password, scrypt_bytes_max, err);
}

/* ---- writing ---- */

/* The members in the order and spelling of cosign. */
static void append_json(struct wb_buffer *json, const struct scrypt *scrypt,
                        const uint8_t nonce[NONCE_SIZE], struct wb_bytes box)
{
    wb_buffer_append_format(
        json, "{\"kdf\":{\"name\":\"scrypt\",\"params\":{\"N\":%llu,\"r\":%u,\"p\":%u},\"salt\":\"",
        (unsigned long long)scrypt->n, scrypt->r, scrypt->p);
    wb_base64_encode((struct wb_bytes){scrypt->salt, SALT_SIZE}, json);
    wb_buffer_append_text(json, "\"},\"cipher\":{\"name\":\"nacl/secretbox\",\"nonce\":\"");
    wb_base64_encode((struct wb_bytes){nonce, NONCE_SIZE}, json);
    wb_buffer_append_text(json, "\"},\"ciphertext\":\"");
    wb_base64_encode(box, json);
    wb_buffer_append_text(json, "\"}");
}

bool wb_key_file_write(const struct wb_key *key, const struct wb_secret *password,
                       struct wb_buffer *pem, struct wb_error *err)
{
    if (key->private_key == NULL || key->in_token)
        return wb_error_set(err, WB_BAD_INPUT, "there is no private key in memory to write");
    struct scrypt scrypt = defaults;
    uint8_t nonce[NONCE_SIZE];
    WB_AUTO_VALUE(wb_secret) der = {0}, box_key = {0};
    if (!to_pkcs8(key, &der, err))
        return false;
    randombytes_buf(scrypt.salt, sizeof scrypt.salt);
    randombytes_buf(nonce, sizeof nonce);
    if (!derive(&scrypt, password, &box_key, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) json = {0};
    size_t size = der.size + BOX_MORE;
    uint8_t *box = wb_allocate(size);
    crypto_secretbox_easy(box, der.data, der.size, nonce, box_key.data);
    append_json(&json, &scrypt, nonce, (struct wb_bytes){box, size});
    free(box);
    wb_pem_append(pem, label, wb_buffer_bytes(&json));
    return true;
}
