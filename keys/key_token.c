/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a key in a token. */
#include "keys/token_private.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* Tokens lock themselves after a few wrong PINs: one that was refused is never tried on and on. */
#define PIN_ATTEMPTS 2

struct pin_request {
    const struct wb_token_uri *uri;
    const struct wb_password_source *source;
    struct wb_secret pin;
    int attempts;
    bool refused; /* the source had none; err says why */
    struct wb_error *err;
};

static bool get_pin(struct pin_request *request)
{
    if (request->pin.data != NULL)
        return true;
    if (request->uri->pin.data != NULL) {
        wb_secret_set(&request->pin, request->uri->pin.data, request->uri->pin.size);
        return true;
    }
    const char *value = getenv("COSIGN_PKCS11_PIN");
    if (value != NULL) {
        wb_secret_set(&request->pin, value, strlen(value));
        return true;
    }
    if (request->source == NULL)
        return wb_error_set(request->err, WB_USAGE, "the token asks for a PIN, and there is none");
    return request->source->ask(request->source->context, WB_PASSWORD_PIN, request->uri->uri,
                                &request->pin, request->err);
}

/* OpenSSL's pem_password_cb. */
static int give_pin(char *buffer, int size, int writing, void *context)
{
    struct pin_request *request = context;
    (void)writing;
    if (request->attempts++ == PIN_ATTEMPTS)
        return -1;
    request->refused = !get_pin(request);
    if (request->refused || size < 0 || request->pin.size > (size_t)size)
        return -1;
    if (request->pin.size > 0)
        memcpy(buffer, request->pin.data, request->pin.size);
    return (int)request->pin.size;
}

static bool nothing_found(const struct pin_request *pin, bool want_private)
{
    if (pin->refused)
        return wb_error_context(pin->err, "%s", pin->uri->uri);
    return wb_openssl_error(pin->err, pin->attempts > 0 ? WB_CHECK_FAILED : WB_BAD_INPUT,
                            "%s: the token has no such %s key%s", pin->uri->uri,
                            want_private ? "private" : "public",
                            pin->attempts > 0 ? ", or the PIN is wrong" : "");
}

static bool find(struct wb_token_request *request, struct pin_request *pin,
                 struct wb_token_found *found)
{
    void *engine = NULL;
    if (wb_token_provider_load(request->uri))
        return wb_token_provider_find(request, found) || nothing_found(pin, request->want_private);
    if (wb_token_engine_load(request->uri, &engine))
        return wb_token_engine_find(engine, request, found) ||
               nothing_found(pin, request->want_private);
    return wb_openssl_error(pin->err, WB_SYSTEM,
                            "OpenSSL has no way to tokens here: install its PKCS#11 provider "
                            "(pkcs11-provider) or engine (libengine-pkcs11-openssl), and see that "
                            "module-path, if given, is right");
}

static struct wb_key *open_token(const struct wb_token_uri *uri, bool want_private,
                                 const struct wb_password_source *password, struct wb_error *err)
{
    struct pin_request pin = {.uri = uri, .source = password, .err = err};
    struct wb_token_request request = {.uri = uri, .want_private = want_private, .ui_data = &pin};
    struct wb_token_found found = {0};
    request.ui = UI_UTIL_wrap_read_pem_callback(give_pin, 0);
    if (request.ui == NULL)
        wb_out_of_memory(1);
    bool good = find(&request, &pin, &found);
    UI_destroy_method(request.ui);
    wb_secret_clear(&pin.pin);
    if (!good)
        return NULL;
    struct wb_key *key = wb_key_wrap_private(found.pkey, true, err);
    if (key == NULL) {
        wb_error_context(err, "%s", uri->uri);
        if (found.release != NULL)
            found.release(found.keeper);
        return NULL;
    }
    if (!want_private) {
        EVP_PKEY_free(key->private_key);
        key->private_key = NULL;
    }
    key->token = found.keeper;
    key->release_token = found.release;
    ERR_clear_error();
    return key;
}

struct wb_key *wb_key_token_open(const char *text, bool want_private,
                                 const struct wb_password_source *password, struct wb_error *err)
{
    struct wb_token_uri uri;
    struct wb_key *key = NULL;
    if (wb_token_uri_parse(text, &uri, err)) {
        const char *module = getenv("COSIGN_PKCS11_MODULE_PATH");
        if (uri.module_path == NULL)
            uri.module_path = wb_string_copy(module);
        key = open_token(&uri, want_private, password, err);
    }
    wb_token_uri_clear(&uri);
    return key;
}
