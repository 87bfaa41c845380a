/* SPDX-License-Identifier: Apache-2.0 */
/* OCI layouts as stores of artifacts: directories and archives, what is found in them, and that
 * whatever happens to a writer, what others read is whole. */
#include "image/image.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"
#define REF_NAME "org.opencontainers.image.ref.name"

/* ---- making layouts ---- */

struct blob {
    char digest[WB_DIGEST_TEXT_SIZE];
    struct wb_digest value;
    struct wb_buffer data;
};

/* A layout under construction: written as a directory or as an archive. */
struct fixture {
    bool is_archive;
    char folder[64];
    char *path;      /* of the layout */
    char *reference; /* oci:PATH or oci-archive:PATH */
    struct blob blobs[32];
    size_t blob_count;
    struct wb_buffer index; /* text between the brackets of `manifests` */
};

static const struct blob *put_blob(struct fixture *fixture, const void *data, size_t size)
{
    assert_true(fixture->blob_count < 32);
    struct blob *blob = &fixture->blobs[fixture->blob_count++];
    wb_buffer_append(&blob->data, data, size);
    assert_true(
        wb_digest_bytes(WB_DIGEST_SHA256, (struct wb_bytes){data, size}, &blob->value, NULL));
    wb_digest_format(&blob->value, blob->digest);
    return blob;
}

static const struct blob *put_text(struct fixture *fixture, const char *text)
{
    return put_blob(fixture, text, strlen(text));
}

/* An image of one empty layer; `note` makes it another one. `extra` are members of the manifest. */
static const struct blob *put_image(struct fixture *fixture, const char *note, const char *extra)
{
    static const uint8_t zeros[1024];
    const struct blob *layer = put_blob(fixture, zeros, sizeof zeros);
    WB_AUTO_STRING config =
        wb_string_format("{\"os\":\"linux\",\"architecture\":\"amd64\",\"author\":\"%s\","
                         "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
                         note, layer->digest);
    const struct blob *config_blob = put_text(fixture, config);
    WB_AUTO_STRING manifest = wb_string_format(
        "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE "\",\"config\":{\"mediaType\":"
        "\"" CONFIG_TYPE "\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[{\"mediaType\":"
        "\"" LAYER_TYPE "\",\"digest\":\"%s\",\"size\":1024}]%s}",
        config_blob->digest, config_blob->data.size, layer->digest, extra);
    return put_text(fixture, manifest);
}

static const struct blob *put_artifact(struct fixture *fixture, const char *note,
                                       const char *subject)
{
    WB_AUTO_STRING manifest = wb_string_format(
        "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE "\",\"config\":{\"mediaType\":"
        "\"application/vnd.oci.empty.v1+json\",\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649"
        "e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2},\"layers\":[],\"annotations\":{\"note\":"
        "\"%s\"},\"subject\":{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":\"%s\",\"size\":1},"
        "\"artifactType\":\"application/x-test\"}",
        note, subject);
    return put_text(fixture, manifest);
}

static void list(struct fixture *fixture, const char *type, const struct blob *blob,
                 const char *extra)
{
    wb_buffer_append_format(
        &fixture->index, "%s{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}",
        fixture->index.size == 0 ? "" : ",", type, blob->digest, blob->data.size, extra);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void tar_entry(struct archive *archive, const char *name, const void *data, size_t size)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    if (size > 0)
        assert_int_equal(archive_write_data(archive, data, size), (la_ssize_t)size);
    archive_entry_free(entry);
}

static char *blob_path(const struct fixture *fixture, const char *digest)
{
    return wb_string_format("%s/blobs/sha256/%s", fixture->path, digest + 7);
}

