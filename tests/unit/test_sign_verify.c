/* SPDX-License-Identifier: Apache-2.0 */
/* Signing and verifying images together: what was signed verifies, with every kind of key and in
 * both forms, and nothing else does. */
#include "tests/unit/signed_layout.h"

#include <stdlib.h>
#include <string.h>

static void what_every_kind_of_key_signs_verifies(void **state)
{
    (void)state;
    static const unsigned forms[] = {WB_FORM_BUNDLE, WB_FORM_LEGACY, BOTH};
    for (int i = 0; i < KEYS; i++)
        for (size_t j = 0; j < 3; j++) {
            struct memory memory = {0};
            WB_AUTO(wb_layout) *layout = one_image(&memory);
            const struct wb_descriptor *target = target_of(layout);
            size_t proofs = forms[j] == BOTH ? 2 : 1;
            assert_refused(verify(layout, false, keys[i]), "no signature found");
            assert_refused(verify(layout, true, keys[i]), "no attestation found");
            sign(layout, target, keys[i], forms[j]);
            struct verdict verdict = verify(layout, false, keys[i]);
            assert_good(verdict, proofs);
            assert_int_equal(verdict.blobs, 3);
            assert_string_equal(verdict.form,
                                forms[j] == WB_FORM_LEGACY ? "simple-signing" : "bundle");
            attest(layout, target, keys[i], forms[j]);
            assert_good(verify(layout, true, keys[i]), proofs);
            assert_good(verify(layout, false, keys[i]), proofs);
            assert_refused(verify(layout, false, stranger), "no signature holds");
            assert_refused(verify(layout, true, stranger), "no attestation holds");
            /* Somebody else's signature takes nothing away. */
            sign(layout, target, stranger, forms[j]);
            attest(layout, target, stranger, forms[j]);
            assert_good(verify(layout, false, keys[i]), proofs);
            assert_good(verify(layout, true, keys[i]), proofs);
            assert_good(verify(layout, true, stranger), proofs);
            /* And all of it is there when it is read again. */
            assert_true(wb_layout_commit(layout, NULL));
            WB_AUTO(wb_layout) *again = open_layout(&memory, NULL);
            assert_good(verify(again, false, stranger), proofs);
            memory_clear(&memory);
        }
}

/* Without it `cosign load` and `cosign verify --local-image` find no image. */
static void signed_images_are_marked_for_cosign(void **state)
{
    (void)state;
    for (unsigned form = WB_FORM_BUNDLE; form <= WB_FORM_LEGACY; form++) {
        struct memory memory = {0};
        WB_AUTO(wb_layout) *layout = one_image(&memory);
        const struct wb_descriptor first = *target_of(layout);
        add_image(layout, "two");
        size_t count;
        const struct wb_descriptor second = wb_layout_entries(layout, &count)[1];
        sign(layout, &first, keys[P256], form);
        sign(layout, &second, keys[P256], form);
        assert_true(wb_layout_commit(layout, NULL));
        WB_AUTO(wb_layout) *again = open_layout(&memory, NULL);
        const struct wb_descriptor *entries = wb_layout_entries(again, &count);
        /* Bundles are listed, and the indexes that list them. */
        assert_int_equal(count, form == WB_FORM_BUNDLE ? 6 : 4);
        assert_string_equal(wb_descriptor_annotation(&entries[0], "kind"),
                            "dev.cosignproject.cosign/image");
        assert_true(wb_digest_equal(&entries[0].digest, &first.digest));
        assert_null(wb_descriptor_annotation(&entries[1], "kind"));
        memory_clear(&memory);
    }
}

static void damaged_blobs_are_named(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *layout = one_image(&memory);
    sign(layout, target_of(layout), keys[P256], BOTH);
    attest(layout, target_of(layout), keys[P256], BOTH);
    const struct wb_verify_demands signature_only = {
        .keys = &keys[P256], .key_count = 1, .signature_only = true};
    /* Layer, config and manifest, in the order of add_image. */
    for (size_t i = 0; i < 3; i++) {
        char digest[WB_DIGEST_TEXT_SIZE];
        struct memory_blob *blob = &memory.blobs[i];
        wb_digest_format(&blob->digest, digest);
        blob->content.data[3] ^= 1;
        assert_refused(verify(layout, false, keys[P256]), digest);
        assert_refused(verify(layout, true, keys[P256]), digest);
        assert_true(verify_with(layout, false, &signature_only).good == (i < 2));
        blob->content.data[3] ^= 1;
        blob->content.size--;
        assert_refused(verify(layout, false, keys[P256]), digest);
        blob->content.size++;
        struct wb_digest kept = blob->digest;
        blob->digest.bytes[0] ^= 1;
        assert_refused(verify(layout, false, keys[P256]), "missing");
        blob->digest = kept;
        assert_good(verify(layout, false, keys[P256]), 2);
    }
    memory_clear(&memory);
}

