/* SPDX-License-Identifier: Apache-2.0 */
/* Policies as texts: what is taken and refused, names, deliveries, what is remembered. */
#include "keys/keys.h"
#include "verify/policy_private.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define DAY INT64_C(86400)
#define RULES "\"images\":[{\"images\":[\"**\"],\"signatures\":{\"signers\":[\"a\"]}}]"

static char *pem; /* one public key as a JSON string */

static int make_key(void **state)
{
    (void)state;
    WB_AUTO(wb_key) *key = wb_key_generate(WB_KEY_ED25519, 0, NULL);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO_VALUE(wb_buffer) json = {0};
    if (key == NULL || !wb_key_public_pem(key, &text, NULL))
        return 1;
    wb_buffer_append_json_string(&json, (const char *)text.data);
    pem = wb_buffer_steal_text(&json);
    return 0;
}

static int free_key(void **state)
{
    (void)state;
    free(pem);
    return 0;
}

/* `rest` behind one signer a. */
static struct wb_policy *read_policy(const char *rest, struct wb_error *err)
{
    WB_AUTO_STRING json =
        wb_string_format("{\"version\":1,\"signers\":{\"a\":{\"key\":%s}},%s}", pem, rest);
    return wb_policy_read((struct wb_bytes){(const uint8_t *)json, strlen(json)}, -1, err);
}

static struct wb_policy *policy_of(const char *rest)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_policy *policy = read_policy(rest, &err);
    if (policy == NULL)
        fail_msg("%s", err.message);
    return policy;
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rest, *reason;
    } cases[] = {
        {"\"name\":\"n\"", "demands nothing"},
        {"\"images\":[]", "1 to"},
        {RULES ",\"extra\":1", "extra"},
        {RULES ",\"expires\":\"tomorrow\"", "not a time"},
        {RULES ",\"delivery\":{}", "no `signers`"},
        {RULES ",\"delivery\":{\"signers\":[\"b\"]}", "has no `b`"},
        {RULES ",\"delivery\":{\"signers\":[\"a\",\"a\"]}", "same signer"},
        {RULES ",\"delivery\":{\"signers\":[\"a\"],\"threshold\":2}", "never be met"},
        {RULES ",\"delivery\":{\"signers\":[\"a\"],\"threshold\":0}", "at least 1"},
        {RULES ",\"delivery\":{\"signers\":[\"a\"],\"maxAge\":\"30\"}", "time span"},
        {RULES ",\"delivery\":{\"signers\":[\"a\"],\"maxAge\":\"0d\"}", "time span"},
        {RULES ",\"delivery\":{\"signers\":[\"a\"],\"requireExpiry\":1}", "true nor false"},
        {"\"images\":[{\"images\":[\"x\"],\"unsigned\":{\"reason\":\"r\"}}]", "demands nothing"},
        {"\"images\":[{\"images\":[\"x\"],\"unsigned\":{}}]", "needs a `reason`"},
        {"\"images\":[{\"images\":[\"x\"]}]", "either `signatures` or `unsigned`"},
        {"\"images\":[{\"signatures\":{\"signers\":[\"a\"]}}]", "neither `images` nor `digests`"},
        {"\"images\":[{\"digests\":[\"sha256:00\"],\"signatures\":{\"signers\":[\"a\"]}}]",
         "digests"},
        {RULES ",\"revoked\":{\"keys\":[{\"sha256\":\"12\"}]}", "64 hexadecimal"},
        {RULES ",\"revoked\":{\"keys\":[{\"serial\":\"12\"}]}", "serial"},
        {RULES ",\"revoked\":{\"certificates\":[{}]}", "64 hexadecimal"},
        {RULES ",\"revoked\":{\"digests\":[{\"digest\":\"sha256:zz\"}]}", "digests[0]"},
        {RULES ",\"timestampAuthorities\":\"tsa.pem\"", "a file is named"},
        {RULES ",\"trustedRoot\":{}", "trusted root"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_policy) *policy = read_policy(cases[i].rest, &err);
        if (policy != NULL || err.status != WB_BAD_INPUT ||
            strstr(err.message, cases[i].reason) == NULL)
            fail_msg("%s: %s", cases[i].rest, policy != NULL ? "taken" : err.message);
    }
}