static void write_archive(const struct fixture *fixture, const char *index, bool compress)
{
    struct archive *archive = archive_write_new();
    archive_write_set_format_pax_restricted(archive);
    if (compress)
        archive_write_add_filter_gzip(archive);
    assert_int_equal(archive_write_open_filename(archive, fixture->path), ARCHIVE_OK);
    tar_entry(archive, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
    /* In the middle, and in a name that needs an extended header. */
    for (size_t i = 0; i < fixture->blob_count; i++) {
        WB_AUTO_STRING name = wb_string_format("blobs/sha256/%s", fixture->blobs[i].digest + 7);
        tar_entry(archive, name, fixture->blobs[i].data.data, fixture->blobs[i].data.size);
        if (i == 0)
            tar_entry(archive, "index.json", index, strlen(index));
    }
    char long_name[200];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    tar_entry(archive, long_name, "kept", 4);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

static void write_directory(const struct fixture *fixture, const char *index)
{
    WB_AUTO_STRING blobs = wb_string_format("%s/blobs", fixture->path);
    WB_AUTO_STRING sha256 = wb_string_format("%s/blobs/sha256", fixture->path);
    WB_AUTO_STRING layout = wb_string_format("%s/oci-layout", fixture->path);
    WB_AUTO_STRING index_path = wb_string_format("%s/index.json", fixture->path);
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    assert_int_equal(mkdir(blobs, 0700), 0);
    assert_int_equal(mkdir(sha256, 0700), 0);
    write_file(layout, "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
    write_file(index_path, index, strlen(index));
    for (size_t i = 0; i < fixture->blob_count; i++) {
        WB_AUTO_STRING path = blob_path(fixture, fixture->blobs[i].digest);
        write_file(path, fixture->blobs[i].data.data, fixture->blobs[i].data.size);
    }
}

static struct fixture *begin(bool is_archive)
{
    struct fixture *fixture = wb_allocate(sizeof *fixture);
    fixture->is_archive = is_archive;
    strcpy(fixture->folder, "/tmp/waybill-layout-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->path = wb_string_format("%s/%s", fixture->folder, is_archive ? "x.tar" : "x");
    fixture->reference =
        wb_string_format("%s:%s", is_archive ? "oci-archive" : "oci", fixture->path);
    return fixture;
}

/* `extra` are members of index.json behind `manifests`. */
static void finish(struct fixture *fixture, const char *extra)
{
    WB_AUTO_STRING index =
        wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]%s}",
                         fixture->index.size == 0 ? "" : (const char *)fixture->index.data, extra);
    if (fixture->is_archive)
        write_archive(fixture, index, false);
    else
        write_directory(fixture, index);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void end(struct fixture *fixture)
{
    nftw(fixture->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; i < fixture->blob_count; i++)
        wb_buffer_clear(&fixture->blobs[i].data);
    wb_buffer_clear(&fixture->index);
    free(fixture->path);
    free(fixture->reference);
    free(fixture);
}

static struct wb_layout *open_layout(const struct fixture *fixture, const char *tag,
                                     enum wb_layout_mode mode, struct wb_error *err)
{
    WB_AUTO_STRING text = wb_string_format("%s%s", fixture->reference, tag);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(text, &reference, err))
        return NULL;
    return wb_layout_open(&reference, mode, err);
}

static struct wb_layout *open_good(const struct fixture *fixture, const char *tag,
                                   enum wb_layout_mode mode)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layout *layout = open_layout(fixture, tag, mode, &err);
    if (layout == NULL)
        fail_msg("%s", err.message);
    return layout;
}

static void assert_error(const struct wb_error *err, enum wb_status status, const char *text)
{
    if (err->status != status || strstr(err->message, text) == NULL)
        fail_msg("status %d, `%s` does not say `%s`", (int)err->status, err->message, text);
}

/* ---- what a reference means ---- */

static void assert_target(const struct fixture *fixture, const char *tag, const char *digest)
{
    struct wb_error err = WB_ERROR_INIT;
    char text[WB_DIGEST_TEXT_SIZE];
    WB_AUTO(wb_layout) *layout = open_good(fixture, tag, WB_LAYOUT_READ);
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    if (target == NULL)
        fail_msg("%s: %s", tag, err.message);
    assert_string_equal(wb_digest_format(&target->digest, text), digest);
    assert_non_null(target->media_type);
    assert_true(target->size > 0);
}

static void assert_no_target(const struct fixture *fixture, const char *tag, enum wb_status status,
                             const char *message)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_layout) *layout = open_good(fixture, tag, WB_LAYOUT_READ);
    assert_null(wb_layout_target(layout, &err));
    assert_error(&err, status, message);
}

/* The inventory of the same reference must be of the same image. */
static void assert_image(const struct fixture *fixture, const char *digest)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct wb_platform amd64 = {.os = "linux", .architecture = "amd64"};
    options.platform = &amd64;
    WB_AUTO_VALUE(wb_reference) reference = {0};
    assert_true(wb_reference_parse(fixture->reference, &reference, &err));
    WB_AUTO(wb_image_set) *set = wb_image_set_open(&reference, &options, &err);
    if (set == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(wb_image_describe(wb_image_set_get(set, 0))->manifest_digest, digest);
}

