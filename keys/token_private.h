/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in tokens (PKCS#11): what the URI says, and the two ways OpenSSL has to get at them. */
#ifndef WAYBILL_TOKEN_PRIVATE_H
#define WAYBILL_TOKEN_PRIVATE_H

#include "keys/key_private.h"

#include <openssl/ui.h>

/* ---- token_uri.c (RFC 7512) ---- */

#define WB_PIN_SIZE_MAX 256

struct wb_token_uri {
    char *uri;            /* without PIN and module: fit for messages and for OpenSSL */
    char *module_path;    /* NULL: whatever the system is set up for */
    struct wb_secret pin; /* data is NULL without one */
};
bool wb_token_uri_parse(const char *text, struct wb_token_uri *uri,
                        struct wb_error *err) WB_MUST_CHECK;
void wb_token_uri_clear(struct wb_token_uri *uri);

/* ---- key_token_provider.c, key_token_engine.c ---- */

struct wb_token_request {
    const struct wb_token_uri *uri;
    bool want_private;
    UI_METHOD *ui; /* asks for the PIN */
};
/* What was found. `keeper` holds open what the key stands on. */
struct wb_token_found {
    EVP_PKEY *pkey;
    void *keeper;
    void (*release)(void *keeper);
};
/* Whether OpenSSL has this way at all; loads it. */
bool wb_token_provider_load(const struct wb_token_uri *uri);
bool wb_token_provider_find(const struct wb_token_request *request, struct wb_token_found *found);
bool wb_token_engine_load(const struct wb_token_uri *uri, void **engine);
bool wb_token_engine_find(void *engine, const struct wb_token_request *request,
                          struct wb_token_found *found);

#endif
