/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens through OpenSSL's PKCS#11 provider. */
#include "keys/token_private.h"

#include <openssl/provider.h>
#include <openssl/store.h>
#include <stdlib.h>

static const char provider_name[] = "pkcs11";

bool wb_token_provider_load(const struct wb_token_uri *uri)
{
    /* The provider takes its module from its configuration or from here, and not from the URI. */
    if (uri->module_path != NULL)
        setenv("PKCS11_PROVIDER_MODULE", uri->module_path, 1);
    /* With the last argument the default provider stays what it was. */
    return OSSL_PROVIDER_available(NULL, provider_name) == 1 ||
           OSSL_PROVIDER_try_load(NULL, provider_name, 1) != NULL;
}

static EVP_PKEY *take_key(const OSSL_STORE_INFO *info, bool want_private)
{
    switch (OSSL_STORE_INFO_get_type(info)) {
    case OSSL_STORE_INFO_PKEY:
        return OSSL_STORE_INFO_get1_PKEY(info);
    case OSSL_STORE_INFO_PUBKEY:
        return want_private ? NULL : OSSL_STORE_INFO_get1_PUBKEY(info);
    case OSSL_STORE_INFO_CERT:
        return want_private ? NULL : X509_get_pubkey(OSSL_STORE_INFO_get0_CERT(info));
    default:
        return NULL;
    }
}

static EVP_PKEY *find_kind(const struct wb_token_request *request, int expected)
{
    OSSL_STORE_CTX *store =
        OSSL_STORE_open_ex(request->uri->uri, NULL, NULL, request->ui, NULL, NULL, NULL, NULL);
    if (store == NULL)
        return NULL;
    EVP_PKEY *pkey = NULL;
    /* A hint only: a provider may still hand out other things. */
    OSSL_STORE_expect(store, expected);
    while (pkey == NULL && OSSL_STORE_eof(store) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        if (info == NULL)
            break;
        pkey = take_key(info, request->want_private);
        OSSL_STORE_INFO_free(info);
    }
    OSSL_STORE_close(store);
    return pkey;
}

bool wb_token_provider_find(const struct wb_token_request *request, struct wb_token_found *found)
{
    if (request->want_private)
        found->pkey = find_kind(request, OSSL_STORE_INFO_PKEY);
    if (!request->want_private)
        found->pkey = find_kind(request, OSSL_STORE_INFO_PUBKEY);
    if (!request->want_private && found->pkey == NULL)
        found->pkey = find_kind(request, OSSL_STORE_INFO_CERT);
    return found->pkey != NULL;
}