static void check_targets(bool is_archive)
{
    struct fixture *fixture = begin(is_archive);
    const struct blob *one = put_image(fixture, "one", "");
    const struct blob *two = put_image(fixture, "two", "");
    const struct blob *nested = put_image(fixture, "nested", "");
    WB_AUTO_STRING index = wb_string_format(
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":"
        "\"%s\",\"size\":%zu,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}}]}",
        nested->digest, nested->data.size);
    const struct blob *several = put_text(fixture, index);
    list(fixture, MANIFEST_TYPE, one, ",\"annotations\":{\"" REF_NAME "\":\"v1\"}");
    list(fixture, MANIFEST_TYPE, two,
         ",\"annotations\":{\"" REF_NAME "\":\"registry.test:5000/a/b:v2\"}");
    list(fixture, INDEX_TYPE, several, ",\"annotations\":{\"" REF_NAME "\":\"all\"}");
    finish(fixture, "");
    assert_target(fixture, ":v1", one->digest);
    assert_target(fixture, ":v2", two->digest);
    assert_target(fixture, ":all", several->digest);
    WB_AUTO_STRING listed = wb_string_format("@%s", two->digest);
    WB_AUTO_STRING below = wb_string_format("@%s", nested->digest);
    WB_AUTO_STRING layer = wb_string_format("@%s", fixture->blobs[0].digest);
    assert_target(fixture, listed, two->digest);
    assert_target(fixture, below, nested->digest);
    assert_no_target(fixture, layer, WB_BAD_INPUT, "no image has the digest sha256:");
    assert_no_target(fixture, ":v3", WB_BAD_INPUT, "no image is tagged `v3`; there is v1, ");
    assert_no_target(fixture, ":2", WB_BAD_INPUT, "no image is tagged `2`");
    assert_no_target(fixture, "", WB_BAD_INPUT, "there are several images: add one of the tags v1");
    end(fixture);
}

static void a_target_is_found_by_tag_and_digest(void **state)
{
    (void)state;
    check_targets(false);
    check_targets(true);
}

static void artifacts_are_not_the_image(void **state)
{
    (void)state;
    static const char *const extras[] = {
        ",\"artifactType\":\"application/x-test\"",
        ",\"annotations\":{\"kind\":\"dev.cosignproject.cosign/sigs\"}",
        ",\"annotations\":{\"kind\":\"dev.cosignproject.cosign/atts\"}",
        ",\"annotations\":{\"" REF_NAME "\":\"sha256-0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef.sig\"}",
        ",\"annotations\":{\"" REF_NAME "\":\"registry.test/x:sha256-0123456789abcdef0123456789"
        "abcdef0123456789abcdef0123456789abcdef.sbom\"}",
        ",\"annotations\":{\"" REF_NAME "\":\"sha256-0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef\"}",
        ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}",
        "", /* only its manifest tells */
        ",\"annotations\":{\"" REF_NAME "\":\"some-name\"}",
    };
    struct fixture *fixture = begin(false);
    const struct blob *image = put_image(fixture, "one", "");
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        WB_AUTO_STRING note = wb_string_format("%zu", i);
        list(fixture, MANIFEST_TYPE, put_artifact(fixture, note, image->digest), extras[i]);
    }
    list(fixture, MANIFEST_TYPE, image, ",\"annotations\":{\"" REF_NAME "\":\"v1\"}");
    finish(fixture, "");
    assert_target(fixture, "", image->digest);
    assert_target(fixture, ":some-name", fixture->blobs[fixture->blob_count - 1].digest);
    assert_image(fixture, image->digest);
    end(fixture);
}

static void a_layout_of_artifacts_has_no_image(void **state)
{
    (void)state;
    struct fixture *fixture = begin(false);
    list(fixture, MANIFEST_TYPE,
         put_artifact(fixture, "a",
                      "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310"
                      "c060f61caaff8a"),
         ",\"artifactType\":\"application/x-test\"");
    finish(fixture, "");
    assert_no_target(fixture, "", WB_BAD_INPUT, "lists no image");
    end(fixture);
}

