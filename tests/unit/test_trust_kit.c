/* SPDX-License-Identifier: Apache-2.0 */
/* Trust kits written and read: drafts, succession, and the policy that a kit means. */
#include "delivery/inventory.h"
#include "delivery/trust_kit.h"
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)
#define YEAR (INT64_C(365) * 86400)

enum { ROOT, NEXT, RELEASE, KEYS };
static struct wb_key *keys[KEYS];

static int make_keys(void **state)
{
    (void)state;
    static const enum wb_key_algorithm kinds[KEYS] = {WB_KEY_ECDSA_P384, WB_KEY_ED25519,
                                                      WB_KEY_ECDSA_P256};
    for (int i = 0; i < KEYS; i++)
        keys[i] = wb_key_generate(kinds[i], 0, NULL);
    return keys[ROOT] == NULL || keys[NEXT] == NULL || keys[RELEASE] == NULL;
}

static int free_keys(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        wb_key_free(keys[i]);
    return 0;
}

static void add_key(struct wb_trust_kit_draft *draft, const char *name, int key, const char *role)
{
    const char *const roles[] = {role};
    const struct wb_trust_kit_new_key added = {
        .name = name, .key = keys[key], .roles = roles, .role_count = 1};
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_trust_kit_draft_add_key(draft, &added, &err))
        fail_msg("%s", err.message);
}

static struct wb_trust_kit_draft *first_draft(void)
{
    struct wb_trust_kit_draft *draft = wb_trust_kit_draft_new("north", NOW, NOW + YEAR);
    add_key(draft, "root", ROOT, "kit");
    add_key(draft, "release", RELEASE, "release");
    return draft;
}

static void sign_draft(const struct wb_trust_kit_draft *draft, const int *signers, size_t count,
                       struct wb_buffer *envelope)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) payload = {0};
    struct wb_key *by[KEYS];
    for (size_t i = 0; i < count; i++)
        by[i] = keys[signers[i]];
    assert_true(wb_trust_kit_draft_write(draft, &payload, &err));
    if (!wb_trust_kit_sign(wb_buffer_bytes(&payload), NULL, by, count, envelope, &err))
        fail_msg("%s", err.message);
}

static struct wb_trust_kit *read_kit(const struct wb_buffer *envelope, struct wb_error *err)
{
    return wb_trust_kit_read(wb_buffer_bytes(envelope), err);
}

/* Version 1, and a second one by whoever. */
static struct wb_trust_kit *chain_of(const int *signers, size_t count, const char *new_role,
                                     struct wb_error *err)
{
    static const int root[] = {ROOT};
    WB_AUTO(wb_trust_kit_draft) *first = first_draft();
    WB_AUTO_VALUE(wb_buffer) one = {0};
    WB_AUTO_VALUE(wb_buffer) two = {0};
    WB_AUTO_VALUE(wb_buffer) chain = {0};
    WB_AUTO_VALUE(wb_buffer) payload = {0};
    sign_draft(first, root, 1, &one);
    assert_true(wb_trust_kit_draft_write(first, &payload, NULL));
    WB_AUTO(wb_trust_kit_draft) *second =
        wb_trust_kit_draft_after(wb_buffer_bytes(&payload), NOW + 1, NOW + YEAR, NULL);
    assert_non_null(second);
    if (new_role != NULL)
        add_key(second, "next", NEXT, new_role);
    if (new_role != NULL && strcmp(new_role, "kit") == 0)
        wb_trust_kit_draft_set_threshold(second, 2);
    sign_draft(second, signers, count, &two);
    const struct wb_bytes envelopes[] = {wb_buffer_bytes(&one), wb_buffer_bytes(&two)};
    wb_trust_kit_join(envelopes, 2, &chain);
    return read_kit(&chain, err);
}

