/* SPDX-License-Identifier: Apache-2.0 */
/* Message digests (OpenSSL) and their text forms. */
#include "base/base.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const char *openssl_name;
    size_t size;
} algorithms[] = {
    [WB_DIGEST_NONE] = {"", NULL, 0},
    [WB_DIGEST_MD5] = {"md5", "MD5", 16},
    [WB_DIGEST_SHA1] = {"sha1", "SHA1", 20},
    [WB_DIGEST_SHA224] = {"sha224", "SHA2-224", 28},
    [WB_DIGEST_SHA256] = {"sha256", "SHA2-256", 32},
    [WB_DIGEST_SHA384] = {"sha384", "SHA2-384", 48},
    [WB_DIGEST_SHA512] = {"sha512", "SHA2-512", 64},
};

size_t wb_digest_size(enum wb_digest_algorithm algorithm)
{
    return algorithms[algorithm].size;
}

const char *wb_digest_name(enum wb_digest_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool wb_hex_parse(const char *text, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text[2 * i]);
        int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return text[2 * size] == '\0';
}

char *wb_hex_format(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
    return text;
}

bool wb_digest_parse(const char *text, struct wb_digest *digest, struct wb_error *err)
{
    static const enum wb_digest_algorithm registered[] = {WB_DIGEST_SHA256, WB_DIGEST_SHA512};
    for (size_t i = 0; i < sizeof registered / sizeof registered[0]; i++) {
        const char *name = algorithms[registered[i]].name;
        size_t length = strlen(name);
        if (strncmp(text, name, length) != 0 || text[length] != ':')
            continue;
        const char *hex = text + length + 1;
        *digest = (struct wb_digest){.algorithm = registered[i]};
        /* The specification admits lower case only. */
        if (strpbrk(hex, "ABCDEF") != NULL ||
            !wb_hex_parse(hex, digest->bytes, algorithms[registered[i]].size))
            return wb_error_set(err, WB_BAD_INPUT, "malformed digest: %.200s", text);
        return true;
    }
    return wb_error_set(err, WB_BAD_INPUT, "digest is neither sha256 nor sha512: %.200s", text);
}

bool wb_digest_equal(const struct wb_digest *a, const struct wb_digest *b)
{
    return a->algorithm == b->algorithm &&
           memcmp(a->bytes, b->bytes, algorithms[a->algorithm].size) == 0;
}

char *wb_digest_format(const struct wb_digest *digest, char text[WB_DIGEST_TEXT_SIZE])
{
    size_t length = strlen(algorithms[digest->algorithm].name);
    memcpy(text, algorithms[digest->algorithm].name, length);
    text[length] = ':';
    wb_hex_format(digest->bytes, algorithms[digest->algorithm].size, text + length + 1);
    return text;
}

struct wb_hasher {
    enum wb_digest_algorithm algorithm;
    EVP_MD *method;
    EVP_MD_CTX *context;
};

struct wb_hasher *wb_hasher_new(enum wb_digest_algorithm algorithm, struct wb_error *err)
{
    WB_AUTO(wb_hasher) *hasher = wb_allocate(sizeof *hasher);
    hasher->algorithm = algorithm;
    /* On a FIPS machine MD5 is still what dpkg wrote down: comparing with it is no security
     * function, so it is asked for without that property. */
    hasher->method = EVP_MD_fetch(NULL, algorithms[algorithm].openssl_name,
                                  algorithm == WB_DIGEST_MD5 ? "-fips" : NULL);
    hasher->context = EVP_MD_CTX_new();
    if (hasher->method == NULL || hasher->context == NULL ||
        EVP_DigestInit_ex2(hasher->context, hasher->method, NULL) != 1) {
        wb_error_set(err, WB_SYSTEM, "OpenSSL offers no %s", algorithms[algorithm].name);
        return NULL;
    }
    return WB_STEAL(hasher);
}

void wb_hasher_free(struct wb_hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->method);
    free(hasher);
}

/* With a context that is set up these calls have no way to fail; a digest that was wrong silently
 * would be worse than the end of the program. */
void wb_hasher_update(struct wb_hasher *hasher, const void *data, size_t size)
{
    if (size > 0 && EVP_DigestUpdate(hasher->context, data, size) != 1)
        abort();
}

void wb_hasher_finish(struct wb_hasher *hasher, struct wb_digest *digest)
{
    unsigned size = 0;
    uint8_t bytes[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(hasher->context, bytes, &size) != 1 ||
        size != algorithms[hasher->algorithm].size ||
        EVP_DigestInit_ex2(hasher->context, NULL, NULL) != 1)
        abort();
    *digest = (struct wb_digest){.algorithm = hasher->algorithm};
    memcpy(digest->bytes, bytes, size);
}

bool wb_digest_bytes(enum wb_digest_algorithm algorithm, struct wb_bytes bytes,
                     struct wb_digest *digest, struct wb_error *err)
{
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(algorithm, err);
    if (hasher == NULL)
        return false;
    wb_hasher_update(hasher, bytes.data, bytes.size);
    wb_hasher_finish(hasher, digest);
    return true;
}
