/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and a layout in memory, for the tests of signing and verifying together. */
#include "tests/unit/signed_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wb_key *keys[KEYS], *stranger;

int make_keys(void **state)
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

int free_keys(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        wb_key_free(keys[i]);
    wb_key_free(stranger);
    return 0;
}

/* ---- a layout in memory, whose blobs can be changed at will ---- */

struct memory_store {
    struct wb_layout_store store;
    struct memory *memory; /* the test's */
};

struct memory_blob *find_blob(struct memory *memory, const struct wb_digest *digest)
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

struct wb_layout *open_layout(struct memory *memory, const char *digest)
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

void memory_clear(struct memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        wb_buffer_clear(&memory->blobs[i].content);
    wb_buffer_clear(&memory->index);
    memory->count = 0;
}

void memory_rewind(struct memory *memory, size_t count, const char *index)
{
    while (memory->count > count)
        wb_buffer_clear(&memory->blobs[--memory->count].content);
    memory->index.size = 0;
    wb_buffer_append_text(&memory->index, index);
}

struct wb_digest add_text(struct wb_layout *layout, const char *text)
{
    struct wb_digest digest;
    assert_true(wb_layout_add_blob(layout, (struct wb_bytes){(const uint8_t *)text, strlen(text)},
                                   &digest, NULL));
    return digest;
}

struct wb_digest add_image(struct wb_layout *layout, const char *note)
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

struct wb_layout *one_image(struct memory *memory)
{
    memory_rewind(memory, 0, "{\"schemaVersion\":2,\"manifests\":[]}");
    struct wb_layout *layout = open_layout(memory, NULL);
    add_image(layout, "one");
    return layout;
}

const struct wb_descriptor *target_of(struct wb_layout *layout)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    if (target == NULL)
        fail_msg("%s", err.message);
    return target;
}

/* ---- signing and verifying ---- */

void sign(struct wb_layout *layout, const struct wb_descriptor *target, struct wb_key *key,
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

void attest(struct wb_layout *layout, const struct wb_descriptor *target, struct wb_key *key,
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

struct verdict conclude(bool good, const struct wb_verify_report *report,
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

struct verdict verify_with(struct wb_layout *layout, bool attestations,
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

struct verdict verify(struct wb_layout *layout, bool attestations, struct wb_key *key)
{
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    return verify_with(layout, attestations, &demands);
}

void assert_good(struct verdict verdict, size_t proofs)
{
    if (!verdict.good)
        fail_msg("%s", verdict.err.message);
    assert_int_equal(verdict.proofs, proofs);
}

void assert_refused(struct verdict verdict, const char *reason)
{
    assert_false(verdict.good);
    if (verdict.err.status != WB_CHECK_FAILED || strstr(verdict.err.message, reason) == NULL)
        fail_msg("status %d, `%s` does not say `%s`", (int)verdict.err.status, verdict.err.message,
                 reason);
}
