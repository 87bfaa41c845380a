/* SPDX-License-Identifier: Apache-2.0 */
/* Images signed here, judged by policies: what is missing, what does not hold, what was revoked and
 * what came too late are told apart. */
#include "tests/unit/signed_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define NAME "registry.example/team/app:v1"
#define SIGNED_BY_A "\"images\":[{\"images\":[\"**\"],\"signatures\":{\"signers\":[\"a\"]}}]"

/* Whom the policies call a, b and c. */
enum { A = P256, B = P384, C = ED25519 };
static const int signers[] = {A, B, C};

/* A layout with one image. */
struct site {
    struct memory memory;
    struct wb_layout *layout;
    struct wb_descriptor image;
};

static void open_site(struct site *site)
{
    *site = (struct site){0};
    site->layout = one_image(&site->memory);
    site->image = *target_of(site->layout);
}

static void close_site(struct site *site)
{
    wb_layout_free(site->layout);
    memory_clear(&site->memory);
}

static void sign_by(struct site *site, int key)
{
    sign(site->layout, &site->image, keys[key], BOTH);
}

static void attest_by(struct site *site, int key, const char *type, const char *predicate)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_signer signer = {.key = keys[key], .created = 1700000000};
    const struct wb_bytes bytes = {(const uint8_t *)predicate, strlen(predicate)};
    if (!wb_attest_image(site->layout, &site->image, &signer, WB_FORM_BUNDLE, NULL,
                         wb_predicate_type(type), bytes, &err))
        fail_msg("%s", err.message);
}

/* ---- policies ---- */

/* The signers a, b and c; `a_more` goes into the first. */
static struct wb_policy *policy_of(const char *a_more, const char *rest)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_buffer_append_text(&json, "{\"version\":1,\"signers\":{");
    for (int i = 0; i < 3; i++) {
        WB_AUTO_VALUE(wb_buffer) pem = {0};
        assert_true(wb_key_public_pem(keys[signers[i]], &pem, &err));
        wb_buffer_append_format(&json, "%s\"%c\":{\"key\":", i == 0 ? "" : ",", 'a' + i);
        wb_buffer_append_json_string(&json, (const char *)pem.data);
        wb_buffer_append_format(&json, "%s}", i == 0 ? a_more : "");
    }
    wb_buffer_append_format(&json, "},%s}", rest);
    struct wb_policy *policy = wb_policy_read(wb_buffer_bytes(&json), -1, &err);
    if (policy == NULL)
        fail_msg("%s", err.message);
    return policy;
}

static void judge(struct site *site, const struct wb_policy *policy, const char *code)
{
    WB_AUTO_VALUE(wb_image_verdict) verdict = {0};
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    wb_policy_verify_image(policy, site->layout, &site->image, NAME, false, NOW, &verdict,
                           outcomes);
    const char *found = outcomes->count == 0 ? "nothing" : outcomes->items[0].code;
    if (strcmp(found, code == NULL ? "nothing" : code) != 0 || outcomes->count > 1)
        fail_msg("%zu outcomes, the first %s, not %s: %s", outcomes->count, found,
                 code == NULL ? "nothing" : code,
                 outcomes->count == 0 ? "" : outcomes->items[0].message);
    /* What is wrong with the policy itself is not about the image. */
    if (strcmp(found, "E-EXPIRED") != 0)
        assert_int_equal(verdict.failures, outcomes->failures);
}

/* `code` NULL: it holds. */
static void expect(struct site *site, const char *a_more, const char *rest, const char *code)
{
    WB_AUTO(wb_policy) *policy = policy_of(a_more, rest);
    judge(site, policy, code);
}

static void missing_and_foreign_signatures_differ(void **state)
{
    (void)state;
    struct site site;
    open_site(&site);
    expect(&site, "", SIGNED_BY_A, "E-MISSING-SIGNATURE");
    attest_by(&site, A, "spdxjson", "{}");
    expect(&site, "", SIGNED_BY_A, "E-MISSING-SIGNATURE");
    sign_by(&site, B);
    expect(&site, "", SIGNED_BY_A, "E-SIGNATURE");
    sign_by(&site, A);
    expect(&site, "", SIGNED_BY_A, NULL);
    close_site(&site);
}

static void so_many_different_signers_are_counted(void **state)
{
    (void)state;
    static const char two[] =
        "\"images\":[{\"images\":[\"registry.example/team/*\"],\"signatures\":"
        "{\"signers\":[\"a\",\"b\",\"c\"],\"threshold\":2}}]";
    struct site site;
    open_site(&site);
    sign_by(&site, A);
    sign_by(&site, A);
    expect(&site, "", two, "E-SIGNATURE");
    sign_by(&site, C);
    expect(&site, "", two, NULL);
    close_site(&site);
}