/* Every blob that only signatures consist of, damaged in every byte: what is left must not be more
 * than the other form's signature. */
static void damaged_signatures_are_refused(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *layout = one_image(&memory);
    size_t before = memory.count;
    sign(layout, target_of(layout), keys[P256], WB_FORM_LEGACY);
    size_t refused = 0;
    for (size_t i = before; i < memory.count; i++)
        for (size_t at = 0; at < memory.blobs[i].content.size; at++) {
            memory.blobs[i].content.data[at] ^= 4;
            refused += !verify(layout, false, keys[P256]).good;
            memory.blobs[i].content.data[at] ^= 4;
        }
    /* cosign's config is not part of anything signed. */
    size_t unsigned_bytes = 0, all_bytes = 0;
    for (size_t i = before; i < memory.count; i++) {
        all_bytes += memory.blobs[i].content.size;
        if (memmem(memory.blobs[i].content.data, memory.blobs[i].content.size, "\"rootfs\"", 8))
            unsigned_bytes += memory.blobs[i].content.size;
    }
    assert_int_equal(refused, all_bytes - unsigned_bytes);
    memory_clear(&memory);
}

static void signatures_of_another_image_are_refused(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *layout = one_image(&memory);
    struct wb_descriptor one = *target_of(layout);
    struct wb_error err = WB_ERROR_INIT;
    sign(layout, &one, keys[P256], BOTH);
    attest(layout, &one, keys[P256], BOTH);
    struct wb_digest two = add_image(layout, "two");
    char text[WB_DIGEST_TEXT_SIZE];
    assert_true(wb_layout_commit(layout, NULL));
    WB_AUTO(wb_layout) *other = open_layout(&memory, wb_digest_format(&two, text));
    assert_refused(verify(other, false, keys[P256]), "no signature found");
    /* The same bytes, attached to the other image. */
    const struct wb_descriptor *target = target_of(other);
    for (size_t i = 0, count = memory.count; i < count; i++) {
        struct wb_bytes content = wb_buffer_bytes(&memory.blobs[i].content);
        if (memmem(content.data, content.size, "verificationMaterial", 20) != NULL &&
            content.data[2] == 'm')
            assert_true(wb_attach_bundle(other, target, content, SLSA, 0, &err));
    }
    char tag[160], own_tag[160];
    wb_attached_tag(&one.digest, ".sig", tag);
    wb_attached_tag(&two, ".sig", own_tag);
    struct wb_descriptor moved = *wb_layout_find_name(other, tag);
    struct wb_name_value name = {"org.opencontainers.image.ref.name", own_tag};
    moved.annotations = &name;
    moved.annotation_count = 1;
    assert_true(wb_layout_put_entry(other, &moved, &err));
    struct verdict verdict = verify(other, false, keys[P256]);
    assert_refused(verdict, "not of sha256:");
    assert_int_equal(verdict.refusals, 3);
    assert_refused(verify(other, true, keys[P256]), "no attestation holds");
    memory_clear(&memory);
}

static void thresholds_count_different_keys(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *layout = one_image(&memory);
    const struct wb_descriptor *target = target_of(layout);
    struct wb_verify_demands demands = {.keys = keys, .key_count = KEYS, .threshold = 2};
    sign(layout, target, keys[P256], BOTH);
    sign(layout, target, keys[P256], BOTH);
    attest(layout, target, keys[P256], BOTH);
    assert_refused(verify_with(layout, false, &demands), "1 of the 2 different signers");
    assert_refused(verify_with(layout, true, &demands), "1 of the 2 different signers");
    sign(layout, target, stranger, BOTH);
    assert_refused(verify_with(layout, false, &demands), "1 of the 2 different signers");
    sign(layout, target, keys[ED25519], WB_FORM_LEGACY);
    attest(layout, target, keys[RSA], WB_FORM_BUNDLE);
    assert_true(verify_with(layout, false, &demands).good);
    assert_true(verify_with(layout, true, &demands).good);
    demands.threshold = 3;
    assert_refused(verify_with(layout, false, &demands), "2 of the 3 different signers");
    /* The same key given twice is one key. */
    struct wb_key *twice[] = {keys[P256], keys[P256]};
    demands = (struct wb_verify_demands){.keys = twice, .key_count = 2, .threshold = 2};
    assert_refused(verify_with(layout, false, &demands), "1 of the 2 different signers");
    memory_clear(&memory);
}

