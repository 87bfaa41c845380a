/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths of certificates lead to a root. */
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

static void good_paths_are_accepted(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &middle, .extensions = {SIGNER}});
    struct issued bare = issue((struct order){"bare", &root, .extensions = {LEAF}});
    struct issued itself = issue((struct order){"itself", .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_true(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &middle, NULL));
    assert_true(
        check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &middle, &root, NULL));
    assert_true(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &bare, NULL));
    /* The one who is trusted may stand anywhere. */
    assert_true(check_path(&middle, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, NULL));
    assert_true(check_path(&itself, WB_PURPOSE_CODE_SIGNING, NULL, &err, &itself, NULL));
    /* As an intermediate that the verifier brings. */
    WB_AUTO(wb_certificates) *roots = NULL;
    WB_AUTO(wb_certificates) *between = NULL;
    WB_AUTO(wb_certificates) *chain = NULL;
    add(&roots, &root);
    add(&between, &middle);
    add(&chain, &leaf);
    struct wb_certificate_trust trust = {.roots = roots, .intermediates = between, .time = NOW};
    assert_true(wb_certificates_check(chain, &trust, &err));
    trust.roots = NULL;
    assert_says(wb_certificates_check(chain, &trust, &err), &err, "no trusted root");
    discard(&leaf);
    discard(&bare);
    discard(&itself);
}

static void truncated_and_foreign_chains_are_refused(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &middle, .extensions = {SIGNER}});
    struct issued other = issue((struct order){"root", .extensions = {CA}});
    struct issued itself = issue((struct order){"itself", .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, NULL), &err,
                "certificate 1 of the path (CN=leaf,O=Waybill): no path leads");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &itself, NULL), &err,
                "no path leads");
    /* A root of the same name with another key. */
    assert_says(check_path(&other, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &middle, NULL), &err,
                "certificate 2 of the path");
    discard(&leaf);
    discard(&other);
    discard(&itself);
}

static void a_changed_certificate_is_refused(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &root, .extensions = {SIGNER}});
    uint8_t *der = NULL;
    int size = i2d_X509(leaf.certificate, &der);
    WB_AUTO(wb_certificates) *roots = NULL;
    add(&roots, &root);
    struct wb_certificate_trust trust = {.roots = roots, .time = NOW};
    for (int bit = 0; bit < size * 8; bit++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_certificates) *chain = NULL;
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (wb_certificates_add_der(&chain, (struct wb_bytes){der, (size_t)size}, &err) &&
            wb_certificates_check(chain, &trust, &err))
            fail_msg("bit %d", bit);
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    OPENSSL_free(der);
    discard(&leaf);
}

static void time_is_judged(void **state)
{
    (void)state;
    struct issued old = issue(
        (struct order){"old", &root, .extensions = {SIGNER}, .not_before = -9, .not_after = -1});
    struct issued new = issue(
        (struct order){"new", &root, .extensions = {SIGNER}, .not_before = 1, .not_after = 9});
    struct issued old_ca =
        issue((struct order){"ca", &root, .extensions = {CA}, .not_before = -9, .not_after = -1});
    struct issued leaf = issue((struct order){"leaf", &old_ca, .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &old, NULL), &err,
                "certificate 1 of the path (CN=old,O=Waybill): expired at 2025-06-14T15:06:40Z, "
                "and the time to judge by is 2025-06-15T15:06:40Z");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &new, NULL), &err,
                "not valid before 2025-06-16T15:06:40Z");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &old_ca, NULL), &err,
                "certificate 2 of the path (CN=ca,O=Waybill): expired");
    /* The last second belongs to the period (RFC 5280 §4.1.2.5). */
    struct issued ending = issue(
        (struct order){"ending", &root, .extensions = {SIGNER}, .not_before = -9, .not_after = 0});
    assert_true(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &ending, NULL));
    discard(&ending);
    discard(&old);
    discard(&new);
    discard(&old_ca);
    discard(&leaf);
}

static void purpose_is_checked_over_the_path(void **state)
{
    (void)state;
    struct issued server = issue(
        (struct order){"server", &root, .extensions = {LEAF, {"extendedKeyUsage", "serverAuth"}}});
    struct issued any = issue((struct order){
        "any", &root, .extensions = {LEAF, {"extendedKeyUsage", "anyExtendedKeyUsage"}}});
    struct issued cipher =
        issue((struct order){"cipher", &root,
                             .extensions = {{"keyUsage", "critical,keyEncipherment"},
                                            {"extendedKeyUsage", "codeSigning"}}});
    struct issued mail_ca = issue(
        (struct order){"ca", &root, .extensions = {CA, {"extendedKeyUsage", "emailProtection"}}});
    struct issued leaf = issue((struct order){"leaf", &mail_ca, .extensions = {SIGNER}});
    struct issued stamper = issue((struct order){"stamper", &root, .extensions = {STAMPER}});
    struct issued lax = issue(
        (struct order){"lax", &root, .extensions = {LEAF, {"extendedKeyUsage", "timeStamping"}}});
    struct issued both = issue((struct order){
        "both", &root,
        .extensions = {LEAF, {"extendedKeyUsage", "critical,timeStamping,codeSigning"}}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &server, NULL), &err,
                "not code signing");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &any, NULL), &err,
                "not code signing");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &cipher, NULL), &err,
                "not digital signature");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &mail_ca, NULL), &err,
                "certificate 2 of the path (CN=ca,O=Waybill): its extended key usage");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &stamper, NULL), &err,
                "not code signing");
    assert_true(check_path(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &stamper, NULL));
    assert_says(check_path(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &lax, NULL), &err,
                "time stamping alone");
    assert_says(check_path(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &both, NULL), &err,
                "time stamping alone");
    assert_says(check_path(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &leaf, &mail_ca, NULL),
                &err, "time stamping alone");
    struct issued *all[] = {&server, &any, &cipher, &mail_ca, &leaf, &stamper, &lax, &both};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        discard(all[i]);
}

