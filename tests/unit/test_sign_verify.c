/* SPDX-License-Identifier: Apache-2.0 */
/* Signing and verifying together: what was signed verifies, with every kind of key and in both
 * forms, and nothing else does. */
#include "image/layout_private.h"
#include "sign/sign.h"
#include "verify/verify.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define SLSA "https://slsa.dev/provenance/v1"
#define BOTH (WB_FORM_BUNDLE | WB_FORM_LEGACY)

/* ---- keys, made once ---- */

enum { P256, P384, P521, RSA, ED25519, KEYS };
static struct wb_key *keys[KEYS], *stranger;

static int make_keys(void **state)
{
    (void)state;
    static const enum wb_key_algorithm algorithms[KEYS] = {
        WB_KEY_ECDSA_P256, WB_KEY_ECDSA_P384, WB_KEY_ECDSA_P521, WB_KEY_RSA, WB_KEY_ED25519};
    struct wb_error err = WB_ERROR_INIT;
    for (int i = 0; i < KEYS; i++) {
        keys[i] = wb_key_generate(algorithms[i], 2048, &err);
        if (keys[i] == NULL)
            return 1;
    }
    stranger = wb_key_generate(WB_KEY_ECDSA_P256, 0, &err);
    return stranger == NULL;
}

static int free_keys(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        wb_key_free(keys[i]);
    wb_key_free(stranger);
    return 0;
}

/* ---- a layout in memory, whose blobs can be changed at will ---- */

struct memory_blob {
    struct wb_digest digest;
    struct wb_buffer content;
};
struct memory {
    struct memory_blob blobs[64];
    size_t count;
    struct wb_buffer index;
};
struct memory_store {
    struct wb_layout_store store;
    struct memory *memory; /* the test's */
};

static struct memory_blob *find_blob(struct memory *memory, const struct wb_digest *digest)
{
    for (size_t i = 0; i < memory->count; i++)
        if (wb_digest_equal(&memory->blobs[i].digest, digest))
            return &memory->blobs[i];
    return NULL;
}

static struct memory *memory_of(struct wb_layout_store *store)
{
    return ((struct memory_store *)store)->memory;
}

static bool read_memory(struct wb_layout_store *store, const char *name, size_t limit,
                        struct wb_buffer *content, bool *found, struct wb_error *err)
{
    (void)limit;
    (void)err;
    *found = true;
    content->size = 0;
    if (strcmp(name, "oci-layout") == 0)
        wb_buffer_append_text(content, "{\"imageLayoutVersion\":\"1.0.0\"}");
    else
        wb_buffer_append(content, memory_of(store)->index.data, memory_of(store)->index.size);
    return true;
}

static bool open_memory(struct wb_layout_store *store, const struct wb_digest *digest,
                        struct wb_blob *blob, bool *found, struct wb_error *err)
{
    (void)err;
    const struct memory_blob *one = find_blob(memory_of(store), digest);
    *found = one != NULL;
    if (one != NULL)
        *blob = (struct wb_blob){.fd = -1, .size = one->content.size, .data = one->content.data};
    return true;
}

static bool list_memory(struct wb_layout_store *store, wb_blob_visitor *visit, void *context,
                        struct wb_error *err)
{
    (void)err;
    struct memory *memory = memory_of(store);
    for (size_t i = 0; i < memory->count; i++)
        visit(context, &memory->blobs[i].digest, memory->blobs[i].content.size);
    return true;
}

static bool add_memory(struct wb_layout_store *store, const struct wb_digest *digest,
                       struct wb_bytes content, struct wb_error *err)
{
    (void)err;
    struct memory *memory = memory_of(store);
    assert_true(memory->count < 64);
    struct memory_blob *blob = &memory->blobs[memory->count++];
    blob->digest = *digest;
    wb_buffer_append(&blob->content, content.data, content.size);
    return true;
}