static void patterns_match_names(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"a/b", "a/b", true},
        {"a/b", "a/b:v1", true},
        {"a/b", "a/bc", false},
        {"a/b:v1", "a/b:v1", true},
        {"a/b:v1", "a/b:v2", false},
        {"a/*", "a/b:v1", true},
        {"a/*", "a/b/c", false},
        {"a/**", "a/b/c:v1", true},
        {"**", "", true},
        {"*", "", true},
        {"?", "", false},
        {"a?c", "a/c", false},
        {"host:5000/a", "host:5000/a", true},
        {"host:5000/a", "host:5000/a:v", true},
        {"a/b", "a/b@sha256:00", true},
        {"*:v1", "b:v1", true},
        {"*:v1", "b:v1.1", false},
        {"**/app", "x/y/app:1", true},
        {"**/app", "app", false},
        {"a**z", "a/b/z", true},
        {"v?", "v1", true},
        {"", "", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (wb_glob_matches_name(cases[i].pattern, cases[i].name) != cases[i].matches)
            fail_msg("%s and %s", cases[i].pattern, cases[i].name);
}

static void patterns_cover_others(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *other;
        bool covers;
    } cases[] = {
        {"**", "a/**", true},  {"**", "**", true},         {"*", "**", false},
        {"*", "a*b", true},    {"a/**", "a/*/c", true},    {"a/*", "a/**", false},
        {"a/*", "a/?", true},  {"a/?", "a/*", false},      {"a?", "a?", true},
        {"a?", "a/", false},   {"a", "?", false},          {"*a", "*", false},
        {"**a", "***a", true}, {"a/*/c", "a/**/c", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (wb_glob_covers(cases[i].pattern, cases[i].other) != cases[i].covers)
            fail_msg("%s and %s", cases[i].pattern, cases[i].other);
}

static void what_is_hardly_meant_is_said(void **state)
{
    (void)state;
    WB_AUTO(wb_policy) *policy =
        policy_of("\"images\":[{\"images\":[\"r/**\"],\"signatures\":{\"signers\":[\"a\"]}},"
                  "{\"images\":[\"r/x\\u0007\",\"q\"],\"signatures\":{\"signers\":[\"a\"]}}]");
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_policy_warnings(policy, &text);
    const char *said = (const char *)text.data;
    assert_non_null(strstr(said, "rule 2: nothing reaches the pattern r/x\\x07"));
    assert_null(strstr(said, "pattern q"));
    assert_non_null(strstr(said, "no part `delivery`"));
    wb_policy_explain(policy, &text);
    assert_non_null(strstr((const char *)text.data, "Ed25519 key"));
}

/* ---- deliveries ---- */

static void expect(const char *delivery, const struct wb_inventory *inventory,
                   const struct wb_policy_state *state, const char *code)
{
    WB_AUTO_STRING rest = wb_string_format("\"delivery\":{\"signers\":[\"a\"]%s}", delivery);
    WB_AUTO(wb_policy) *policy = policy_of(rest);
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    wb_policy_check_inventory(policy, inventory, state, NOW, outcomes);
    const char *found = outcomes->count == 0 ? "nothing" : outcomes->items[0].code;
    if (outcomes->count > 1 || strcmp(found, code == NULL ? "nothing" : code) != 0)
        fail_msg("%s: %zu outcomes, %s", delivery, outcomes->count, found);
}

static void deliveries_have_their_time(void **state)
{
    (void)state;
    const struct wb_inventory plain = {.name = "app", .issued = NOW - 10 * DAY, .sequence = 7};
    struct wb_inventory ends = plain, later = plain, nameless = plain;
    nameless.name = NULL;
    ends.has_expiry = true;
    ends.expires = NOW + 3 * DAY;
    later.issued = NOW + 1;
    expect("", &plain, NULL, NULL);
    expect(",\"name\":\"app\"", &plain, NULL, NULL);
    expect(",\"name\":\"apple\"", &plain, NULL, "E-DELIVERY-NAME");
    expect(",\"name\":\"app\"", &nameless, NULL, "E-DELIVERY-NAME");
    expect(",\"requireExpiry\":true", &plain, NULL, "E-EXPIRED");
    expect(",\"requireExpiry\":true", &ends, NULL, NULL);
    expect(",\"expiryWarning\":\"3d\"", &ends, NULL, "W-EXPIRES-SOON");
    ends.expires = NOW;
    expect("", &ends, NULL, "E-EXPIRED");
    expect(",\"maxAge\":\"10d\"", &plain, NULL, NULL);
    expect(",\"maxAge\":\"9d\"", &plain, NULL, "E-TOO-OLD");
    expect(",\"issuedAfter\":\"2027-01-05T08:00:00Z\"", &plain, NULL, NULL);
    expect(",\"issuedAfter\":\"2027-01-05T08:00:01Z\"", &plain, NULL, "E-TOO-OLD");
    expect("", &later, NULL, "W-CLOCK-BEFORE-ISSUE");
    expect(",\"minimumSequence\":7", &plain, NULL, NULL);
    expect(",\"minimumSequence\":8", &plain, NULL, "E-REPLAY");
    later = plain;
    later.sequence = 0;
    expect(",\"requireSequence\":true", &later, NULL, "E-REPLAY");
}

static void what_was_accepted_is_remembered(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_policy_state) *fresh = wb_policy_state_new();
    struct wb_inventory seventh = {.name = "r", .issued = NOW - DAY, .sequence = 7};
    seventh.payload_digest.algorithm = WB_DIGEST_SHA256;
    struct wb_inventory sixth = seventh, other = seventh, unnumbered = seventh;
    expect("", &seventh, fresh, NULL);
    wb_policy_state_note(fresh, &seventh);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_policy_state_write(fresh, &text);
    WB_AUTO(wb_policy_state) *again = wb_policy_state_read(wb_buffer_bytes(&text), &err);
    if (again == NULL)
        fail_msg("%s", err.message);
    sixth.sequence = 6;
    sixth.payload_digest.bytes[0] = other.payload_digest.bytes[0] = 1;
    expect("", &seventh, again, NULL);
    expect("", &sixth, again, "E-REPLAY");
    expect("", &other, again, "E-REPLAY");
    unnumbered = sixth;
    unnumbered.sequence = 0;
    expect("", &unnumbered, again, "E-REPLAY");
    other.sequence = 8;
    expect("", &other, again, NULL);
    sixth.name = "s";
    expect("", &sixth, again, NULL);
    /* An older one that is noted by mistake makes nothing forgotten. */
    sixth.name = "r";
    wb_policy_state_note(again, &sixth);
    expect("", &sixth, again, "E-REPLAY");
    expect("", &seventh, again, NULL);
    text.size--;
    assert_null(wb_policy_state_read((struct wb_bytes){text.data, 20}, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
}

static void unnumbered_deliveries_go_by_time(void **state)
{
    (void)state;
    WB_AUTO(wb_policy_state) *known = wb_policy_state_new();
    struct wb_inventory newer = {.issued = NOW - DAY}, older = {.issued = NOW - 2 * DAY};
    newer.payload_digest.algorithm = older.payload_digest.algorithm = WB_DIGEST_SHA256;
    older.payload_digest.bytes[0] = 1;
    wb_policy_state_note(known, &newer);
    expect("", &older, known, "E-REPLAY");
    expect("", &newer, known, NULL);
    /* A clock that was set back. */
    newer.issued = NOW + DAY;
    wb_policy_state_note(known, &newer);
    older.issued = NOW - DAY;
    older.name = "other";
    expect("", &older, known, "W-CLOCK-BEFORE-ISSUE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(patterns_match_names),
        cmocka_unit_test(patterns_cover_others),
        cmocka_unit_test(what_is_hardly_meant_is_said),
        cmocka_unit_test(deliveries_have_their_time),
        cmocka_unit_test(what_was_accepted_is_remembered),
        cmocka_unit_test(unnumbered_deliveries_go_by_time),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
