/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in tokens: the URI, and SoftHSM as the token. */
#include "keys/token_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What the engine and the token's module leave behind is not ours. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* ---- the URI ---- */

static void pin_and_module_are_taken_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *uri, *module, *pin;
    } cases[] = {
        {"pkcs11:token=a;object=b", "pkcs11:token=a;object=b", NULL, NULL},
        {"pkcs11:token=a%20b;object=c?module-path=/x/y.so&pin-value=12%3634",
         "pkcs11:token=a%20b;object=c", "/x/y.so", "12634"},
        {"pkcs11:pin-value=1;object=c", "pkcs11:object=c", NULL, "1"},
        {"pkcs11:object=c?pin-value=", "pkcs11:object=c", NULL, ""},
        {"pkcs11:?module-path=%2fa", "pkcs11:", "/a", NULL},
        {"pkcs11:;;object=c;?&", "pkcs11:object=c", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_token_uri uri;
        if (!wb_token_uri_parse(cases[i].text, &uri, &err))
            fail_msg("%s: %s", cases[i].text, err.message);
        assert_string_equal(uri.uri, cases[i].uri);
        assert_int_equal(uri.module_path == NULL, cases[i].module == NULL);
        if (cases[i].module != NULL)
            assert_string_equal(uri.module_path, cases[i].module);
        assert_int_equal(uri.pin.data == NULL, cases[i].pin == NULL);
        if (cases[i].pin != NULL)
            assert_string_equal((const char *)uri.pin.data, cases[i].pin);
        wb_token_uri_clear(&uri);
    }
}

static void malformed_uris_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "pkcs12:object=a",
        "pkcs11:object=a?pin-value=secret%",
        "pkcs11:object=a?pin-value=secret%0",
        "pkcs11:object=a?pin-value=secret%zz",
        "pkcs11:object=a?pin-value=secret%00",
        "pkcs11:object=a?module-name=b",
        "pkcs11:object=a?b=c&d=e",
        "pkcs11:object=a?pin-source=|echo%20secret",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_token_uri uri;
        if (wb_token_uri_parse(cases[i], &uri, &err))
            fail_msg("%s", cases[i]);
        assert_int_equal(err.status, WB_USAGE);
        assert_null(strstr(err.message, "secret"));
        wb_token_uri_clear(&uri);
    }
}

static void a_pin_is_read_from_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/waybill-pin-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "4321\n", 5), 5);
    close(fd);
    for (size_t i = 0; i < 3; i++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_token_uri uri;
        WB_AUTO_STRING source = wb_string_format("%s%s",
                                                 i == 0   ? ""
                                                 : i == 1 ? "file:"
                                                          : "file://",
                                                 path);
        WB_AUTO_STRING text = wb_string_format("pkcs11:object=a?pin-source=%s", source);
        if (!wb_token_uri_parse(text, &uri, &err))
            fail_msg("%s: %s", text, err.message);
        assert_string_equal((const char *)uri.pin.data, "4321");
        wb_token_uri_clear(&uri);
    }
    unlink(path);
}

/* ---- a token ---- */

static char folder[] = "/tmp/waybill-token-XXXXXX";
static const char *module;

static const char *find_module(void)
{
    static const char *const places[] = {
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/lib/pkcs11/libsofthsm2.so",
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return NULL;
}

static void run(const char *command)
{
    WB_AUTO_STRING quiet = wb_string_format("(%s) >>%s/log 2>&1", command, folder);
    if (system(quiet) != 0)
        fail_msg("%s (%s/log)", command, folder);
}

static void generate(const char *type, const char *label, const char *more)
{
    WB_AUTO_STRING command = wb_string_format(
        "pkcs11-tool --module %s --token-label waybill --login --pin 1234 --keypairgen "
        "--key-type %s --label %s --id $(printf %%s %s | od -An -tx1 | tr -d ' ') %s",
        module, type, label, label, more);
    run(command);
}

static void make_token(void)
{
    assert_non_null(mkdtemp(folder));
    WB_AUTO_STRING configuration = wb_string_format("%s/softhsm2.conf", folder);
    FILE *file = fopen(configuration, "w");
    fprintf(file, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
            folder);
    fclose(file);
    setenv("SOFTHSM2_CONF", configuration, 1);
    setenv("COSIGN_PKCS11_MODULE_PATH", module, 1);
    run("softhsm2-util --init-token --free --label waybill --pin 1234 --so-pin 5678");
    generate("EC:prime256v1", "p256", "");
    generate("EC:secp384r1", "p384", "");
    generate("EC:secp521r1", "p521", "");
    generate("EC:secp256k1", "other", "");
    generate("rsa:2048", "rsa", "");
    generate("EC:prime256v1", "careful", "--always-auth");
}

static void need_token(void)
{
    static bool made;
    if (made)
        return;
    module = find_module();
    if (module == NULL || system("command -v softhsm2-util pkcs11-tool >/dev/null") != 0) {
        printf("SKIPPED: no SoftHSM (softhsm2-util, libsofthsm2.so) and pkcs11-tool here\n");
        skip();
    }
    make_token();
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_key) *key = wb_key_token_open("pkcs11:token=waybill;object=p256", false, NULL, &err);
    if (key == NULL && err.status == WB_SYSTEM) {
        printf("SKIPPED: %s\n", err.message);
        skip();
    }
    made = true;
}

static int remove_token(void **state)
{
    (void)state;
    WB_AUTO_STRING command = wb_string_format("rm -rf %s", folder);
    return access(folder, F_OK) == 0 ? system(command) : 0;
}

static const char *pin_to_give;
static int pins_asked;