static void free_memory_store(struct wb_layout_store *store)
{
    free(store);
}

static bool commit_memory(struct wb_layout_store *store, struct wb_bytes index,
                          const struct wb_digest_list *removed, struct wb_error *err)
{
    (void)removed;
    (void)err;
    memory_of(store)->index.size = 0;
    wb_buffer_append(&memory_of(store)->index, index.data, index.size);
    return true;
}

static struct wb_layout *open_layout(struct memory *memory, const char *digest)
{
    struct wb_error err = WB_ERROR_INIT;
    struct memory_store *store = wb_allocate(sizeof *store);
    store->store = (struct wb_layout_store){.read = read_memory,
                                            .open = open_memory,
                                            .list = list_memory,
                                            .add = add_memory,
                                            .commit = commit_memory,
                                            .free = free_memory_store};
    store->memory = memory;
    const struct wb_reference reference = {.digest = (char *)digest};
    struct wb_layout *layout =
        wb_layout_open_store(&store->store, &reference, WB_LAYOUT_WRITE, &err);
    if (layout == NULL)
        fail_msg("%s", err.message);
    return layout;
}

static void memory_clear(struct memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        wb_buffer_clear(&memory->blobs[i].content);
    wb_buffer_clear(&memory->index);
    memory->count = 0;
}

/* Drops what was added since. */
static void memory_rewind(struct memory *memory, size_t count, const char *index)
{
    while (memory->count > count)
        wb_buffer_clear(&memory->blobs[--memory->count].content);
    memory->index.size = 0;
    wb_buffer_append_text(&memory->index, index);
}

static struct wb_digest add_text(struct wb_layout *layout, const char *text)
{
    struct wb_digest digest;
    assert_true(wb_layout_add_blob(layout, (struct wb_bytes){(const uint8_t *)text, strlen(text)},
                                   &digest, NULL));
    return digest;
}

/* Adds an image with a config and a layer; gives the digest of its manifest. */
static struct wb_digest add_image(struct wb_layout *layout, const char *note)
{
    char config[WB_DIGEST_TEXT_SIZE], layer[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_STRING layer_text = wb_string_format("layer of %s", note);
    WB_AUTO_STRING config_text = wb_string_format("{\"author\":\"%s\"}", note);
    struct wb_digest layer_digest = add_text(layout, layer_text);
    struct wb_digest config_digest = add_text(layout, config_text);
    WB_AUTO_STRING manifest = wb_string_format(
        "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE "\",\"config\":{\"mediaType\":"
        "\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%zu},\"layers\":"
        "[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"%s\",\"size\":%zu}"
        "]}",
        wb_digest_format(&config_digest, config), strlen(config_text),
        wb_digest_format(&layer_digest, layer), strlen(layer_text));
    struct wb_descriptor entry = {.media_type = MANIFEST_TYPE,
                                  .digest = add_text(layout, manifest),
                                  .size = (int64_t)strlen(manifest)};
    assert_true(wb_layout_put_entry(layout, &entry, NULL));
    return entry.digest;
}

/* A layout with one image. */
static struct wb_layout *one_image(struct memory *memory)
{
    memory_rewind(memory, 0, "{\"schemaVersion\":2,\"manifests\":[]}");
    struct wb_layout *layout = open_layout(memory, NULL);
    add_image(layout, "one");
    return layout;
}

static const struct wb_descriptor *target_of(struct wb_layout *layout)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    if (target == NULL)
        fail_msg("%s", err.message);
    return target;
}

/* ---- signing and verifying ---- */

static void sign(struct wb_layout *layout, const struct wb_descriptor *target, struct wb_key *key,
                 unsigned forms)
{
    static const struct wb_statement_pair annotations[] = {{"env", "prod"}, {"build", "17 <&>"}};
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_signer signer = {.key = key, .created = 1700000000};
    const struct wb_image_signing signing = {.forms = forms,
                                             .docker_reference = "registry.test/a/b",
                                             .annotations = annotations,
                                             .annotation_count = 2};
    if (!wb_sign_image(layout, target, &signer, &signing, &err))
        fail_msg("%s", err.message);
}