static void what_is_no_layout_is_refused(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    assert_null(open_layout(fixture, "", WB_LAYOUT_READ, &err));
    assert_error(&err, WB_SYSTEM, "cannot open");
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    assert_null(open_layout(fixture, "", WB_LAYOUT_READ, &err));
    assert_error(&err, WB_BAD_INPUT, "it has no oci-layout");
    WB_AUTO_VALUE(wb_reference) reference = {0};
    WB_AUTO_STRING text = wb_string_format("docker-archive:%s", fixture->path);
    assert_true(wb_reference_parse(text, &reference, &err));
    assert_null(wb_layout_open(&reference, WB_LAYOUT_READ, &err));
    assert_error(&err, WB_USAGE, "oci:DIR or oci-archive:FILE");
    end(fixture);

    fixture = begin(true);
    list(fixture, MANIFEST_TYPE, put_image(fixture, "one", ""), "");
    WB_AUTO_STRING index = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]}",
                                            (const char *)fixture->index.data);
    write_archive(fixture, index, true);
    assert_null(open_layout(fixture, "", WB_LAYOUT_WRITE, &err));
    assert_error(&err, WB_BAD_INPUT, "decompress it first");
    end(fixture);
}

/* ---- blobs ---- */

static void assert_blob_error(struct wb_layout *layout, const struct blob *blob, int64_t size,
                              const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_layout_check_blob(layout, &blob->value, size, &err));
    assert_error(&err, WB_CHECK_FAILED, text);
    assert_error(&err, WB_CHECK_FAILED, blob->digest);
}

static void damaged_blobs_are_named(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    const struct blob *image = put_image(fixture, "one", "");
    const struct blob *big = NULL;
    uint8_t *data = wb_allocate((size_t)3 << 20);
    memset(data, 'x', (size_t)3 << 20);
    big = put_blob(fixture, data, (size_t)3 << 20);
    const struct blob *link = put_text(fixture, "link");
    const struct blob *folder = put_text(fixture, "folder");
    const struct blob *fifo = put_text(fixture, "fifo");
    list(fixture, MANIFEST_TYPE, image, "");
    finish(fixture, "");
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_READ);
    assert_true(wb_layout_check_blob(layout, &big->value, 3 << 20, &err));
    assert_true(wb_layout_check_blob(layout, &big->value, -1, &err));
    assert_blob_error(layout, big, 17, "its descriptor states 17");
    WB_AUTO_VALUE(wb_buffer) content = {0};
    assert_false(wb_layout_read_blob(layout, &big->value, 1000, &content, &err));
    assert_error(&err, WB_BAD_INPUT, big->digest);

    WB_AUTO_STRING big_path = blob_path(fixture, big->digest);
    data[1234567] ^= 1;
    write_file(big_path, data, (size_t)3 << 20);
    assert_blob_error(layout, big, 3 << 20, "does not match its digest");
    assert_false(wb_layout_read_blob(layout, &big->value, (size_t)4 << 20, &content, &err));
    assert_error(&err, WB_CHECK_FAILED, "does not match its digest");
    unlink(big_path);
    assert_blob_error(layout, big, 3 << 20, "missing");
    assert_false(wb_layout_has_blob(layout, &big->value));

    WB_AUTO_STRING link_path = blob_path(fixture, link->digest);
    unlink(link_path);
    assert_int_equal(symlink("/dev/zero", link_path), 0);
    assert_blob_error(layout, link, -1, "not a regular file");
    WB_AUTO_STRING folder_path = blob_path(fixture, folder->digest);
    unlink(folder_path);
    assert_int_equal(mkdir(folder_path, 0700), 0);
    assert_blob_error(layout, folder, -1, "not a regular file");
    WB_AUTO_STRING fifo_path = blob_path(fixture, fifo->digest);
    unlink(fifo_path);
    assert_int_equal(mkfifo(fifo_path, 0600), 0);
    assert_blob_error(layout, fifo, -1, "not a regular file");

    WB_AUTO_STRING image_path = blob_path(fixture, image->digest);
    write_file(image_path, "{}", 2);
    assert_null(wb_layout_target(layout, &err));
    assert_error(&err, WB_CHECK_FAILED, image->digest);
    free(data);
    end(fixture);
}

static void a_writer_does_not_follow_links_out_of_the_layout(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    finish(fixture, "");
    WB_AUTO_STRING blobs = wb_string_format("%s/blobs/sha256", fixture->path);
    assert_int_equal(rmdir(blobs), 0);
    assert_int_equal(symlink("/tmp", blobs), 0);
    assert_null(open_layout(fixture, "", WB_LAYOUT_WRITE, &err));
    assert_error(&err, WB_SYSTEM, "blobs/sha256");
    end(fixture);
}

/* ---- writing ---- */

