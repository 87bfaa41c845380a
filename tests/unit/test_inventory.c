/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of a delivery: written, read back, and refused when it contradicts itself. */
#include "delivery/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK WB_INVENTORY_CHUNK_SIZE

static struct wb_bytes bytes_of(const char *text)
{
    return (struct wb_bytes){(const uint8_t *)text, strlen(text)};
}

static struct wb_digest digest_of(const char *text)
{
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, bytes_of(text), &digest, NULL));
    return digest;
}

/* Two volumes, a base, an index with a platform below it, a file, a policy. */
struct example {
    struct wb_inventory inventory;
    struct wb_inventory_blob blobs[6];
    struct wb_inventory_image image;
    struct wb_inventory_attestation attestation;
    struct wb_inventory_file file;
    struct wb_digest signature, platform;
    uint8_t chunks[3][32];
    uint64_t split;
    json_t *entries;
};

static json_t *entry_of(const struct wb_inventory_blob *blob, const char *name)
{
    char text[WB_DIGEST_TEXT_SIZE];
    json_t *entry =
        json_pack("{s:s,s:s,s:I}", "mediaType", "application/vnd.oci.image.index.v1+json", "digest",
                  wb_digest_format(&blob->digest, text), "size", (json_int_t)blob->size);
    if (name != NULL)
        json_object_set_new(entry, "annotations",
                            json_pack("{s:s}", "org.opencontainers.image.ref.name", name));
    return entry;
}

static void make_example(struct example *example)
{
    static const char *const roles[] = {"index",  "manifest", "attestation",
                                        "policy", "layer",    "file"};
    memset(example, 0, sizeof *example);
    memset(example->chunks, 7, sizeof example->chunks);
    for (size_t i = 0; i < 6; i++)
        example->blobs[i] = (struct wb_inventory_blob){
            .digest = digest_of(roles[i]), .size = 100 + i, .role = roles[i], .volume = 1};
    example->blobs[4].size = 2 * CHUNK + 1;
    example->blobs[4].chunks = example->chunks;
    example->blobs[4].chunk_count = 3;
    example->split = CHUNK;
    example->blobs[4].splits = &example->split;
    example->blobs[4].split_count = 1;
    example->blobs[5].in_base = true;
    example->blobs[5].volume = 0;
    example->signature = example->platform = example->blobs[1].digest;
    example->attestation =
        (struct wb_inventory_attestation){"https://spdx.dev/Document", example->blobs[1].digest};
    example->image = (struct wb_inventory_image){.name = "registry.example/a:1",
                                                 .digest = example->blobs[0].digest,
                                                 .signatures = &example->signature,
                                                 .signature_count = 1,
                                                 .attestations = &example->attestation,
                                                 .attestation_count = 1,
                                                 .platforms = &example->platform,
                                                 .platform_count = 1};
    example->file = (struct wb_inventory_file){"doc/read \"me\".txt", example->blobs[5].digest, 105,
                                               example->blobs[1].digest};
    example->entries = json_pack("[o,o]", entry_of(&example->blobs[0], "registry.example/a:1"),
                                 entry_of(&example->blobs[1], NULL));
    example->inventory = (struct wb_inventory){.name = "release <7>",
                                               .sequence = 7,
                                               .issued = 1700000000,
                                               .has_expiry = true,
                                               .expires = 1800000000,
                                               .chunk_size = CHUNK,
                                               .volume_count = 2,
                                               .has_base = true,
                                               .base = digest_of("base"),
                                               .blobs = example->blobs,
                                               .blob_count = 6,
                                               .images = &example->image,
                                               .image_count = 1,
                                               .files = &example->file,
                                               .file_count = 1,
                                               .has_policy = true,
                                               .policy = example->blobs[3].digest,
                                               .entries = example->entries};
}

static struct wb_inventory *write_and_read(struct example *example, struct wb_buffer *statement,
                                           struct wb_error *err)
{
    bool written = wb_inventory_write(&example->inventory, statement, err);
    json_decref(example->entries);
    return written ? wb_inventory_read(wb_buffer_bytes(statement), err) : NULL;
}