static void revoked_keys_do_not_count(void **state)
{
    (void)state;
    struct site site;
    struct wb_digest id;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1], digest[WB_DIGEST_TEXT_SIZE];
    open_site(&site);
    sign_by(&site, A);
    assert_true(wb_key_fingerprint(keys[A], &id, NULL));
    wb_hex_format(id.bytes, 32, hex);
    WB_AUTO_STRING revoked = wb_string_format(
        "\"images\":[{\"images\":[\"**\"],\"signatures\":{\"signers\":[\"a\",\"b\"]}}],"
        "\"revoked\":{\"keys\":[{\"sha256\":\"%s\",\"reason\":\"lost\"}]}",
        hex);
    expect(&site, "", revoked, "E-KEY-REVOKED");
    /* A signature by somebody else is enough. */
    sign_by(&site, B);
    expect(&site, "", revoked, NULL);
    /* Without a certified time nothing was signed before. */
    WB_AUTO_STRING since = wb_string_format(
        SIGNED_BY_A ",\"revoked\":{\"keys\":[{\"sha256\":\"%s\",\"since\":\"2999-01-01T00:00:00Z\""
                    "}]}",
        hex);
    expect(&site, "", since, "E-KEY-REVOKED");
    WB_AUTO_STRING image =
        wb_string_format(SIGNED_BY_A ",\"revoked\":{\"digests\":[{\"digest\":\"%s\"}]}",
                         wb_digest_format(&site.image.digest, digest));
    expect(&site, "", image, "E-DIGEST-REVOKED");
    struct wb_digest layer = add_text(site.layout, "layer of one");
    WB_AUTO_STRING blob =
        wb_string_format(SIGNED_BY_A ",\"revoked\":{\"digests\":[{\"digest\":\"%s\"}]}",
                         wb_digest_format(&layer, digest));
    expect(&site, "", blob, "E-DIGEST-REVOKED");
    close_site(&site);
}

static void keys_have_their_time(void **state)
{
    (void)state;
    struct site site;
    open_site(&site);
    sign_by(&site, A);
    expect(&site, ",\"notAfter\":\"2027-01-15T08:00:00Z\"", SIGNED_BY_A, NULL);
    expect(&site, ",\"notAfter\":\"2027-01-15T07:59:59Z\"", SIGNED_BY_A, "E-KEY-VALIDITY");
    expect(&site, ",\"notBefore\":\"2027-01-15T08:00:01Z\"", SIGNED_BY_A, "E-KEY-VALIDITY");
    close_site(&site);
}

#define ATTESTED(conditions)                                                                       \
    "\"images\":[{\"images\":[\"**\"],\"signatures\":{\"signers\":[\"a\"]},\"attestations\":[{"    \
    "\"type\":\"vuln\",\"signers\":[\"b\"]" conditions "}]}]"
#define CONDITION(text) ATTESTED(",\"conditions\":[{\"pointer\":" text "}]")

static void attestations_are_by_whom_they_must(void **state)
{
    (void)state;
    struct site site;
    open_site(&site);
    sign_by(&site, A);
    expect(&site, "", ATTESTED(""), "E-MISSING-ATTESTATION");
    attest_by(&site, B, "spdxjson", "{}");
    attest_by(&site, A, "cyclonedx", "{}");
    expect(&site, "", ATTESTED(""), "E-MISSING-ATTESTATION");
    attest_by(&site, A, "vuln", "{}");
    expect(&site, "", ATTESTED(""), "E-ATTESTATION");
    attest_by(&site, B, "vuln", "{}");
    expect(&site, "", ATTESTED(""), NULL);
    close_site(&site);
}