static char *read_index(const struct fixture *fixture)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    WB_AUTO_STRING path = NULL;
    if (fixture->is_archive) {
        /* As another program finds it. */
        struct archive *archive = archive_read_new();
        struct archive_entry *entry;
        archive_read_support_format_tar(archive);
        assert_int_equal(archive_read_open_filename(archive, fixture->path, 10240), ARCHIVE_OK);
        while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
            if (strcmp(archive_entry_pathname(entry), "index.json") != 0)
                continue;
            assert_int_equal(content.size, 0);
            size_t size = (size_t)archive_entry_size(entry);
            char *text = wb_allocate(size + 1);
            assert_int_equal(archive_read_data(archive, text, size), (la_ssize_t)size);
            wb_buffer_append(&content, text, size);
            free(text);
        }
        archive_read_free(archive);
    } else {
        path = wb_string_format("%s/index.json", fixture->path);
        assert_true(wb_file_read(AT_FDCWD, path, 1 << 20, &content, NULL));
    }
    return wb_buffer_steal_text(&content);
}

static struct wb_digest add_entry(struct wb_layout *layout, const char *text, const char *name)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_name_value annotation = {REF_NAME, name};
    struct wb_descriptor entry = {
        .media_type = MANIFEST_TYPE,
        .size = (int64_t)strlen(text),
        .artifact_type = "application/x-test",
        .annotations = &annotation,
        .annotation_count = name == NULL ? 0 : 1,
    };
    const struct wb_bytes bytes = {(const uint8_t *)text, strlen(text)};
    if (!wb_layout_add_blob(layout, bytes, &entry.digest, &err) ||
        !wb_layout_put_entry(layout, &entry, &err))
        fail_msg("%s", err.message);
    return entry.digest;
}

static void commit(struct wb_layout *layout)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_layout_commit(layout, &err))
        fail_msg("%s", err.message);
}