static void attest(struct wb_layout *layout, const struct wb_descriptor *target, struct wb_key *key,
                   unsigned forms)
{
    static const char predicate[] =
        "{ \"buildDefinition\": {\"buildType\": \"https://example.test/b\", \"n\": [1, true]},"
        "\"a/b~c\": null}";
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_signer signer = {.key = key, .created = 1700000000};
    if (!wb_attest_image(layout, target, &signer, forms, NULL, SLSA,
                         (struct wb_bytes){(const uint8_t *)predicate, sizeof predicate - 1}, &err))
        fail_msg("%s", err.message);
}

/* What a verification came to. */
struct verdict {
    bool good;
    struct wb_error err;
    size_t proofs, refusals, blobs;
    char form[32];
};

static struct verdict conclude(bool good, const struct wb_verify_report *report,
                               const struct wb_error *err)
{
    struct verdict verdict = {.good = good,
                              .err = *err,
                              .proofs = report->proof_count,
                              .refusals = report->refusal_count,
                              .blobs = report->blobs_checked};
    if (report->proof_count > 0)
        snprintf(verdict.form, sizeof verdict.form, "%s", report->proofs[0].form);
    assert_true(good || err->status != WB_OK);
    return verdict;
}

static struct verdict verify_with(struct wb_layout *layout, bool attestations,
                                  const struct wb_verify_demands *demands)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    bool good = target != NULL &&
                (attestations ? wb_verify_image_attestations(layout, target, demands, report, &err)
                              : wb_verify_image(layout, target, demands, report, &err));
    return conclude(good, report, &err);
}

static struct verdict verify(struct wb_layout *layout, bool attestations, struct wb_key *key)
{
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    return verify_with(layout, attestations, &demands);
}

static void assert_good(struct verdict verdict, size_t proofs)
{
    if (!verdict.good)
        fail_msg("%s", verdict.err.message);
    assert_int_equal(verdict.proofs, proofs);
}

static void assert_refused(struct verdict verdict, const char *reason)
{
    assert_false(verdict.good);
    if (verdict.err.status != WB_CHECK_FAILED || strstr(verdict.err.message, reason) == NULL)
        fail_msg("status %d, `%s` does not say `%s`", (int)verdict.err.status, verdict.err.message,
                 reason);
}

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
    assert_refused(verify_with(layout, true, &demands), "its predicate type is");
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

/* ---- files ---- */

static const char artifact[] = "the file";
static const struct wb_verify_content file = {
    .fd = -1, .bytes = {(const uint8_t *)artifact, sizeof artifact - 1}};

static struct verdict verify_bundle(struct wb_bytes bundle, struct wb_key *key)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    return conclude(wb_verify_blob_bundle(&file, bundle, &demands, report, &err), report, &err);
}

static struct verdict verify_signature(struct wb_bytes signature, struct wb_key *key)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    return conclude(wb_verify_blob_signature(&file, signature, NULL, &demands, report, &err),
                    report, &err);
}

static struct verdict verify_attestation(struct wb_bytes attestation,
                                         const struct wb_verify_demands *demands)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    return conclude(wb_verify_blob_attestation(&file, attestation, demands, report, &err), report,
                    &err);
}

static void sign_file(struct wb_key *key, struct wb_blob_signature *signature)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_signer signer = {.key = key};
    if (!wb_sign_blob(&signer, file.bytes, signature, &err))
        fail_msg("%s", err.message);
}

static void write_statement(const char *hex, struct wb_buffer *statement)
{
    struct wb_statement_pair digest = {"sha256", hex};
    const struct wb_statement_subject subject = {
        .name = "x", .digests = &digest, .digest_count = 1};
    wb_statement_write(&subject, 1, false, SLSA, (struct wb_bytes){NULL, 0}, statement);
}