static void attestations_say_what_they_must(void **state)
{
    (void)state;
    static const char predicate[] =
        "{\"time\":\"2027-01-15T06:00:00Z\",\"future\":\"2027-01-15T09:00:00Z\",\"max\":4,"
        "\"worst\":\"low\",\"a/b~\":[1],\"checks\":[{\"id\":\"X-1\",\"result\":\"pass\",\"n\":1},"
        "{\"id\":\"X-2\",\"result\":\"fail\"}],\"passed\":[\"X-1\"],\"big\":9007199254740993}";
    static const struct {
        const char *condition;
        bool holds;
    } cases[] = {
#define AT(where, test) CONDITION("\"/predicate/" where "\"," test)
        {AT("max", "\"maximum\":4"), true},
        {AT("max", "\"maximum\":3.5"), false},
        {AT("max", "\"minimum\":4.0,\"maximum\":5"), true},
        {AT("max", "\"minimum\":5"), false},
        {AT("max", "\"equals\":4.0"), true},
        {AT("worst", "\"maximum\":4"), false},
        {AT("none", "\"maximum\":4"), false},
        {AT("big", "\"maximum\":9007199254740992"), false},
        {AT("worst", "\"equals\":\"low\""), true},
        {AT("worst", "\"oneOf\":[\"none\",\"low\",\"medium\"]"), true},
        {AT("worst", "\"oneOf\":[\"none\"]"), false},
        {AT("a~1b~0", "\"equals\":[1]"), true},
        {AT("a~1b~0/0", "\"equals\":1"), true},
        {AT("time", "\"notOlderThan\":\"2h\""), true},
        {AT("time", "\"notOlderThan\":\"7199s\""), false},
        {AT("future", "\"notOlderThan\":\"2h\""), false},
        {AT("max", "\"notOlderThan\":\"2h\""), false},
        {AT("passed", "\"contains\":[\"X-1\"]"), true},
        {AT("passed", "\"contains\":[\"X-1\",\"X-2\"]"), false},
        {AT("checks", "\"contains\":[{\"id\":\"X-1\",\"result\":\"pass\"}]"), true},
        {AT("checks", "\"contains\":[{\"id\":\"X-2\",\"result\":\"pass\"}]"), false},
        {AT("worst", "\"contains\":[\"low\"]"), false},
    };
    struct site site;
    open_site(&site);
    sign_by(&site, A);
    attest_by(&site, B, "vuln", predicate);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(&site, "", cases[i].condition, cases[i].holds ? NULL : "E-CONDITION");
    close_site(&site);
}

static void the_first_rule_counts(void **state)
{
    (void)state;
    struct site site;
    char digest[WB_DIGEST_TEXT_SIZE];
    open_site(&site);
    expect(&site, "",
           "\"images\":[{\"images\":[\"other/**\"],\"signatures\":{\"signers\":[\"a\"]}}]",
           "E-NO-RULE");
#define EXEMPT(what)                                                                               \
    "\"images\":[{" what "},{\"images\":[\"**\"],\"signatures\":{\"signers\":[\"a\"]}}]"
    expect(&site, "", EXEMPT("\"images\":[\"**\"],\"unsigned\":{\"reason\":\"r\"}"),
           "E-MISSING-SIGNATURE");
    expect(&site, "",
           EXEMPT("\"images\":[\"**\"],\"unsigned\":{\"reason\":\"r\",\"trustName\":true}"),
           "W-UNSIGNED");
    WB_AUTO_STRING by_digest =
        wb_string_format(EXEMPT("\"digests\":[\"%s\"],\"unsigned\":{\"reason\":\"r\"}"),
                         wb_digest_format(&site.image.digest, digest));
    expect(&site, "", by_digest, "W-UNSIGNED");
    expect(&site, "", SIGNED_BY_A ",\"delivery\":{\"signers\":[\"a\"]}", "E-MISSING-SIGNATURE");
    sign_by(&site, A);
    expect(&site, "", SIGNED_BY_A ",\"expires\":\"2027-01-15T08:00:00Z\"", "E-EXPIRED");
    close_site(&site);
}

static void demands_alone_are_a_policy(void **state)
{
    (void)state;
    struct site site;
    const struct wb_verify_demands demands = {.keys = &keys[A], .key_count = 1};
    open_site(&site);
    WB_AUTO(wb_policy) *policy = wb_policy_from_demands(&demands);
    judge(&site, policy, "E-MISSING-SIGNATURE");
    sign_by(&site, A);
    judge(&site, policy, NULL);
    const struct wb_digest layer = add_text(site.layout, "layer of one");
    find_blob(&site.memory, &layer)->content.data[0] = 'L';
    judge(&site, policy, "E-DIGEST");
    struct memory_blob *gone = find_blob(&site.memory, &layer);
    wb_buffer_clear(&gone->content);
    *gone = site.memory.blobs[--site.memory.count];
    judge(&site, policy, "E-MISSING-BLOB");
    close_site(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_and_foreign_signatures_differ),
        cmocka_unit_test(so_many_different_signers_are_counted),
        cmocka_unit_test(revoked_keys_do_not_count),
        cmocka_unit_test(keys_have_their_time),
        cmocka_unit_test(attestations_are_by_whom_they_must),
        cmocka_unit_test(attestations_say_what_they_must),
        cmocka_unit_test(the_first_rule_counts),
        cmocka_unit_test(demands_alone_are_a_policy),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
