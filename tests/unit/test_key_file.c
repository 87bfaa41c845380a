/* SPDX-License-Identifier: Apache-2.0 */
/* Key files: cosign's own, ours, damaged ones, hostile ones; keys imported from elsewhere. */
#include "keys/key_private.h"

#include <fcntl.h>
#include <openssl/encoder.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct wb_bytes message = {(const uint8_t *)"message", 7};

/* `context` is the password. */
static bool answer(void *context, enum wb_password_kind kind, const char *what,
                   struct wb_secret *password, struct wb_error *err)
{
    (void)kind;
    (void)what;
    if (context == NULL)
        return wb_error_set(err, WB_USAGE, "asked");
    wb_secret_set(password, context, strlen(context));
    return true;
}

static struct wb_password_source with(char *password)
{
    return (struct wb_password_source){.ask = answer, .context = password};
}

static struct wb_bytes bytes_of(const char *text)
{
    return (struct wb_bytes){(const uint8_t *)text, strlen(text)};
}

static void assert_pair(const struct wb_key *private_key, const struct wb_key *public_key)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    assert_true(wb_key_same(private_key, public_key));
    if (!wb_key_sign(private_key, message, &signature, &err) ||
        !wb_key_check(public_key, message, wb_buffer_bytes(&signature), &err))
        fail_msg("%s", err.message);
}

/* ---- cosign's own files ---- */

static void read_data(const char *name, const char *suffix, struct wb_buffer *out)
{
    struct wb_error err = WB_ERROR_INIT;
    const char *folder = getenv("WAYBILL_TEST_DATA");
    /* On the stack: skip() leaves without cleaning up. */
    char path[4096];
    snprintf(path, sizeof path, "%s/cosign/%s%s", folder == NULL ? "../shared/data" : folder, name,
             suffix);
    if (!wb_file_read(AT_FDCWD, path, 1 << 20, out, &err)) {
        printf("SKIPPED: %s (set WAYBILL_TEST_DATA)\n", err.message);
        skip();
    }
}

static void cosigns_keys_and_signatures_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {"p256", "p384", "p521", "rsa3072", "ed25519"};
    struct wb_password_source password = with((char[]){"waybill-test"});
    for (size_t i = 0; i < 5; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO_VALUE(wb_buffer) artifact = {0}, private_pem = {0}, public_pem = {0};
        WB_AUTO_VALUE(wb_buffer) text = {0}, signature = {0};
        read_data("artifact", ".txt", &artifact);
        read_data(names[i], ".key", &private_pem);
        read_data(names[i], ".pub", &public_pem);
        read_data(names[i], ".blob.sig", &text);
        WB_AUTO(wb_key) *public_key = wb_key_from_public(wb_buffer_bytes(&public_pem), &err);
        WB_AUTO(wb_key) *private_key =
            wb_key_file_read(wb_buffer_bytes(&private_pem), names[i], &password, &err);
        if (public_key == NULL || private_key == NULL)
            fail_msg("%s", err.message);
        assert_pair(private_key, public_key);
        assert_true(wb_base64_decode((const char *)text.data, text.size, &signature));
        if (!wb_key_check(public_key, wb_buffer_bytes(&artifact), wb_buffer_bytes(&signature),
                          &err))
            fail_msg("%s: %s", names[i], err.message);
        artifact.data[0] ^= 1;
        assert_false(wb_key_check(public_key, wb_buffer_bytes(&artifact),
                                  wb_buffer_bytes(&signature), &err));
        /* What we write of the key reads the same. */
        WB_AUTO_VALUE(wb_buffer) again = {0};
        assert_true(wb_key_public_pem(private_key, &again, &err));
        assert_int_equal(again.size, public_pem.size);
        assert_memory_equal(again.data, public_pem.data, again.size);
    }
}

/* ---- our own ---- */

static struct wb_key *make_file(struct wb_buffer *pem)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key = wb_key_generate(WB_KEY_ECDSA_P256, 0, &err);
    assert_non_null(key);
    WB_AUTO_VALUE(wb_secret) password = {0};
    wb_secret_set(&password, "secret", 6);
    if (!wb_key_file_write(key, &password, pem, &err))
        fail_msg("%s", err.message);
    return key;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    WB_AUTO(wb_key) *key = make_file(&pem);
    struct wb_password_source right = with((char[]){"secret"}), wrong = with((char[]){"Secret"}),
                              none = with(NULL);
    WB_AUTO(wb_key) *again = wb_key_file_read(wb_buffer_bytes(&pem), "x.key", &right, &err);
    if (again == NULL)
        fail_msg("%s", err.message);
    assert_pair(again, key);
    assert_null(wb_key_file_read(wb_buffer_bytes(&pem), "x.key", &wrong, &err));
    assert_int_equal(err.status, WB_CHECK_FAILED);
    assert_non_null(strstr(err.message, "x.key: the password"));
    assert_null(strstr(err.message, "Secret"));
    assert_null(wb_key_file_read(wb_buffer_bytes(&pem), "x.key", &none, &err));
    assert_string_equal(err.message, "x.key: asked");
    assert_null(wb_key_file_read(wb_buffer_bytes(&pem), "x.key", NULL, &err));
    assert_int_equal(err.status, WB_USAGE);
    /* The plain import says what it is; the public reader too. */
    assert_null(wb_key_import(wb_buffer_bytes(&pem), "x.key", &right, &err));
    assert_non_null(strstr(err.message, "already"));
}