static void file_statement(struct wb_buffer *statement)
{
    struct wb_digest digest;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, file.bytes, &digest, NULL));
    write_statement(wb_hex_format(digest.bytes, 32, hex), statement);
}

static void algorithms_are_not_confused(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        WB_AUTO_VALUE(wb_blob_signature) signature = {0};
        sign_file(keys[i], &signature);
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_base64_encode(wb_buffer_bytes(&signature.signature), &text);
        for (int j = 0; j < KEYS; j++) {
            struct wb_bytes raw = wb_buffer_bytes(&signature.signature);
            assert_true(verify_signature(raw, keys[j]).good == (i == j));
            assert_true(verify_signature(wb_buffer_bytes(&text), keys[j]).good == (i == j));
            assert_true(verify_bundle(wb_buffer_bytes(&signature.bundle), keys[j]).good ==
                        (i == j));
            if (i != j)
                assert_refused(verify_signature(raw, keys[j]), "");
        }
        assert_refused(verify_signature(wb_buffer_bytes(&signature.signature), stranger), "");
        /* Cut short, or with bytes behind it. */
        struct wb_buffer *raw = &signature.signature;
        for (size_t size = 0; size < raw->size; size++)
            assert_false(verify_signature((struct wb_bytes){raw->data, size}, keys[i]).good);
        wb_buffer_append(raw, "", 1);
        assert_false(verify_signature(wb_buffer_bytes(raw), keys[i]).good);
    }
}

/* Every single bit of the text, and every shorter text. */
static void flip_all(const struct wb_buffer *text, bool attestation, struct wb_key *key)
{
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    struct wb_bytes whole = wb_buffer_bytes(text);
    assert_true(attestation ? verify_attestation(whole, &demands).good
                            : verify_bundle(whole, key).good);
    for (size_t i = 0; i < text->size * 8; i++) {
        text->data[i / 8] ^= (uint8_t)(1 << i % 8);
        if (attestation ? verify_attestation(whole, &demands).good : verify_bundle(whole, key).good)
            fail_msg("bit %zu of byte %zu may be changed: %.*s", i % 8, i / 8, (int)text->size,
                     (const char *)text->data);
        text->data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t size = 0; size < text->size; size++) {
        struct wb_bytes cut = {text->data, size};
        assert_false(attestation ? verify_attestation(cut, &demands).good
                                 : verify_bundle(cut, key).good);
    }
}

static void no_bit_of_a_bundle_or_envelope_may_change(void **state)
{
    (void)state;
    static const int chosen[] = {P256, ED25519};
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < 2; i++) {
        struct wb_key *key = keys[chosen[i]];
        WB_AUTO_VALUE(wb_blob_signature) signature = {0};
        sign_file(key, &signature);
        flip_all(&signature.bundle, false, key);
        WB_AUTO_VALUE(wb_buffer) statement = {0};
        WB_AUTO_VALUE(wb_statement_signature) attested = {0};
        file_statement(&statement);
        const struct wb_signer signer = {.key = key};
        assert_true(wb_sign_statement(&signer, wb_buffer_bytes(&statement), &attested, &err));
        flip_all(&attested.bundle, true, key);
        flip_all(&attested.envelope, true, key);
    }
}