static void annotations_and_requirements_must_be_signed(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *layout = one_image(&memory);
    sign(layout, target_of(layout), keys[P384], BOTH);
    attest(layout, target_of(layout), keys[P384], BOTH);
    static const struct {
        struct wb_statement_pair pair;
        bool attestations;
        const char *reason; /* NULL: holds */
    } cases[] = {
        {{"env", "prod"}, false, NULL},
        {{"build", "17 <&>"}, false, NULL},
        {{"env", "test"}, false, "the annotation env is `prod`, not `test`"},
        {{"other", ""}, false, "the annotation other is not signed with it"},
        {{"/predicate/buildDefinition/buildType", "https://example.test/b"}, true, NULL},
        {{"/predicate/buildDefinition/n/1", "true"}, true, NULL},
        {{"/predicate/buildDefinition/n", "[1,true]"}, true, NULL},
        {{"/predicate/a~1b~0c", "null"}, true, NULL},
        {{"/_type", WB_STATEMENT_V1}, true, NULL},
        {{"/predicate/buildDefinition/n/01", "true"}, true, "has nothing at"},
        {{"/predicate/buildDefinition/n/2", "true"}, true, "has nothing at"},
        {{"predicate", "x"}, true, "has nothing at"},
        {{"/predicate/a~b", "x"}, true, "has nothing at"},
        {{"/predicate/buildDefinition/buildType", "https://example.test/c"}, true, ", not "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_verify_demands demands = {.keys = &keys[P384], .key_count = 1};
        if (cases[i].attestations) {
            demands.requirements = &cases[i].pair;
            demands.requirement_count = 1;
        } else {
            demands.annotations = &cases[i].pair;
            demands.annotation_count = 1;
        }
        struct verdict verdict = verify_with(layout, cases[i].attestations, &demands);
        if (cases[i].reason == NULL)
            assert_good(verdict, 2);
        else
            assert_refused(verdict, cases[i].reason);
    }
    struct wb_verify_demands demands = {
        .keys = &keys[P384], .key_count = 1, .predicate_type = SLSA};
    assert_good(verify_with(layout, true, &demands), 2);
    demands.predicate_type = "https://spdx.dev/Document";
    assert_refused(verify_with(layout, true, &demands),
                   "no attestation found, only an attestation of predicate type");
    memory_clear(&memory);
}

/* ---- payloads that the right key signed and that are still wrong ---- */

static void attach_payload(struct wb_layout *layout, const char *payload)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    WB_AUTO_VALUE(wb_buffer) text = {0};
    const struct wb_bytes bytes = {(const uint8_t *)payload, strlen(payload)};
    assert_true(wb_key_sign(keys[P256], bytes, &signature, &err));
    wb_base64_encode(wb_buffer_bytes(&signature), &text);
    struct wb_name_value annotation = {"dev.cosignproject.cosign/signature",
                                       (const char *)text.data};
    assert_true(wb_attach_layer(layout, target_of(layout), ".sig", WB_SIMPLE_SIGNING_MEDIA_TYPE,
                                bytes, &annotation, 1, &err));
}

static void malformed_payloads_are_refused_though_signed(void **state)
{
    (void)state;
    static const struct {
        const char *payload; /* the digest takes the place of %s */
        bool good;
    } cases[] = {
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},\"image\":{\"docker-manifest-"
         "digest\":\"%s\"},\"type\":\"cosign container image signature\"},\"optional\":null}",
         true},
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},\"image\":{\"docker-manifest-"
         "digest\":\"%s\"},\"type\":\"cosign container image signature\",\"new\":1},\"optional\":"
         "null}",
         false},
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},\"image\":{\"docker-manifest-"
         "digest\":\"%s\"},\"type\":\"cosign container image signature\"},\"optional\":null}x",
         false},
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},\"image\":{\"docker-manifest-"
         "digest\":\"%s\"},\"type\":\"another\"},\"optional\":null}",
         false},
        {"{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},\"image\":{\"docker-manifest-"
         "digest\":\"sha256:00\",\"docker-manifest-digest\":\"%s\"},\"type\":\"cosign container "
         "image signature\"},\"optional\":null}",
         false},
        {"[\"%s\"]", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct memory memory = {0};
        WB_AUTO(wb_layout) *layout = one_image(&memory);
        char digest[WB_DIGEST_TEXT_SIZE];
        wb_digest_format(&target_of(layout)->digest, digest);
        WB_AUTO_VALUE(wb_buffer) payload = {0};
        const char *mark = strstr(cases[i].payload, "%s");
        wb_buffer_append(&payload, cases[i].payload, (size_t)(mark - cases[i].payload));
        wb_buffer_append_text(&payload, digest);
        wb_buffer_append_text(&payload, mark + 2);
        attach_payload(layout, (const char *)payload.data);
        struct verdict verdict = verify(layout, false, keys[P256]);
        assert_true(verdict.good == cases[i].good);
        if (!verdict.good)
            assert_refused(verdict, "no signature holds");
        memory_clear(&memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_every_kind_of_key_signs_verifies),
        cmocka_unit_test(signed_images_are_marked_for_cosign),
        cmocka_unit_test(damaged_blobs_are_named),
        cmocka_unit_test(damaged_signatures_are_refused),
        cmocka_unit_test(signatures_of_another_image_are_refused),
        cmocka_unit_test(thresholds_count_different_keys),
        cmocka_unit_test(annotations_and_requirements_must_be_signed),
        cmocka_unit_test(malformed_payloads_are_refused_though_signed),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
