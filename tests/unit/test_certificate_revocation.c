/* SPDX-License-Identifier: Apache-2.0 */
/* What lists of revoked certificates say, and what they do not. */
#include "tests/unit/issued_certificates.h"

static struct issued root, middle;

static int make_authorities(void **state)
{
    (void)state;
    root = issue((struct order){"root", .extensions = {CA}, .not_before = -100, .not_after = 100});
    middle = issue(
        (struct order){"middle", &root, .extensions = {CA}, .not_before = -100, .not_after = 100});
    return 0;
}

static int discard_authorities(void **state)
{
    (void)state;
    discard(&root);
    discard(&middle);
    return 0;
}

static void make_crl(const struct issued *issuer, const struct issued *revoked, int64_t from,
                     int64_t to, struct wb_buffer *der)
{
    X509_CRL *crl = X509_CRL_new();
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->certificate));
    ASN1_TIME *time = ASN1_TIME_set(NULL, NOW + from * DAY);
    X509_CRL_set1_lastUpdate(crl, time);
    if (revoked != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->certificate));
        X509_REVOKED_set_revocationDate(entry, time);
        X509_CRL_add0_revoked(crl, entry);
    }
    ASN1_TIME_set(time, NOW + to * DAY);
    X509_CRL_set1_nextUpdate(crl, time);
    ASN1_TIME_free(time);
    X509_CRL_sort(crl);
    assert_true(X509_CRL_sign(crl, issuer->pkey, EVP_sha256()) > 0);
    uint8_t *bytes = NULL;
    int size = i2d_X509_CRL(crl, &bytes);
    wb_buffer_append(der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    X509_CRL_free(crl);
}

static void revocation_lists_are_heeded(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &root, .extensions = {SIGNER}});
    struct issued other = issue((struct order){"other", &root, .extensions = {SIGNER}});
    struct issued below = issue((struct order){"below", &middle, .extensions = {SIGNER}});
    WB_AUTO_VALUE(wb_buffer) good = {0}, old = {0}, forged = {0};
    make_crl(&root, &other, -1, 1, &good);
    make_crl(&root, &other, -3, -1, &old);
    make_crl(&middle, NULL, -1, 1, &forged);
    struct wb_bytes list = wb_buffer_bytes(&good);
    struct wb_error err = WB_ERROR_INIT;
    if (!check_path(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL))
        fail_msg("%s", err.message);
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &other, NULL), &err,
                "certificate revoked");
    /* The root's list says nothing about what the intermediate issued. */
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &below, &middle, NULL),
                &err,
                "certificate 1 of the path (CN=below,O=Waybill): unable to get certificate CRL");
    list = wb_buffer_bytes(&old);
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL), &err,
                "CRL has expired");
    list = wb_buffer_bytes(&forged);
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL), &err,
                "unable to get certificate CRL");
    /* A trusted intermediate need not be covered from above. */
    assert_true(check_path(&middle, WB_PURPOSE_CODE_SIGNING, &list, &err, &below, NULL));
    list.size--;
    assert_false(check_path(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL));
    assert_int_equal(err.status, WB_BAD_INPUT);
    discard(&leaf);
    discard(&other);
    discard(&below);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revocation_lists_are_heeded),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