/* The payload of the older form and the signature beside it. */
static void no_bit_of_a_simple_signature_may_change(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *made = one_image(&memory);
    assert_true(wb_layout_commit(made, NULL));
    WB_AUTO_STRING index = wb_string_copy((const char *)memory.index.data);
    size_t count = memory.count;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key = keys[ED25519];
    WB_AUTO_VALUE(wb_buffer) both = {0};
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    wb_simple_signing_write("x", &target_of(made)->digest, NULL, 0, &both);
    size_t payload_size = both.size;
    assert_true(wb_key_sign(key, wb_buffer_bytes(&both), &signature, &err));
    wb_base64_encode(wb_buffer_bytes(&signature), &both);
    for (size_t i = 0; i <= both.size * 8; i++) {
        if (i < both.size * 8)
            both.data[i / 8] ^= (uint8_t)(1 << i % 8);
        WB_AUTO(wb_layout) *layout = open_layout(&memory, NULL);
        struct wb_name_value annotation = {"dev.cosignproject.cosign/signature",
                                           (const char *)both.data + payload_size};
        /* What is not UTF-8 cannot be an annotation. */
        if (wb_utf8_valid(annotation.value, strlen(annotation.value))) {
            assert_true(
                wb_attach_layer(layout, target_of(layout), ".sig", WB_SIMPLE_SIGNING_MEDIA_TYPE,
                                (struct wb_bytes){both.data, payload_size}, &annotation, 1, &err));
            if (verify(layout, false, key).good != (i == both.size * 8))
                fail_msg("bit %zu of byte %zu", i % 8, i / 8);
        }
        if (i < both.size * 8)
            both.data[i / 8] ^= (uint8_t)(1 << i % 8);
        memory_rewind(&memory, count, index);
    }
    memory_clear(&memory);
}

/* ---- envelopes ---- */

static void write_envelope(const char *type, struct wb_bytes payload, struct wb_key *const *signers,
                           size_t count, size_t bad, struct wb_buffer *envelope)
{
    struct wb_buffer signatures[4] = {{0}};
    struct wb_dsse_signature list[4] = {{0}};
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae(type, payload, &encoding);
    for (size_t i = 0; i < count; i++) {
        assert_true(wb_key_sign(signers[i], wb_buffer_bytes(&encoding), &signatures[i], NULL));
        if (i == bad)
            signatures[i].data[signatures[i].size - 1] ^= 1;
        list[i].signature = wb_buffer_bytes(&signatures[i]);
    }
    wb_dsse_write(type, payload, list, count, envelope);
    for (size_t i = 0; i < count; i++)
        wb_buffer_clear(&signatures[i]);
}

static void envelopes_with_several_signatures_count_each(void **state)
{
    (void)state;
    struct wb_key *signers[] = {keys[P256], keys[RSA], keys[P256]};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    WB_AUTO_VALUE(wb_buffer) good = {0};
    WB_AUTO_VALUE(wb_buffer) bad = {0};
    WB_AUTO_VALUE(wb_buffer) twice = {0};
    file_statement(&statement);
    struct wb_bytes payload = wb_buffer_bytes(&statement);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, payload, signers, 2, 9, &good);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, payload, signers, 2, 1, &bad);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, payload, (struct wb_key *[]){keys[P256], keys[P256]}, 2,
                   9, &twice);
    struct wb_verify_demands demands = {.keys = keys, .key_count = KEYS, .threshold = 2};
    assert_good(verify_attestation(wb_buffer_bytes(&good), &demands), 2);
    assert_refused(verify_attestation(wb_buffer_bytes(&bad), &demands), "1 of the 2");
    assert_refused(verify_attestation(wb_buffer_bytes(&twice), &demands), "1 of the 2");
    demands.threshold = 0;
    assert_good(verify_attestation(wb_buffer_bytes(&good), &demands), 2);
    assert_good(verify_attestation(wb_buffer_bytes(&bad), &demands), 1);
}