static void only_authorities_issue(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &root, .extensions = {SIGNER}});
    struct issued below_leaf = issue((struct order){"below", &leaf, .extensions = {SIGNER}});
    struct issued silent = issue((struct order){"silent", &root, .extensions = {{0}}});
    struct issued below_silent = issue((struct order){"below", &silent, .extensions = {SIGNER}});
    struct issued old = issue((struct order){"old", &root, .version_1 = true});
    struct issued below_old = issue((struct order){"below", &old, .extensions = {SIGNER}});
    struct issued usage =
        issue((struct order){"usage", &root, .extensions = {{"keyUsage", "critical,keyCertSign"}}});
    struct issued below_usage = issue((struct order){"below", &usage, .extensions = {SIGNER}});
    struct issued unable =
        issue((struct order){"unable", &root,
                             .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                                            {"keyUsage", "critical,digitalSignature"}}});
    struct issued below_unable = issue((struct order){"below", &unable, .extensions = {SIGNER}});
    struct issued short_ca =
        issue((struct order){"short", &root,
                             .extensions = {{"basicConstraints", "critical,CA:TRUE,pathlen:0"},
                                            {"keyUsage", "critical,keyCertSign"}}});
    struct issued ca = issue((struct order){"ca", &short_ca, .extensions = {CA}});
    struct issued below_ca = issue((struct order){"below", &ca, .extensions = {SIGNER}});
    struct issued below_short = issue((struct order){"below", &short_ca, .extensions = {SIGNER}});
    const struct {
        struct issued *below, *issuer;
    } bad[] = {{&below_leaf, &leaf},
               {&below_silent, &silent},
               {&below_old, &old},
               {&below_usage, &usage},
               {&below_unable, &unable}};
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, bad[i].below,
                               bad[i].issuer, NULL),
                    &err, "certificate ");
    assert_true(
        check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &below_short, &short_ca, NULL));
    assert_says(
        check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &below_ca, &ca, &short_ca, NULL),
        &err, "path length constraint exceeded");
    struct issued *all[] = {&leaf,      &below_leaf, &silent,      &below_silent, &old,
                            &below_old, &usage,      &below_usage, &unable,       &below_unable,
                            &short_ca,  &ca,         &below_ca,    &below_short};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        discard(all[i]);
}

static void constraints_and_critical_extensions_hold(void **state)
{
    (void)state;
    struct issued ca = issue((struct order){
        "ca", &root,
        .extensions = {CA, {"nameConstraints", "critical,permitted;email:example.com"}}});
    struct issued inside = issue((struct order){
        "inside", &ca, .extensions = {SIGNER, {"subjectAltName", "email:a@example.com"}}});
    struct issued outside = issue((struct order){
        "outside", &ca, .extensions = {SIGNER, {"subjectAltName", "email:a@example.org"}}});
    struct issued strange = issue(
        (struct order){"strange", &root, .extensions = {SIGNER, {"1.2.3.4", "what is this"}}});
    /* Extensions given as bytes are not critical; this one is to be. */
    X509_EXTENSION *extension = X509_delete_ext(strange.certificate, 3);
    X509_EXTENSION_set_critical(extension, 1);
    X509_add_ext(strange.certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(strange.certificate, root.pkey, EVP_sha256());
    struct wb_error err = WB_ERROR_INIT;
    assert_true(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &inside, &ca, NULL));
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &outside, &ca, NULL), &err,
                "permitted subtree violation");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &strange, NULL), &err,
                "unhandled critical extension");
    discard(&ca);
    discard(&inside);
    discard(&outside);
    discard(&strange);
}

static void weak_algorithms_are_refused(void **state)
{
    (void)state;
    struct issued leaf =
        issue((struct order){"leaf", &root, .extensions = {SIGNER}, .digest = "SHA1"});
    struct issued ca = issue((struct order){"ca", &root, .extensions = {CA}, .curve = "P-192"});
    struct issued below = issue((struct order){"below", &ca, .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, NULL), &err,
                "CA signature digest algorithm too weak");
    assert_says(check_path(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &below, &ca, NULL), &err,
                "key too weak");
    discard(&leaf);
    discard(&ca);
    discard(&below);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_paths_are_accepted),
        cmocka_unit_test(truncated_and_foreign_chains_are_refused),
        cmocka_unit_test(a_changed_certificate_is_refused),
        cmocka_unit_test(time_is_judged),
        cmocka_unit_test(purpose_is_checked_over_the_path),
        cmocka_unit_test(only_authorities_issue),
        cmocka_unit_test(constraints_and_critical_extensions_hold),
        cmocka_unit_test(weak_algorithms_are_refused),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
