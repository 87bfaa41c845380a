/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a certificate is; and lists of certificates as PEM and DER. */
#include "tests/unit/issued_certificates.h"

static bool identify(const struct issued *issued, struct wb_arena *arena,
                     struct wb_certificate_identity *identity, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *list = NULL;
    add(&list, issued);
    return wb_certificate_identity(list, arena, identity, err);
}

static void identities_are_read(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_certificate_identity identity;
    struct wb_error err = WB_ERROR_INIT;
    struct issued full = issue((struct order){
        "f\xc3\xbcll",
        .extensions = {
            {"subjectAltName",
             "email:a@example.com,URI:https://example.com/x,DNS:example.com,IP:127.0.0.1,"
             "otherName:1.3.6.1.4.1.57264.1.7;UTF8:name,otherName:1.2.3;UTF8:other"},
            {"1.3.6.1.4.1.57264.1.1", "https://old.example"},
            {"1.3.6.1.4.1.57264.1.8", "\x0c\x13https://new.example"}}});
    assert_true(identify(&full, arena, &identity, &err));
    assert_int_equal(identity.name_count, 4);
    assert_string_equal(identity.names[0], "a@example.com");
    assert_string_equal(identity.names[1], "https://example.com/x");
    assert_string_equal(identity.names[2], "example.com");
    assert_string_equal(identity.names[3], "name");
    assert_string_equal(identity.issuer, "https://new.example");
    assert_string_equal(identity.subject, "CN=f\xc3\xbcll,O=Waybill");
    struct issued old = issue(
        (struct order){"old", .extensions = {{"1.3.6.1.4.1.57264.1.1", "https://old.example"}}});
    assert_true(identify(&old, arena, &identity, &err));
    assert_string_equal(identity.issuer, "https://old.example");
    assert_int_equal(identity.name_count, 1);
    assert_string_equal(identity.names[0], "CN=old,O=Waybill");
    struct issued none = issue((struct order){.name = "none"});
    assert_true(identify(&none, arena, &identity, &err));
    assert_null(identity.issuer);
    discard(&full);
    discard(&old);
    discard(&none);
}

static void misleading_identities_are_refused(void **state)
{
    (void)state;
    static const struct order orders[] = {
        {"twice", .extensions = {{"subjectAltName", "email:a@b.c"}, {"2.5.29.17", "\x30\x01"}}},
        {"issuer twice",
         .extensions = {{"1.3.6.1.4.1.57264.1.1", "a"}, {"1.3.6.1.4.1.57264.1.1", "b"}}},
        {"issuer not DER", .extensions = {{"1.3.6.1.4.1.57264.1.8", "https://new.example"}}},
        {"issuer longer", .extensions = {{"1.3.6.1.4.1.57264.1.8", "\x0c\x01"
                                                                   "ab"}}},
        {"issuer not UTF-8", .extensions = {{"1.3.6.1.4.1.57264.1.1", "\xff"}}},
        {"name not UTF-8", .extensions = {{"2.5.29.17", "\x30\x03\x81\x01\xff"}}},
        {"empty name", .extensions = {{"2.5.29.17", "\x30\x02\x81"}}},
    };
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct wb_certificate_identity identity;
        struct wb_error err = WB_ERROR_INIT;
        struct issued issued = issue(orders[i]);
        if (identify(&issued, arena, &identity, &err))
            fail_msg("%s", orders[i].name);
        assert_int_equal(err.status, WB_BAD_INPUT);
        discard(&issued);
    }
}

static void lists_are_read_and_written(void **state)
{
    (void)state;
    struct issued root = issue((struct order){"root", .extensions = {CA}});
    struct issued middle = issue((struct order){"middle", &root, .extensions = {CA}});
    WB_AUTO(wb_certificates) *list = NULL;
    WB_AUTO_VALUE(wb_buffer) pem = {0}, der = {0};
    struct wb_error err = WB_ERROR_INIT;
    add(&list, &middle);
    add(&list, &root);
    wb_buffer_append_text(&pem, "subject=middle\n");
    assert_true(wb_certificate_pem(list, 0, &pem, &err));
    wb_buffer_append_text(&pem, "subject=root\n");
    assert_true(wb_certificate_pem(list, 1, &pem, &err));
    assert_true(wb_certificate_der(list, 1, &der, &err));
    WB_AUTO(wb_certificates) *from_pem = wb_certificates_read(wb_buffer_bytes(&pem), &err);
    WB_AUTO(wb_certificates) *from_der = wb_certificates_read(wb_buffer_bytes(&der), &err);
    assert_int_equal(wb_certificates_count(from_pem), 2);
    assert_int_equal(wb_certificates_count(from_der), 1);
    WB_AUTO(wb_key) *a = wb_certificate_key(from_pem, 1, &err);
    WB_AUTO(wb_key) *b = wb_certificate_key(from_der, 0, &err);
    WB_AUTO(wb_key) *c = wb_key_from_public(wb_buffer_bytes(&pem), &err);
    WB_AUTO(wb_key) *d = wb_certificate_key(from_pem, 0, &err);
    assert_true(wb_key_same(a, b));
    assert_true(wb_key_same(c, d));
    assert_false(wb_key_same(a, c));
    wb_buffer_append(&der, "", 1);
    assert_null(wb_certificates_read(wb_buffer_bytes(&der), &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    for (size_t i = 2; i < 16; i++)
        add(&list, &root);
    assert_false(wb_certificates_add_der(&list, (struct wb_bytes){der.data, der.size - 1}, &err));
    assert_non_null(strstr(err.message, "more than 16"));
    discard(&root);
    discard(&middle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_read),
        cmocka_unit_test(misleading_identities_are_refused),
        cmocka_unit_test(lists_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