static void wrong_statements_are_refused_though_signed(void **state)
{
    (void)state;
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct wb_verify_demands demands = {.keys = &keys[P256], .key_count = 1};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    WB_AUTO_VALUE(wb_buffer) other = {0};
    WB_AUTO_VALUE(wb_buffer) envelope = {0};
    file_statement(&statement);
    write_statement(zeros, &other);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, wb_buffer_bytes(&other), &keys[P256], 1, 9, &envelope);
    assert_refused(verify_attestation(wb_buffer_bytes(&envelope), &demands), zeros);
    envelope.size = 0;
    write_envelope("application/json", wb_buffer_bytes(&statement), &keys[P256], 1, 9, &envelope);
    assert_refused(verify_attestation(wb_buffer_bytes(&envelope), &demands), "its payload type is");
    /* The payload signed as another type than it is sent as. */
    uint8_t *type = memmem(envelope.data, envelope.size, "application/json", 16);
    memcpy(type, "application/jsom", 16);
    assert_false(verify_attestation(wb_buffer_bytes(&envelope), &demands).good);
    static const char *const endings[] = {"x", "{}", ",\"subject\":[]}"};
    for (size_t i = 0; i < 3; i++) {
        WB_AUTO_VALUE(wb_buffer) changed = {0};
        wb_buffer_append(&changed, statement.data, statement.size - (i == 2 ? 1 : 0));
        wb_buffer_append_text(&changed, endings[i]);
        envelope.size = 0;
        write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, wb_buffer_bytes(&changed), &keys[P256], 1, 9,
                       &envelope);
        struct verdict verdict = verify_attestation(wb_buffer_bytes(&envelope), &demands);
        assert_false(verdict.good);
        assert_non_null(strstr(verdict.err.message, "statement"));
    }
}

/* ---- what cosign made ---- */

static char *data_path(const char *name)
{
    const char *data = getenv("WAYBILL_TEST_DATA");
    char *path = wb_string_format("%s/cosign/%s", data == NULL ? "../shared/data" : data, name);
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: no %s (set WAYBILL_TEST_DATA)\n", path);
        free(path);
        skip();
    }
    return path;
}

static void read_file(const char *name, struct wb_buffer *content)
{
    WB_AUTO_STRING path = data_path(name);
    assert_true(wb_file_read(AT_FDCWD, path, 1 << 20, content, NULL));
}

static struct wb_key *read_key(const char *name)
{
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    read_file(name, &pem);
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key = wb_key_from_public(wb_buffer_bytes(&pem), &err);
    if (key == NULL)
        fail_msg("%s", err.message);
    return key;
}

static void load_saved_layout(struct memory *memory)
{
    WB_AUTO_STRING folder = data_path("saved-layout/blobs/sha256");
    WB_AUTO_STRING index = data_path("saved-layout/index.json");
    assert_true(wb_file_read(AT_FDCWD, index, 1 << 20, &memory->index, NULL));
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        struct memory_blob *blob = &memory->blobs[memory->count++];
        WB_AUTO_STRING path = wb_string_format("%s/%s", folder, entry->d_name);
        WB_AUTO_STRING text = wb_string_format("sha256:%s", entry->d_name);
        assert_true(wb_digest_parse(text, &blob->digest, NULL));
        assert_true(wb_file_read(AT_FDCWD, path, 1 << 20, &blob->content, NULL));
    }
    closedir(directory);
}

