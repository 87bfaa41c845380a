/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3161 requests and responses. */
#include "sign/sign.h"

#include <openssl/rand.h>
#include <openssl/ts.h>
#include <string.h>

#define RESPONSE_SIZE_MAX ((size_t)1 << 20)

/* The digest of `signature` made with the algorithm that the response names. */
static bool digest_as_stated(const TS_MSG_IMPRINT *imprint, struct wb_bytes signature,
                             struct wb_digest *digest, struct wb_error *err)
{
    static const struct {
        int nid;
        enum wb_digest_algorithm algorithm;
    } known[] = {{NID_sha256, WB_DIGEST_SHA256},
                 {NID_sha384, WB_DIGEST_SHA384},
                 {NID_sha512, WB_DIGEST_SHA512}};
    const ASN1_OBJECT *object;
    X509_ALGOR_get0(&object, NULL, NULL, TS_MSG_IMPRINT_get_algo((TS_MSG_IMPRINT *)imprint));
    int nid = OBJ_obj2nid(object);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].nid == nid)
            return wb_digest_bytes(known[i].algorithm, signature, digest, err);
    return wb_error_set(err, WB_BAD_INPUT, "timestamp: its digest algorithm is not SHA-2");
}

static bool check_response(TS_RESP *response, struct wb_bytes signature, struct wb_error *err)
{
    long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response)));
    if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
        return wb_error_set(err, WB_BAD_INPUT, "timestamp: the authority refused (status %ld)",
                            status);
    TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    if (info == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "timestamp: no token in the response");
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    struct wb_digest digest;
    if (!digest_as_stated(imprint, signature, &digest, err))
        return false;
    const ASN1_OCTET_STRING *stated = TS_MSG_IMPRINT_get_msg(imprint);
    size_t size = wb_digest_size(digest.algorithm);
    if ((size_t)ASN1_STRING_length(stated) != size ||
        memcmp(ASN1_STRING_get0_data(stated), digest.bytes, size) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "timestamp: it is of another signature");
    return true;
}

bool wb_timestamp_matches(struct wb_bytes response, struct wb_bytes signature, struct wb_error *err)
{
    if (response.size > RESPONSE_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "timestamp: %zu bytes, more than the %zu it may have", response.size,
                            RESPONSE_SIZE_MAX);
    const unsigned char *at = response.data;
    TS_RESP *parsed = d2i_TS_RESP(NULL, &at, (long)response.size);
    if (parsed == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "timestamp: not an RFC 3161 response");
    bool good = at == response.data + response.size
                    ? check_response(parsed, signature, err)
                    : wb_error_set(err, WB_BAD_INPUT, "timestamp: bytes follow the response");
    TS_RESP_free(parsed);
    return good;
}

static bool fill_request(TS_REQ *request, TS_MSG_IMPRINT *imprint, X509_ALGOR *algorithm,
                         ASN1_INTEGER *nonce, const struct wb_digest *digest)
{
    uint64_t number;
    return RAND_bytes((unsigned char *)&number, sizeof number) == 1 &&
           ASN1_INTEGER_set_uint64(nonce, number) == 1 &&
           X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
           TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
           TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)digest->bytes, 32) == 1 &&
           TS_REQ_set_version(request, 1) == 1 && TS_REQ_set_msg_imprint(request, imprint) == 1 &&
           TS_REQ_set_nonce(request, nonce) == 1 && TS_REQ_set_cert_req(request, 1) == 1;
}

bool wb_timestamp_request(struct wb_bytes signature, struct wb_buffer *out, struct wb_error *err)
{
    struct wb_digest digest;
    if (!wb_digest_bytes(WB_DIGEST_SHA256, signature, &digest, err))
        return false;
    TS_REQ *request = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    unsigned char *der = NULL;
    int size = -1;
    if (request != NULL && imprint != NULL && algorithm != NULL && nonce != NULL &&
        fill_request(request, imprint, algorithm, nonce, &digest))
        size = i2d_TS_REQ(request, &der);
    if (size > 0)
        wb_buffer_append(out, der, (size_t)size);
    OPENSSL_free(der);
    TS_REQ_free(request);
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(algorithm);
    ASN1_INTEGER_free(nonce);
    return size > 0 || wb_error_set(err, WB_SYSTEM, "OpenSSL cannot make a timestamp request");
}