static void versions_follow_each_other(void **state)
{
    (void)state;
    static const int both[] = {ROOT, NEXT}, root[] = {ROOT}, next[] = {NEXT};
    struct wb_error err = WB_ERROR_INIT;
    size_t count;
    WB_AUTO(wb_trust_kit) *kit = chain_of(both, 2, "kit", &err);
    if (kit == NULL)
        fail_msg("%s", err.message);
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    assert_int_equal(count, 2);
    assert_int_equal(versions[1].number, 2);
    assert_int_equal(versions[1].signatures, 2);
    assert_int_equal(versions[0].threshold, 1);
    WB_AUTO(wb_trust_kit) *half = chain_of(root, 1, "kit", &err);
    assert_null(half);
    assert_int_equal(err.status, WB_CHECK_FAILED);
    WB_AUTO(wb_trust_kit) *strange = chain_of(next, 1, "kit", &err);
    assert_null(strange);
    WB_AUTO(wb_trust_kit) *other_role = chain_of(next, 1, "release", &err);
    assert_null(other_role);
    assert_non_null(strstr(err.message, "signed by 0 of the keys of version 1"));
}

static void updates_go_forward_only(void **state)
{
    (void)state;
    static const int root[] = {ROOT};
    struct wb_error err = WB_ERROR_INIT;
    size_t count;
    WB_AUTO(wb_trust_kit_draft) *draft = first_draft();
    WB_AUTO_VALUE(wb_buffer) one = {0};
    sign_draft(draft, root, 1, &one);
    WB_AUTO(wb_trust_kit) *newer = chain_of(root, 1, NULL, &err);
    WB_AUTO(wb_trust_kit) *older = read_kit(&one, &err);
    assert_non_null(newer);
    assert_non_null(older);
    assert_false(wb_trust_kit_update(newer, older, &err));
    assert_non_null(strstr(err.message, "E-TRUST-KIT"));
    assert_true(wb_trust_kit_update(older, newer, &err));
    wb_trust_kit_versions(older, &count);
    assert_int_equal(count, 2);
    assert_true(wb_trust_kit_update(older, newer, &err));
}

static void a_kit_means_a_policy(void **state)
{
    (void)state;
    static const int root[] = {ROOT};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_trust_kit) *kit = chain_of(root, 1, NULL, &err);
    WB_AUTO(wb_policy) *policy = wb_trust_kit_policy(kit, &err);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (policy == NULL)
        fail_msg("%s", err.message);
    assert_true(wb_policy_wants_inventory(policy));
    wb_policy_describe_kit(policy, NOW + 1 + 12 * 86400, &text);
    assert_string_equal((const char *)text.data,
                        "trust kit north, version 2 as of 2027-01-15T08:00:01Z (12 days old)");
    WB_AUTO(wb_outcomes) *fresh = wb_outcomes_new();
    wb_policy_check_kit(policy, NOW + YEAR - 1, fresh);
    assert_int_equal(fresh->count, 0);
    WB_AUTO(wb_outcomes) *late = wb_outcomes_new();
    wb_policy_check_kit(policy, NOW + YEAR, late);
    assert_int_equal(late->failures, 1);
    assert_string_equal(late->items[0].code, "E-EXPIRED");
}

static void signatures_of_other_kinds_do_not_count(void **state)
{
    (void)state;
    /* The same bytes, signed by the same key as something else. */
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_trust_kit_draft) *draft = first_draft();
    WB_AUTO_VALUE(wb_buffer) payload = {0};
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    WB_AUTO_VALUE(wb_buffer) envelope = {0};
    struct wb_digest id;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    assert_true(wb_trust_kit_draft_write(draft, &payload, &err));
    wb_dsse_pae(WB_IN_TOTO_PAYLOAD_TYPE, wb_buffer_bytes(&payload), &encoding);
    assert_true(wb_key_sign(keys[ROOT], wb_buffer_bytes(&encoding), &bytes, &err));
    assert_true(wb_key_fingerprint(keys[ROOT], &id, &err));
    const struct wb_dsse_signature signature = {.key_id = wb_hex_format(id.bytes, 32, hex),
                                                .signature = wb_buffer_bytes(&bytes)};
    wb_dsse_write(WB_TRUST_KIT_PAYLOAD_TYPE, wb_buffer_bytes(&payload), &signature, 1, &envelope);
    assert_null(read_kit(&envelope, &err));
    assert_int_equal(err.status, WB_CHECK_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_follow_each_other),
        cmocka_unit_test(updates_go_forward_only),
        cmocka_unit_test(a_kit_means_a_policy),
        cmocka_unit_test(signatures_of_other_kinds_do_not_count),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