static void an_inventory_reads_back(void **state)
{
    (void)state;
    struct example example;
    make_example(&example);
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_inventory) *read = write_and_read(&example, &statement, &err);
    if (read == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(read->name, "release <7>");
    assert_int_equal(read->expires, 1800000000);
    assert_int_equal(read->blob_count, 6);
    assert_int_equal(read->blobs[4].splits[0], CHUNK);
    assert_memory_equal(read->blobs[4].chunks, example.chunks, sizeof example.chunks);
    assert_string_equal(read->files[0].path, "doc/read \"me\".txt");
    assert_string_equal(read->images[0].attestations[0].predicate_type,
                        "https://spdx.dev/Document");
    for (size_t i = 0; i < 6; i++)
        assert_ptr_equal(wb_inventory_find(read, &example.blobs[i].digest), &read->blobs[i]);
    struct wb_digest other = digest_of("other");
    assert_null(wb_inventory_find(read, &other));
    /* Written again, it has the same bytes. */
    WB_AUTO_VALUE(wb_buffer) again = {0};
    assert_true(wb_inventory_write(read, &again, &err));
    assert_string_equal((char *)again.data, (char *)statement.data);
    /* It is an in-toto statement like any other. */
    WB_AUTO(wb_statement) *plain = wb_statement_read(wb_buffer_bytes(&statement), &err);
    assert_non_null(plain);
    assert_non_null(wb_statement_subject_of(plain, &example.blobs[5].digest));
}

/* Each change must be refused with that text in the message. */
static void refuses(struct example *example, const char *text)
{
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_inventory) *read = write_and_read(example, &statement, &err);
    if (read != NULL)
        fail_msg("taken, not refused with: %s", text);
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, text) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, text);
}

static void blobs_must_fit(void **state)
{
    (void)state;
    struct example example;
    make_example(&example);
    example.blobs[2].digest = example.blobs[0].digest;
    refuses(&example, "listed twice");
    make_example(&example);
    example.blobs[2].role = "thing";
    refuses(&example, "role");
    make_example(&example);
    example.blobs[4].chunk_count = 2;
    refuses(&example, "3 SHA-256");
    make_example(&example);
    example.blobs[4].size = CHUNK;
    refuses(&example, "only one");
    make_example(&example);
    example.split = CHUNK + 1;
    refuses(&example, "multiples");
    make_example(&example);
    example.blobs[4].volume = 2;
    refuses(&example, "beyond the last volume");
    make_example(&example);
    example.blobs[0].volume = 2;
    refuses(&example, "the one before it on 2");
    make_example(&example);
    example.blobs[0].volume = 3;
    refuses(&example, "`volume` is 3");
    make_example(&example);
    example.inventory.has_base = false;
    refuses(&example, "without a base");
    make_example(&example);
    example.inventory.chunk_size = 3 << 20;
    refuses(&example, "power of two");
}

static void what_is_named_must_be_there(void **state)
{
    (void)state;
    struct wb_digest other = digest_of("other");
    struct example example;
    make_example(&example);
    example.signature = other;
    refuses(&example, "signature sha256:");
    make_example(&example);
    example.platform = other;
    refuses(&example, "platform manifest");
    make_example(&example);
    example.attestation.manifest = other;
    refuses(&example, "attestation sha256:");
    make_example(&example);
    example.inventory.policy = other;
    refuses(&example, "policy sha256:");
    make_example(&example);
    example.image.name = "registry.example/b:1";
    refuses(&example, "not an entry of index.json");
    make_example(&example);
    example.file.size = 1;
    refuses(&example, "another size");
    make_example(&example);
    json_array_append_new(example.entries, entry_of(&example.blobs[2], "registry.example/a:1"));
    refuses(&example, "two entries");
    make_example(&example);
    example.blobs[1].size = 7;
    json_array_clear(example.entries);
    json_array_append_new(example.entries, entry_of(&example.blobs[0], "registry.example/a:1"));
    example.blobs[0].size = 8;
    refuses(&example, "not that of the blob");
}

static void names_of_files_are_safe(void **state)
{
    (void)state;
    static const char *const bad[] = {"/etc/passwd", "../x", "a/../b", "a//b", "a/",
                                      ".",           "a\nb", "a\\b",   "a/.",  "\x7f"};
    struct example example;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make_example(&example);
        example.file.path = bad[i];
        refuses(&example, "no safe name");
    }
    static const char *const pairs[][2] = {{"a", "a"}, {"a", "a/b"}, {"a/b", "a"}};
    for (size_t i = 0; i < 3; i++) {
        make_example(&example);
        struct wb_inventory_file files[3] = {example.file, example.file, example.file};
        files[0].path = pairs[i][0];
        files[1].path = "a-b";
        files[2].path = pairs[i][1];
        example.inventory.files = files;
        example.inventory.file_count = 3;
        refuses(&example, "twice, or is a directory");
    }
}

