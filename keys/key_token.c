/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a key in a token. */
#include "keys/token_private.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lives as long as its key: some tokens want the PIN again for every signature. */
struct token {
    struct token *self; /* OpenSSL hands back pointers to constants only */
    struct wb_token_uri uri;
    const struct wb_password_source *source; /* these two only while the key is opened */
    struct wb_error *err;
    struct wb_secret pin;
    bool asked;   /* the token wanted a PIN */
    bool refused; /* there was none to be had; err says why */
    bool opened;
    UI_METHOD *ui;
    const UI_METHOD *usual_ui;
    struct wb_token_found found;
};

static void free_token(void *context)
{
    struct token *token = context;
    if (token->found.release != NULL)
        token->found.release(token->found.keeper);
    if (token->ui != NULL && UI_get_default_method() == token->ui)
        UI_set_default_method(token->usual_ui);
    if (token->ui != NULL)
        UI_destroy_method(token->ui);
    wb_token_uri_clear(&token->uri);
    wb_secret_clear(&token->pin);
    free(token);
}

/* ---- the PIN ---- */

static bool get_pin(struct token *token)
{
    if (token->uri.pin.data != NULL) {
        wb_secret_set(&token->pin, token->uri.pin.data, token->uri.pin.size);
        return true;
    }
    const char *value = getenv("COSIGN_PKCS11_PIN");
    if (value != NULL) {
        wb_secret_set(&token->pin, value, strlen(value));
        return true;
    }
    if (token->source == NULL)
        return wb_error_set(token->err, WB_USAGE, "the token asks for a PIN, and there is none");
    return token->source->ask(token->source->context, WB_PASSWORD_PIN, token->uri.uri, &token->pin,
                              token->err);
}

/* OpenSSL's way to ask: the reader of a UI_METHOD. */
static int give_pin(UI *ui, UI_STRING *text)
{
    enum UI_string_types type = UI_get_string_type(text);
    if (type != UIT_PROMPT && type != UIT_VERIFY)
        return 1;
    struct token *const *self = UI_method_get_ex_data(UI_get_method(ui), 0);
    struct token *token = *self;
    if (!token->opened) {
        /* Tokens lock themselves after a few wrong PINs: until one has proved right, it is tried
         * once. */
        if (token->asked)
            return 0;
        token->asked = true;
        token->refused = !get_pin(token);
    }
    if (token->pin.data == NULL || token->pin.size > WB_PIN_SIZE_MAX)
        return 0;
    return UI_set_result_ex(ui, text, (const char *)token->pin.data, (int)token->pin.size) == 0;
}

/* The provider takes it for the usual one where a key wants the PIN again; also, nobody else is to
 * ask people for the PIN once we give none. */
static bool become_the_one_to_ask(struct token *token, struct wb_error *err)
{
    token->ui = UI_create_method("waybill");
    if (token->ui == NULL || UI_method_set_reader(token->ui, give_pin) != 0 ||
        UI_method_set_ex_data(token->ui, 0, &token->self) != 1)
        return wb_openssl_error(err, WB_SYSTEM, "OpenSSL cannot ask for a PIN");
    token->usual_ui = UI_get_default_method();
    UI_set_default_method(token->ui);
    return true;
}

/* ---- finding the key ---- */

/* What the token said, as PKCS#11 numbers it (CKR_PIN_INCORRECT, CKR_PIN_LOCKED) and the engine
 * leaves it in OpenSSL's queue. The provider keeps it to itself. */
static const char *pin_fault(void)
{
    const char *fault = NULL;
    for (unsigned long code; (code = ERR_get_error()) != 0;)
        if (ERR_GET_REASON(code) == 0xa0)
            fault = "the PIN is wrong";
        else if (ERR_GET_REASON(code) == 0xa4)
            fault = "the PIN is locked";
    return fault;
}

static bool nothing_found(const struct token *token, bool want_private)
{
    const char *uri = token->uri.uri, *half = want_private ? "private" : "public";
    if (token->refused) {
        ERR_clear_error();
        return wb_error_context(token->err, "%s", uri);
    }
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    const char *fault = token->asked ? pin_fault() : NULL;
    ERR_clear_error();
    if (fault != NULL)
        return wb_error_set(token->err, WB_CHECK_FAILED, "%s: %s", uri, fault);
    if (reason != NULL)
        return wb_error_set(token->err, WB_BAD_INPUT, "%s: no such %s key in a token: %s", uri,
                            half, reason);
    if (token->asked)
        return wb_error_set(token->err, WB_CHECK_FAILED,
                            "%s: no such %s key in a token, or the PIN is wrong", uri, half);
    return wb_error_set(token->err, WB_BAD_INPUT, "%s: no such %s key in a token", uri, half);
}

static bool find(struct token *token, bool want_private)
{
    struct wb_token_request request = {
        .uri = &token->uri, .want_private = want_private, .ui = token->ui};
    void *engine = NULL;
    if (wb_token_provider_load(&token->uri))
        return wb_token_provider_find(&request, &token->found) ||
               nothing_found(token, want_private);
    if (wb_token_engine_load(&token->uri, &engine))
        return wb_token_engine_find(engine, &request, &token->found) ||
               nothing_found(token, want_private);
    return wb_openssl_error(token->err, WB_SYSTEM,
                            "OpenSSL has no way to tokens here: install its PKCS#11 provider "
                            "(pkcs11-provider) or engine (libengine-pkcs11-openssl)");
}

static struct wb_key *open_key(struct token *token, bool want_private, struct wb_error *err)
{
    if (!find(token, want_private))
        return NULL;
    struct wb_key *key = wb_key_wrap_private(token->found.pkey, true, err);
    if (key == NULL) {
        wb_error_context(err, "%s", token->uri.uri);
        return NULL;
    }
    if (!want_private) {
        EVP_PKEY_free(key->private_key);
        key->private_key = NULL;
    }
    token->opened = true;
    token->source = NULL;
    token->err = NULL;
    key->token = token;
    key->release_token = free_token;
    ERR_clear_error();
    return key;
}

static bool prepare(struct token *token, const char *text, struct wb_error *err)
{
    if (!wb_token_uri_parse(text, &token->uri, err))
        return false;
    if (token->uri.module_path == NULL)
        token->uri.module_path = wb_string_copy(getenv("COSIGN_PKCS11_MODULE_PATH"));
    const char *module = token->uri.module_path;
    if (module != NULL && strchr(module, '/') != NULL && access(module, R_OK) != 0)
        return wb_error_set_errno(err, errno, "PKCS#11 module %s", module);
    return become_the_one_to_ask(token, err);
}

struct wb_key *wb_key_token_open(const char *uri, bool want_private,
                                 const struct wb_password_source *password, struct wb_error *err)
{
    struct token *token = wb_allocate(sizeof *token);
    token->self = token;
    token->source = password;
    token->err = err;
    struct wb_key *key = prepare(token, uri, err) ? open_key(token, want_private, err) : NULL;
    if (key == NULL)
        free_token(token);
    return key;
}