static void check_writing(bool is_archive)
{
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(is_archive);
    const struct blob *image = put_image(fixture, "one", "");
    list(fixture, MANIFEST_TYPE, image, ",\"x-unknown\":{\"b\":1.5,\"a\":[null]}");
    finish(fixture, ",\"zebra\":1,\"annotations\":{\"k\":\"\xc3\xa9/\"},\"apple\":[]");
    WB_AUTO_STRING before = read_index(fixture);
    WB_AUTO_STRING index_path =
        wb_string_format("%s%s", fixture->path, is_archive ? "" : "/index.json");
    assert_int_equal(chmod(index_path, 0640), 0);
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    assert_non_null(target);
    struct wb_digest digest = add_entry(layout, "{\"n\":1}", NULL);
    /* Nothing is to be seen before the commit, and everything after it. */
    WB_AUTO_STRING during = read_index(fixture);
    assert_string_equal(before, during);
    assert_true(wb_layout_check_blob(layout, &digest, 7, &err));
    commit(layout);
    assert_string_equal(target->media_type, MANIFEST_TYPE);
    WB_AUTO_STRING after = read_index(fixture);
    char text[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_STRING wanted = wb_string_format(
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":"
        "\"%s\",\"size\":%zu,\"x-unknown\":{\"b\":1.5,\"a\":[null]}},{\"mediaType\":"
        "\"" MANIFEST_TYPE "\",\"digest\":\"%s\",\"size\":7,\"artifactType\":"
        "\"application/x-test\"}],\"zebra\":1,\"annotations\":{\"k\":\"\xc3\xa9/\"},\"apple\":[]}",
        image->digest, image->data.size, wb_digest_format(&digest, text));
    assert_string_equal(after, wanted);
    /* The same object can go on, and another one waits for it to end. */
    add_entry(layout, "{\"n\":2}", "two");
    commit(layout);
    wb_layout_free(WB_STEAL(layout));
    WB_AUTO(wb_layout) *again = open_good(fixture, "", WB_LAYOUT_READ);
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(again, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_true(wb_layout_check_blob(again, &entries[i].digest, entries[i].size, &err));
    assert_non_null(wb_layout_find_name(again, "two"));
    assert_false(wb_layout_commit(again, &err));
    struct stat status;
    assert_int_equal(stat(index_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    end(fixture);
}

static void entries_are_added_and_the_rest_stays(void **state)
{
    (void)state;
    check_writing(false);
    check_writing(true);
}

static void entries_are_replaced_by_name_or_digest(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    finish(fixture, "");
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
    size_t count;
    struct wb_digest one = add_entry(layout, "{\"n\":1}", "a");
    struct wb_digest two = add_entry(layout, "{\"n\":2}", "a");
    wb_layout_entries(layout, &count);
    assert_int_equal(count, 1);
    assert_true(wb_digest_equal(&wb_layout_find_name(layout, "a")->digest, &two));
    add_entry(layout, "{\"n\":2}", "b");
    add_entry(layout, "{\"n\":3}", NULL);
    add_entry(layout, "{\"n\":3}", NULL);
    /* A name is not lost to an entry without one. */
    add_entry(layout, "{\"n\":2}", NULL);
    wb_layout_entries(layout, &count);
    assert_int_equal(count, 4);
    assert_false(wb_layout_remove_entries(layout, &one));
    assert_true(wb_layout_remove_entries(layout, &wb_layout_find_name(layout, "b")->digest));
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    assert_int_equal(count, 1);
    assert_null(wb_layout_find_name(layout, "a"));
    struct wb_descriptor bad = entries[0];
    bad.artifact_type = "\xff";
    assert_false(wb_layout_put_entry(layout, &bad, &err));
    assert_error(&err, WB_BAD_INPUT, "UTF-8");
    commit(layout);
    end(fixture);
}

/* A blob that is there already and damaged is made anew. */
static void a_damaged_blob_is_not_relied_on(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct wb_error err = WB_ERROR_INIT;
        struct fixture *fixture = begin(is_archive == 1);
        const struct blob *blob = put_text(fixture, "{\"n\":1}");
        memcpy(fixture->blobs[0].data.data, "{\"n\":9}", 7);
        finish(fixture, "");
        WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
        assert_false(wb_layout_check_blob(layout, &blob->value, 7, &err));
        add_entry(layout, "{\"n\":1}", NULL);
        commit(layout);
        assert_true(wb_layout_check_blob(layout, &blob->value, 7, &err));
        end(fixture);
    }
}

static void an_archive_keeps_its_bytes(void **state)
{
    (void)state;
    struct fixture *fixture = begin(true);
    const struct blob *image = put_image(fixture, "one", "");
    list(fixture, MANIFEST_TYPE, image, "");
    finish(fixture, "");
    WB_AUTO_STRING link = wb_string_format("%s/link.tar", fixture->folder);
    assert_int_equal(symlink("x.tar", link), 0);
    WB_AUTO_VALUE(wb_buffer) before = {0};
    WB_AUTO_VALUE(wb_buffer) after = {0};
    assert_true(wb_file_read(AT_FDCWD, fixture->path, 1 << 20, &before, NULL));
    WB_AUTO_STRING reference = wb_string_format("oci-archive:%s", link);
    WB_AUTO_VALUE(wb_reference) parsed = {0};
    assert_true(wb_reference_parse(reference, &parsed, NULL));
    WB_AUTO(wb_layout) *layout = wb_layout_open(&parsed, WB_LAYOUT_WRITE, NULL);
    assert_non_null(layout);
    add_entry(layout, "{\"n\":1}", NULL);
    commit(layout);
    assert_true(wb_file_read(AT_FDCWD, fixture->path, 1 << 20, &after, NULL));
    struct stat status;
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    /* oci-layout and the first blob are in front of index.json; everything else behind it. */
    size_t front = 512 + 512 + 512 + 1024;
    assert_memory_equal(before.data, after.data, front);
    const uint8_t *mark = memmem(before.data, before.size, "kept", 4);
    size_t tail_end = (size_t)(mark - before.data) + 512;
    size_t old_rest = front + 512 + 512;
    size_t new_rest = front + 512 + 1024 > after.size ? 0 : front + 512;
    while (memcmp(after.data + new_rest, before.data + old_rest, tail_end - old_rest) != 0) {
        new_rest += 512;
        assert_true(new_rest + tail_end - old_rest < after.size);
    }
    assert_int_equal(after.size, new_rest + tail_end - old_rest + 1024 + 1024);
    end(fixture);
}

/* ---- referrers ---- */

static size_t count_referrers(struct wb_layout *layout, const struct wb_digest *subject)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_error err = WB_ERROR_INIT;
    struct wb_descriptor *referrers;
    size_t count;
    if (!wb_layout_referrers(layout, subject, arena, &referrers, &count, &err))
        fail_msg("%s", err.message);
    char last[WB_DIGEST_TEXT_SIZE] = "";
    for (size_t i = 0; i < count; i++) {
        char text[WB_DIGEST_TEXT_SIZE];
        wb_digest_format(&referrers[i].digest, text);
        assert_true(strcmp(last, text) < 0);
        strcpy(last, text);
        if (referrers[i].annotation_count > 0)
            assert_string_equal(referrers[i].artifact_type, "application/x-test");
    }
    return count;
}

static void check_referrers(bool is_archive)
{
    struct fixture *fixture = begin(is_archive);
    const struct blob *image = put_image(fixture, "one", "");
    const struct blob *other = put_image(fixture, "two", "");
    for (int i = 0; i < 5; i++) {
        WB_AUTO_STRING note = wb_string_format("%d", i);
        put_artifact(fixture, note, image->digest);
    }
    const struct blob *listed = put_artifact(fixture, "listed", image->digest);
    list(fixture, MANIFEST_TYPE, listed, "");
    put_artifact(fixture, "other", other->digest);
    put_text(fixture, "{\"subject\":{\"digest\":\"nonsense\"}}");
    put_text(fixture, "{\"subject\":broken");
    put_text(fixture, "[\"subject\"]");
    /* The index under the referrers tag lists one more, which was left out of the layout. */
    WB_AUTO_STRING index = wb_string_format(
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":"
        "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\",\"size\":9},"
        "{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":\"%s\",\"size\":%zu}]}",
        listed->digest, listed->data.size);
    WB_AUTO_STRING tag =
        wb_string_format(",\"annotations\":{\"" REF_NAME "\":\"sha256-%s\"}", image->digest + 7);
    list(fixture, INDEX_TYPE, put_text(fixture, index), tag);
    finish(fixture, "");
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
    assert_int_equal(count_referrers(layout, &image->value), 7);
    assert_int_equal(count_referrers(layout, &other->value), 1);
    assert_int_equal(count_referrers(layout, &listed->value), 0);
    /* What is added is found at once. */
    WB_AUTO_STRING added = wb_string_format("{\"subject\":{\"digest\":\"%s\"}}", other->digest);
    add_entry(layout, added, NULL);
    add_entry(layout, added, NULL);
    assert_int_equal(count_referrers(layout, &other->value), 2);
    commit(layout);
    wb_layout_free(WB_STEAL(layout));
    WB_AUTO(wb_layout) *again = open_good(fixture, "", WB_LAYOUT_READ);
    assert_int_equal(count_referrers(again, &other->value), 2);
    end(fixture);
}

static void referrers_are_found_wherever_they_are_recorded(void **state)
{
    (void)state;
    check_referrers(false);
    check_referrers(true);
}

static void cosigns_saved_layout_is_understood(void **state)
{
    (void)state;
    const char *data = getenv("WAYBILL_TEST_DATA");
    WB_AUTO_STRING path =
        wb_string_format("%s/cosign/saved-layout", data == NULL ? "../shared/data" : data);
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: no %s (set WAYBILL_TEST_DATA)\n", path);
        free(WB_STEAL(path)); /* skip() jumps */
        skip();
    }
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_STRING text = wb_string_format("oci:%s", path);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    assert_true(wb_reference_parse(text, &reference, &err));
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, &err);
    assert_non_null(layout);
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    assert_non_null(target);
    assert_string_equal(wb_descriptor_annotation(target, "kind"), "dev.cosignproject.cosign/image");
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_descriptor *referrers;
    size_t count;
    assert_true(wb_layout_referrers(layout, &target->digest, arena, &referrers, &count, &err));
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(referrers[i].artifact_type,
                            "application/vnd.dev.sigstore.bundle.v0.3+json");
}