/* One text in place of another in the statement. */
static void altered_is_refused(const char *from, const char *to)
{
    struct example example;
    make_example(&example);
    WB_AUTO_VALUE(wb_buffer) statement = {0}, altered = {0};
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_inventory_write(&example.inventory, &statement, &err));
    json_decref(example.entries);
    const char *text = (const char *)statement.data, *at = strstr(text, from);
    if (at == NULL)
        fail_msg("no %s", from);
    wb_buffer_append(&altered, text, (size_t)(at - text));
    wb_buffer_append_text(&altered, to);
    wb_buffer_append_text(&altered, at + strlen(from));
    WB_AUTO(wb_inventory) *read = wb_inventory_read(wb_buffer_bytes(&altered), &err);
    if (read != NULL)
        fail_msg("taken: %s -> %s", from, to);
    assert_int_equal(err.status, WB_BAD_INPUT);
}

static void altered_statements_are_refused(void **state)
{
    (void)state;
    altered_is_refused("Statement/v1", "Statement/v0.1");
    altered_is_refused("inventory:1", "inventory:2");
    altered_is_refused("\"sequence\":7", "\"sequence\":-7");
    altered_is_refused("\"sequence\":7", "\"sequence\":7.0");
    altered_is_refused("\"sequence\":7", "\"sequence\":7,\"more\":1");
    altered_is_refused("2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00");
    altered_is_refused("2027-01-15", "2022-01-15");
    altered_is_refused("\"volumes\":2", "\"volumes\":0");
    altered_is_refused("\"volumes\":2", "\"volumes\":10000");
    altered_is_refused("{\"digest\":{\"sha256\"", "{\"digest\":{\"sha512\"");
    altered_is_refused("{\"digest\":{\"sha256\"", "{\"name\":\"a\",\"digest\":{\"sha256\"");
    altered_is_refused("\"chunks\":\"BwcH", "\"chunks\":\"BwcHBwcH");
    altered_is_refused("\"inBase\":true", "\"inBase\":false");
    altered_is_refused("\"splits\":[4194304]", "\"splits\":[]");
    altered_is_refused("\"images\":[", "\"images\":[7,");
    altered_is_refused("\"entries\":[", "\"entries\":[{},");
}

static void many_blobs_are_found_quickly(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct wb_inventory_blob *blobs = wb_allocate_array(COUNT, sizeof *blobs);
    for (size_t i = 0; i < COUNT; i++) {
        blobs[i] = (struct wb_inventory_blob){.size = i, .role = "layer", .volume = 1};
        blobs[i].digest = digest_of("x");
        memcpy(blobs[i].digest.bytes, &(uint64_t){i}, sizeof(uint64_t));
    }
    json_t *none = json_array();
    const struct wb_inventory inventory = {.chunk_size = CHUNK,
                                           .volume_count = 1,
                                           .blobs = blobs,
                                           .blob_count = COUNT,
                                           .entries = none};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_inventory_write(&inventory, &statement, &err));
    WB_AUTO(wb_inventory) *read = wb_inventory_read(wb_buffer_bytes(&statement), &err);
    assert_non_null(read);
    for (size_t i = 0; i < COUNT; i++)
        assert_ptr_equal(wb_inventory_find(read, &blobs[i].digest), &read->blobs[i]);
    json_decref(none);
    free(blobs);
}

static void parts_are_named(void **state)
{
    (void)state;
    struct wb_digest digest = digest_of("");
    char text[200];
    assert_string_equal(wb_inventory_part_name(&digest, 4194304, text),
                        "parts/sha256/"
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/4194304");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inventory_reads_back),
        cmocka_unit_test(blobs_must_fit),
        cmocka_unit_test(what_is_named_must_be_there),
        cmocka_unit_test(names_of_files_are_safe),
        cmocka_unit_test(altered_statements_are_refused),
        cmocka_unit_test(many_blobs_are_found_quickly),
        cmocka_unit_test(parts_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
