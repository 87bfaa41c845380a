/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens through OpenSSL's PKCS#11 engine, on systems that ship no provider. The only file that
 * uses the old interface. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keys/token_private.h"

#if !defined(OPENSSL_NO_ENGINE) && __has_include(<openssl/engine.h>)
#include <openssl/engine.h>

static void release(void *keeper)
{
    ENGINE_finish(keeper);
}

bool wb_token_engine_load(const struct wb_token_uri *uri, void **engine)
{
    OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, NULL);
    ENGINE *found = ENGINE_by_id("pkcs11");
    if (found == NULL)
        return false;
    /* It writes to standard error otherwise; a version that does not know the command still works.
     */
    ENGINE_ctrl_cmd_string(found, "QUIET", NULL, 1);
    bool good = (uri->module_path == NULL ||
                 ENGINE_ctrl_cmd_string(found, "MODULE_PATH", uri->module_path, 0) == 1) &&
                ENGINE_init(found) == 1;
    ENGINE_free(found);
    *engine = good ? found : NULL;
    return good;
}

static EVP_PKEY *key_of_certificate(ENGINE *engine, const char *uri)
{
    struct {
        const char *uri;
        X509 *certificate;
    } request = {.uri = uri};
    if (ENGINE_ctrl_cmd(engine, "LOAD_CERT_CTRL", 0, &request, NULL, 1) != 1 ||
        request.certificate == NULL)
        return NULL;
    EVP_PKEY *pkey = X509_get_pubkey(request.certificate);
    X509_free(request.certificate);
    return pkey;
}

bool wb_token_engine_find(void *engine, const struct wb_token_request *request,
                          struct wb_token_found *found)
{
    const char *uri = request->uri->uri;
    /* For certificates, and for keys that want the PIN again. */
    ENGINE_ctrl(engine, ENGINE_CTRL_SET_USER_INTERFACE, 0, request->ui, NULL);
    if (request->want_private) {
        found->pkey = ENGINE_load_private_key(engine, uri, request->ui, NULL);
    } else {
        found->pkey = ENGINE_load_public_key(engine, uri, request->ui, NULL);
        if (found->pkey == NULL)
            found->pkey = key_of_certificate(engine, uri);
    }
    if (found->pkey == NULL) {
        ENGINE_finish(engine);
        return false;
    }
    found->keeper = engine;
    found->release = release;
    return true;
}

#else

bool wb_token_engine_load(const struct wb_token_uri *uri, void **engine)
{
    (void)uri;
    *engine = NULL;
    return false;
}

bool wb_token_engine_find(void *engine, const struct wb_token_request *request,
                          struct wb_token_found *found)
{
    (void)engine;
    (void)request;
    (void)found;
    return false;
}

#endif