/* ---- writers that are killed, and writers at the same time ---- */

static size_t check_whole(const struct fixture *fixture)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_READ);
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (!wb_layout_check_blob(layout, &entries[i].digest, entries[i].size, &err))
            fail_msg("%s", err.message);
    return count;
}

/* With the commit, after the index; what is added again stays. */
static void removed_blobs_go_with_the_commit(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct wb_error err = WB_ERROR_INIT;
        struct fixture *fixture = begin(is_archive == 1);
        const struct blob *image = put_image(fixture, "one", "");
        const struct blob *gone = put_artifact(fixture, "gone", image->digest);
        const struct blob *kept = put_artifact(fixture, "kept", image->digest);
        list(fixture, MANIFEST_TYPE, image, "");
        list(fixture, MANIFEST_TYPE, gone, "");
        finish(fixture, "");
        WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
        assert_int_equal(count_referrers(layout, &image->value), 2);
        assert_true(wb_layout_remove_entries(layout, &gone->value));
        assert_true(wb_layout_remove_blob(layout, &gone->value, &err));
        assert_true(wb_layout_remove_blob(layout, &kept->value, &err));
        assert_int_equal(count_referrers(layout, &image->value), 0);
        WB_AUTO_STRING again =
            wb_string_format("%.*s", (int)kept->data.size, (const char *)kept->data.data);
        add_entry(layout, again, NULL);
        assert_int_equal(count_referrers(layout, &image->value), 1);
        commit(layout);
        assert_false(wb_layout_has_blob(layout, &gone->value));
        assert_true(wb_layout_check_blob(layout, &kept->value, -1, &err));
        wb_layout_free(WB_STEAL(layout));
        assert_int_equal(check_whole(fixture), 2);
        assert_target(fixture, "", image->digest);
        end(fixture);
    }
}