static bool give_pin(void *context, enum wb_password_kind kind, const char *what,
                     struct wb_secret *password, struct wb_error *err)
{
    (void)context;
    assert_int_equal(kind, WB_PASSWORD_PIN);
    assert_null(strstr(what, "module-path"));
    pins_asked++;
    if (pin_to_give == NULL)
        return wb_error_set(err, WB_USAGE, "no PIN");
    wb_secret_set(password, pin_to_give, strlen(pin_to_give));
    return true;
}

static const struct wb_password_source source = {.ask = give_pin};

static void keys_in_a_token_sign(void **state)
{
    (void)state;
    need_token();
    static const char *const labels[] = {"p256", "p384", "p521", "rsa"};
    pin_to_give = "1234";
    pins_asked = 0;
    for (size_t i = 0; i < 4; i++) {
        struct wb_error err = WB_ERROR_INIT;
        const struct wb_bytes message = {(const uint8_t *)labels[i], 3};
        WB_AUTO_VALUE(wb_buffer) signature = {0}, again = {0};
        WB_AUTO_STRING uri = wb_string_format("pkcs11:token=waybill;object=%s", labels[i]);
        WB_AUTO(wb_key) *key = wb_key_token_open(uri, true, &source, &err);
        if (key == NULL)
            fail_msg("%s", err.message);
        WB_AUTO(wb_key) *public_key = wb_key_open_public(uri, &source, &err);
        if (public_key == NULL)
            fail_msg("%s", err.message);
        assert_true(wb_key_same(key, public_key));
        assert_true(wb_key_has_private(key) && !wb_key_has_private(public_key));
        struct wb_digest digest;
        assert_true(wb_digest_bytes(wb_key_digest_algorithm(key), message, &digest, &err));
        if (!wb_key_sign(key, message, &signature, &err) ||
            !wb_key_sign_digest(key, &digest, &again, &err) ||
            !wb_key_check(public_key, message, wb_buffer_bytes(&signature), &err) ||
            !wb_key_check(public_key, message, wb_buffer_bytes(&again), &err))
            fail_msg("%s: %s", labels[i], err.message);
        WB_AUTO_VALUE(wb_secret) password = {0};
        wb_secret_set(&password, "x", 1);
        assert_false(wb_key_file_write(key, &password, &again, &err));
    }
    /* The engine stays logged in, a provider may not. */
    assert_in_range(pins_asked, 0, 4);
}

static void assert_not_opened(const char *uri, bool want_private, enum wb_status status,
                              const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    assert_null(wb_key_token_open(uri, want_private, &source, &err));
    /* The provider cannot tell a wrong PIN from a key that is not there. */
    if (strstr(err.message, ", or the PIN is wrong") != NULL)
        assert_int_equal(err.status, WB_CHECK_FAILED);
    else
        assert_int_equal(err.status, status);
    if (strstr(err.message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, reason);
}

static void a_wrong_pin_is_tried_once(void **state)
{
    (void)state;
    need_token();
    pin_to_give = "9999";
    pins_asked = 0;
    assert_not_opened("pkcs11:token=waybill;object=p256", true, WB_CHECK_FAILED,
                      "the PIN is wrong");
    assert_int_equal(pins_asked, 1);
    assert_not_opened("pkcs11:token=waybill;object=p256?pin-value=8888", true, WB_CHECK_FAILED,
                      "the PIN is wrong");
    assert_int_equal(pins_asked, 1);
    pin_to_give = NULL;
    assert_not_opened("pkcs11:token=waybill;object=p256", true, WB_USAGE, "no PIN");
}

/* As the signing key of a smart card does. */
static void a_key_may_want_the_pin_for_each_signature(void **state)
{
    (void)state;
    need_token();
    pin_to_give = "1234";
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_bytes message = {(const uint8_t *)"message", 7};
    WB_AUTO(wb_key) *key =
        wb_key_token_open("pkcs11:token=waybill;object=careful", true, &source, &err);
    if (key == NULL)
        fail_msg("%s", err.message);
    /* The source is gone once the key is open. */
    pins_asked = 0;
    for (int i = 0; i < 3; i++) {
        WB_AUTO_VALUE(wb_buffer) signature = {0};
        if (!wb_key_sign(key, message, &signature, &err))
            fail_msg("%s", err.message);
    }
    assert_int_equal(pins_asked, 0);
}

static void what_is_not_there_or_not_taken_is_named(void **state)
{
    (void)state;
    need_token();
    pin_to_give = "1234";
    assert_not_opened("pkcs11:token=waybill;object=none", true, WB_BAD_INPUT,
                      "no such private key");
    assert_not_opened("pkcs11:token=waybill;object=none", false, WB_BAD_INPUT,
                      "no such public key");
    assert_not_opened("pkcs11:token=none;object=p256", true, WB_BAD_INPUT, "no such private key");
    assert_not_opened("pkcs11:token=waybill;object=other", true, WB_BAD_INPUT, "secp256k1");
    assert_not_opened("pkcs11:token=waybill;object=p256?module-path=/none.so", true, WB_SYSTEM,
                      "/none.so: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pin_and_module_are_taken_out),
        cmocka_unit_test(malformed_uris_are_refused),
        cmocka_unit_test(a_pin_is_read_from_a_file),
        /* Before any other, because a token stays open for the process once the PIN was right. */
        cmocka_unit_test(a_wrong_pin_is_tried_once),
        cmocka_unit_test(a_key_may_want_the_pin_for_each_signature),
        cmocka_unit_test(keys_in_a_token_sign),
        cmocka_unit_test(what_is_not_there_or_not_taken_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, remove_token);
}