static void cosigns_saved_layout_verifies(void **state)
{
    (void)state;
    struct memory memory = {0};
    load_saved_layout(&memory);
    WB_AUTO(wb_key) *key = read_key("cosign.pub");
    WB_AUTO(wb_layout) *layout = open_layout(&memory, NULL);
    struct verdict verdict = verify(layout, false, key);
    if (!verdict.good || verdict.proofs < 2)
        fail_msg("%zu proofs: %s", verdict.proofs, verdict.err.message);
    verdict = verify(layout, true, key);
    if (!verdict.good || verdict.proofs < 2)
        fail_msg("%zu proofs: %s", verdict.proofs, verdict.err.message);
    assert_refused(verify(layout, false, stranger), "no signature holds");
    /* We add to what is there, and both stay. */
    struct wb_descriptor target = *target_of(layout);
    size_t before = verify(layout, false, key).proofs;
    sign(layout, &target, keys[P521], BOTH);
    attest(layout, &target, keys[P521], BOTH);
    assert_good(verify(layout, false, keys[P521]), 2);
    assert_good(verify(layout, true, keys[P521]), 2);
    assert_good(verify(layout, false, key), before);
    /* Damage in any blob of the image is found. */
    WB_AUTO_VALUE(wb_buffer) manifest = {0};
    assert_true(wb_layout_read_blob(layout, &target.digest, 1 << 20, &manifest, NULL));
    size_t damaged = 0;
    for (size_t i = 0; i < memory.count; i++) {
        char text[WB_DIGEST_TEXT_SIZE];
        wb_digest_format(&memory.blobs[i].digest, text);
        bool is_part = wb_digest_equal(&memory.blobs[i].digest, &target.digest) ||
                       memmem(manifest.data, manifest.size, text, strlen(text)) != NULL;
        if (!is_part)
            continue;
        memory.blobs[i].content.data[0] ^= 1;
        assert_refused(verify(layout, false, key), text);
        memory.blobs[i].content.data[0] ^= 1;
        damaged++;
    }
    assert_true(damaged >= 3);
    memory_clear(&memory);
}

static void cosigns_files_verify(void **state)
{
    (void)state;
    static const char *const names[] = {"p256", "p384", "p521", "rsa3072", "ed25519"};
    WB_AUTO_VALUE(wb_buffer) content = {0};
    read_file("artifact.txt", &content);
    const struct wb_verify_content signed_file = {.fd = -1, .bytes = wb_buffer_bytes(&content)};
    for (size_t i = 0; i < 5; i++) {
        WB_AUTO_STRING key_name = wb_string_format("%s.pub", names[i]);
        WB_AUTO_STRING bundle_name = wb_string_format("%s.blob.sigstore.json", names[i]);
        WB_AUTO_STRING signature_name = wb_string_format("%s.blob.sig", names[i]);
        WB_AUTO_STRING attestation_name = wb_string_format("%s.attest.sigstore.json", names[i]);
        WB_AUTO(wb_key) *key = read_key(key_name);
        const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
        WB_AUTO_VALUE(wb_buffer) bundle = {0};
        WB_AUTO_VALUE(wb_buffer) signature = {0};
        WB_AUTO_VALUE(wb_buffer) attestation = {0};
        read_file(bundle_name, &bundle);
        read_file(signature_name, &signature);
        read_file(attestation_name, &attestation);
        for (int tampered = 0; tampered < 2; tampered++) {
            struct wb_error err = WB_ERROR_INIT;
            WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
            bool good[] = {wb_verify_blob_bundle(&signed_file, wb_buffer_bytes(&bundle), &demands,
                                                 report, &err),
                           false, false};
            WB_AUTO(wb_verify_report) *second = wb_verify_report_new();
            good[1] = wb_verify_blob_signature(&signed_file, wb_buffer_bytes(&signature), NULL,
                                               &demands, second, &err);
            WB_AUTO(wb_verify_report) *third = wb_verify_report_new();
            good[2] = wb_verify_blob_attestation(&signed_file, wb_buffer_bytes(&attestation),
                                                 &demands, third, &err);
            for (size_t j = 0; j < 3; j++)
                if (good[j] != (tampered == 0))
                    fail_msg("%s, check %zu, tampered %d: %s", names[i], j, tampered, err.message);
            content.data[0] ^= 1;
        }
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
        cmocka_unit_test(algorithms_are_not_confused),
        cmocka_unit_test(no_bit_of_a_bundle_or_envelope_may_change),
        cmocka_unit_test(no_bit_of_a_simple_signature_may_change),
        cmocka_unit_test(envelopes_with_several_signatures_count_each),
        cmocka_unit_test(wrong_statements_are_refused_though_signed),
        cmocka_unit_test(cosigns_saved_layout_verifies),
        cmocka_unit_test(cosigns_files_verify),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