static void files_never_repeat_salt_or_nonce(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) one = {0}, two = {0};
    WB_AUTO(wb_key) *a = make_file(&one);
    WB_AUTO(wb_key) *b = make_file(&two);
    assert_false(wb_key_same(a, b));
    struct wb_pem first, second;
    assert_true(wb_pem_next(wb_buffer_bytes(&one), false, &first, NULL));
    assert_true(wb_pem_next(wb_buffer_bytes(&two), false, &second, NULL));
    /* `{"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},"salt":"` takes 88 digits. */
    assert_memory_equal(first.body.data, second.body.data, 84);
    assert_memory_not_equal(first.body.data + 92, second.body.data + 92, 32);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    WB_AUTO(wb_key) *key = make_file(&pem);
    struct wb_password_source right = with((char[]){"secret"});
    /* Each try that gets as far as scrypt takes its time, so the bits are sampled; the prime lets
     * every position in a byte have its turn. */
    size_t opened = 0;
    for (size_t bit = 0; bit < (pem.size - 1) * 8; bit += 67) {
        struct wb_error err = WB_ERROR_INIT;
        pem.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        WB_AUTO(wb_key) *read = wb_key_file_read(wb_buffer_bytes(&pem), "x", &right, &err);
        pem.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* White space for white space is the one change that means nothing. */
        opened += read != NULL;
        if (read != NULL)
            assert_true(wb_key_same(read, key));
        else
            assert_true(err.status == WB_BAD_INPUT || err.status == WB_CHECK_FAILED);
    }
    assert_true(opened <= 1);
    for (size_t size = 0; size + 1 < pem.size; size++) {
        struct wb_error err = WB_ERROR_INIT;
        assert_null(wb_key_file_read((struct wb_bytes){pem.data, size}, "x", &right, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

/* ---- hostile ones ---- */

static void assert_json_refused(const char *json, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    struct wb_password_source password = with((char[]){"x"});
    wb_pem_append(&pem, "ENCRYPTED COSIGN PRIVATE KEY", bytes_of(json));
    clock_t before = clock();
    assert_null(wb_key_file_read(wb_buffer_bytes(&pem), "x", &password, &err));
    assert_true(clock() - before < CLOCKS_PER_SEC / 4);
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, reason);
}

#define SALT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define NONCE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BOX "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_FILE(kdf, cipher, box)                                                                 \
    "{\"kdf\":" kdf ",\"cipher\":" cipher ",\"ciphertext\":\"" box "\"}"
#define SCRYPT(n, r, p, salt)                                                                      \
    "{\"name\":\"scrypt\",\"params\":{\"N\":" n ",\"r\":" r ",\"p\":" p "},\"salt\":\"" salt "\"}"
#define SECRETBOX "{\"name\":\"nacl/secretbox\",\"nonce\":\"" NONCE "\"}"

static void hostile_parameters_are_refused_at_once(void **state)
{
    (void)state;
    static const char bounds[] = "out of bounds";
    assert_json_refused(KEY_FILE(SCRYPT("2097152", "8", "1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("65536", "8", "1000000", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("9223372036854775807", "8", "1", SALT), SECRETBOX, BOX),
                        bounds);
    assert_json_refused(KEY_FILE(SCRYPT("4611686018427387904", "4", "1", SALT), SECRETBOX, BOX),
                        bounds);
    assert_json_refused(KEY_FILE(SCRYPT("-2", "8", "1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("65537", "8", "1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("1", "8", "1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("65536", "0", "1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("65536", "8", "0", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("65536", "-1", "-1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("65536.0", "8", "1", SALT), SECRETBOX, BOX), bounds);
    assert_json_refused(KEY_FILE(SCRYPT("\"65536\"", "8", "1", SALT), SECRETBOX, BOX), bounds);
}

static void malformed_members_are_refused(void **state)
{
    (void)state;
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", "AAAA"), SECRETBOX, BOX), "salt");
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", SALT "AAAA"), SECRETBOX, BOX), "salt");
    assert_json_refused(KEY_FILE("{\"name\":\"pbkdf2\"}", SECRETBOX, BOX), "kdf");
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", SALT), "{\"name\":\"none\"}", BOX),
                        "cipher");
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", SALT),
                                 "{\"name\":\"nacl/secretbox\",\"nonce\":\"AAAA\"}", BOX),
                        "nonce");
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", SALT), SECRETBOX, ""), "ciphertext");
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", SALT), SECRETBOX, "AAAA"), "ciphertext");
    assert_json_refused(KEY_FILE(SCRYPT("1024", "8", "1", SALT), SECRETBOX, "!"), "ciphertext");
    assert_json_refused("[]", "kdf");
    assert_json_refused("{}", "kdf");
    assert_json_refused("{\"kdf\":{},\"kdf\":{}}", "duplicate");
    assert_json_refused("{} {}", "JSON");
    assert_json_refused("", "JSON");
}

/* ---- import ---- */

static struct wb_key *import_with(const char *structure, EVP_PKEY *pkey, char *new_password,
                                  char *password, struct wb_error *err)
{
    uint8_t *pem = NULL;
    size_t size = 0;
    OSSL_ENCODER_CTX *context =
        OSSL_ENCODER_CTX_new_for_pkey(pkey, EVP_PKEY_KEYPAIR, "PEM", structure, NULL);
    if (new_password != NULL) {
        assert_int_equal(OSSL_ENCODER_CTX_set_cipher(context, "AES-256-CBC", NULL), 1);
        assert_int_equal(
            OSSL_ENCODER_CTX_set_passphrase(context, (uint8_t *)new_password, strlen(new_password)),
            1);
    }
    assert_int_equal(OSSL_ENCODER_to_data(context, &pem, &size), 1);
    OSSL_ENCODER_CTX_free(context);
    struct wb_password_source source = with(password);
    struct wb_key *key = wb_key_import((struct wb_bytes){pem, size}, "x.pem", &source, err);
    OPENSSL_free(pem);
    return key;
}

static void keys_of_every_form_are_imported(void **state)
{
    (void)state;
    EVP_PKEY *pkeys[] = {EVP_EC_gen("P-256"), EVP_EC_gen("P-384"), EVP_EC_gen("P-521"),
                         EVP_RSA_gen(2048), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    for (size_t i = 0; i < 5; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_key) *plain = import_with("PrivateKeyInfo", pkeys[i], NULL, NULL, &err);
        if (plain == NULL)
            fail_msg("%zu: %s", i, err.message);
        assert_pair(plain, plain);
        if (i < 4) {
            WB_AUTO(wb_key) *old = import_with("type-specific", pkeys[i], NULL, NULL, &err);
            if (old == NULL)
                fail_msg("%zu: %s", i, err.message);
            assert_pair(old, plain);
        }
        char right[] = "pass", wrong[] = "Pass";
        WB_AUTO(wb_key) *encrypted =
            import_with("EncryptedPrivateKeyInfo", pkeys[i], right, right, &err);
        if (encrypted == NULL)
            fail_msg("%zu: %s", i, err.message);
        assert_pair(encrypted, plain);
        for (int attempt = 0; attempt < 300; attempt++) {
            assert_null(import_with("EncryptedPrivateKeyInfo", pkeys[i], right, wrong, &err));
            assert_int_equal(err.status, WB_CHECK_FAILED);
            if (i != 4)
                break;
        }
        EVP_PKEY_free(pkeys[i]);
    }
}

static void assert_import_refused(EVP_PKEY *pkey, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    assert_null(import_with("PrivateKeyInfo", pkey, NULL, NULL, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, reason);
    EVP_PKEY_free(pkey);
}

static void weak_and_foreign_keys_are_not_imported(void **state)
{
    (void)state;
    assert_import_refused(EVP_EC_gen("P-224"), "x.pem: elliptic curve secp224r1");
    assert_import_refused(EVP_EC_gen("secp256k1"), "secp256k1");
    assert_import_refused(EVP_RSA_gen(1024), "1024 bits");
    assert_import_refused(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "X25519");
    assert_import_refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "ED448");
}

/* The private number of one key with the public point of another. */
static void halves_that_do_not_belong_together_are_refused(void **state)
{
    (void)state;
    EVP_PKEY *one = EVP_EC_gen("P-256"), *two = EVP_EC_gen("P-256");
    uint8_t *a = NULL, *b = NULL;
    int size = i2d_PrivateKey(one, &a);
    assert_int_equal(size, i2d_PrivateKey(two, &b));
    /* SEC1: the point, 65 bytes, comes last. */
    memcpy(a + size - 65, b + size - 65, 65);
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    wb_pem_append(&pem, "EC PRIVATE KEY", (struct wb_bytes){a, (size_t)size});
    struct wb_error err = WB_ERROR_INIT;
    assert_null(wb_key_import(wb_buffer_bytes(&pem), "x", NULL, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_non_null(strstr(err.message, "belong together"));
    /* Whole, but with a byte behind it. */
    WB_AUTO_VALUE(wb_buffer) longer = {0}, long_pem = {0};
    wb_buffer_append(&longer, b, (size_t)size);
    wb_buffer_append(&longer, "", 1);
    wb_pem_append(&long_pem, "EC PRIVATE KEY", wb_buffer_bytes(&longer));
    assert_null(wb_key_import(wb_buffer_bytes(&long_pem), "x", NULL, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    OPENSSL_free(a);
    OPENSSL_free(b);
    EVP_PKEY_free(one);
    EVP_PKEY_free(two);
}

/* PBES2 with a KDF whose cost is given; DER written by hand. */
static void assert_cost_refused(const uint8_t *kdf, size_t size)
{
    static const uint8_t pbes2[] = {0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d};
    static const uint8_t aes[] = {0x30, 0x1d, 0x06, 9,    0x60, 0x86, 0x48, 1, 0x65, 3, 4,
                                  1,    0x2a, 0x04, 0x10, 0,    0,    0,    0, 0,    0, 0,
                                  0,    0,    0,    0,    0,    0,    0,    0, 0};
    WB_AUTO_VALUE(wb_buffer) der = {0}, pem = {0};
    uint8_t both = (uint8_t)(size + sizeof aes), algorithm = (uint8_t)(both + 2 + sizeof pbes2);
    wb_buffer_append(&der, (const uint8_t[]){0x30, (uint8_t)(algorithm + 2 + 18)}, 2);
    wb_buffer_append(&der, (const uint8_t[]){0x30, algorithm}, 2);
    wb_buffer_append(&der, pbes2, sizeof pbes2);
    wb_buffer_append(&der, (const uint8_t[]){0x30, both}, 2);
    wb_buffer_append(&der, kdf, size);
    wb_buffer_append(&der, aes, sizeof aes);
    wb_buffer_append(&der, (const uint8_t[18]){0x04, 16}, 18);
    wb_pem_append(&pem, "ENCRYPTED PRIVATE KEY", wb_buffer_bytes(&der));
    struct wb_error err = WB_ERROR_INIT;
    struct wb_password_source source = with(NULL);
    assert_null(wb_key_import(wb_buffer_bytes(&pem), "x", &source, &err));
    if (strstr(err.message, "iterations") == NULL && strstr(err.message, "out of bounds") == NULL)
        fail_msg("%s", err.message);
}

static void costly_encryption_is_refused_before_the_password(void **state)
{
    (void)state;
    static const uint8_t pbkdf2[] = {0x30, 0x1d, 0x06, 9,    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1,
                                     5,    0x0c, 0x30, 16,   0x04, 8,    0,    0,    0,    0,    0,
                                     0,    0,    0,    0x02, 4,    0x7f, 0xff, 0xff, 0xff};
    assert_cost_refused(pbkdf2, sizeof pbkdf2);
    static const uint8_t scrypt[] = {0x30, 0x23, 0x06, 9, 0x2b, 6, 1, 4,    1, 0xda, 0x47, 4, 0x0b,
                                     0x30, 22,   0x04, 8, 0,    0, 0, 0,    0, 0,    0,    0, 0x02,
                                     3,    1,    0,    0, 0x02, 1, 8, 0x02, 2, 0x7f, 0xff};
    assert_cost_refused(scrypt, sizeof scrypt);
}

static void old_encryption_is_named(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    static const char proc_type[] = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                                    "DEK-Info: AES-128-CBC,00\n\nAAAA\n"
                                    "-----END RSA PRIVATE KEY-----\n";
    assert_null(wb_key_import(bytes_of(proc_type), "x", NULL, &err));
    assert_non_null(strstr(err.message, "openssl pkcs8 -topk8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosigns_keys_and_signatures_are_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(files_never_repeat_salt_or_nonce),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(hostile_parameters_are_refused_at_once),
        cmocka_unit_test(malformed_members_are_refused),
        cmocka_unit_test(keys_of_every_form_are_imported),
        cmocka_unit_test(weak_and_foreign_keys_are_not_imported),
        cmocka_unit_test(halves_that_do_not_belong_together_are_refused),
        cmocka_unit_test(costly_encryption_is_refused_before_the_password),
        cmocka_unit_test(old_encryption_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