/* Adds entries, each of its own commit, until it is killed or has added `count`. */
static void write_entries(const struct fixture *fixture, const char *who, int count)
{
    for (int i = 0; i < count; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_layout) *layout = open_layout(fixture, "", WB_LAYOUT_WRITE, &err);
        WB_AUTO_STRING text =
            wb_string_format("{\"writer\":\"%s %d\",\"pad\":\"%0*d\"}", who, i, 20000, 0);
        struct wb_descriptor entry = {.media_type = MANIFEST_TYPE, .size = (int64_t)strlen(text)};
        if (layout == NULL ||
            !wb_layout_add_blob(layout, (struct wb_bytes){(uint8_t *)text, strlen(text)},
                                &entry.digest, &err) ||
            !wb_layout_put_entry(layout, &entry, &err) || !wb_layout_commit(layout, &err)) {
            fprintf(stderr, "writer: %s\n", err.message);
            _exit(1);
        }
    }
}

static pid_t start_writer(const struct fixture *fixture, const char *who, int count)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        write_entries(fixture, who, count);
        _exit(0);
    }
    return pid;
}

static void a_killed_writer_leaves_the_index_valid(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct fixture *fixture = begin(is_archive == 1);
        list(fixture, MANIFEST_TYPE, put_image(fixture, "one", ""), "");
        finish(fixture, "");
        unsigned seed = 1;
        for (int round = 0; round < 40; round++) {
            WB_AUTO_STRING who = wb_string_format("round %d", round);
            pid_t pid = start_writer(fixture, who, 1000);
            usleep((useconds_t)(rand_r(&seed) % 30000));
            kill(pid, SIGKILL);
            int status;
            assert_int_equal(waitpid(pid, &status, 0), pid);
            assert_true(WIFSIGNALED(status));
            assert_true(check_whole(fixture) >= 1);
        }
        /* What the dead left does not hinder the living. */
        size_t before = check_whole(fixture);
        write_entries(fixture, "last", 1);
        assert_int_equal(check_whole(fixture), before + 1);
        end(fixture);
    }
}

static void two_writers_lose_nothing(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct fixture *fixture = begin(is_archive == 1);
        put_text(fixture, "unlisted");
        finish(fixture, "");
        pid_t one = start_writer(fixture, "one", 50);
        pid_t two = start_writer(fixture, "two", 50);
        int status;
        assert_int_equal(waitpid(one, &status, 0), one);
        assert_int_equal(status, 0);
        assert_int_equal(waitpid(two, &status, 0), two);
        assert_int_equal(status, 0);
        assert_int_equal(check_whole(fixture), 100);
        end(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_found_by_tag_and_digest),
        cmocka_unit_test(artifacts_are_not_the_image),
        cmocka_unit_test(a_layout_of_artifacts_has_no_image),
        cmocka_unit_test(what_is_no_layout_is_refused),
        cmocka_unit_test(damaged_blobs_are_named),
        cmocka_unit_test(a_writer_does_not_follow_links_out_of_the_layout),
        cmocka_unit_test(entries_are_added_and_the_rest_stays),
        cmocka_unit_test(entries_are_replaced_by_name_or_digest),
        cmocka_unit_test(a_damaged_blob_is_not_relied_on),
        cmocka_unit_test(an_archive_keeps_its_bytes),
        cmocka_unit_test(removed_blobs_go_with_the_commit),
        cmocka_unit_test(referrers_are_found_wherever_they_are_recorded),
        cmocka_unit_test(cosigns_saved_layout_is_understood),
        cmocka_unit_test(a_killed_writer_leaves_the_index_valid),
        cmocka_unit_test(two_writers_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
