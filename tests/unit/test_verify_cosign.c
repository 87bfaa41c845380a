/* SPDX-License-Identifier: Apache-2.0 */
/* What cosign made (../shared/data/cosign) verifies, and its tampered copies do not. */
#include "tests/unit/signed_layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        cmocka_unit_test(cosigns_saved_layout_verifies),
        cmocka_unit_test(cosigns_files_verify),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
