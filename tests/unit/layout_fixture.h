/* SPDX-License-Identifier: Apache-2.0 */
/* OCI layouts made by hand, as directories and as archives, and what is asked of them. */
#ifndef WAYBILL_LAYOUT_FIXTURE_H
#define WAYBILL_LAYOUT_FIXTURE_H

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

static inline const struct blob *put_blob(struct fixture *fixture, const void *data, size_t size)
{
    assert_true(fixture->blob_count < 32);
    struct blob *blob = &fixture->blobs[fixture->blob_count++];
    wb_buffer_append(&blob->data, data, size);
    assert_true(
        wb_digest_bytes(WB_DIGEST_SHA256, (struct wb_bytes){data, size}, &blob->value, NULL));
    wb_digest_format(&blob->value, blob->digest);
    return blob;
}

static inline const struct blob *put_text(struct fixture *fixture, const char *text)
{
    return put_blob(fixture, text, strlen(text));
}

/* An image of one empty layer; `note` makes it another one. `extra` are members of the manifest. */
static inline const struct blob *put_image(struct fixture *fixture, const char *note,
                                           const char *extra)
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

static inline const struct blob *put_artifact(struct fixture *fixture, const char *note,
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

static inline void list(struct fixture *fixture, const char *type, const struct blob *blob,
                        const char *extra)
{
    wb_buffer_append_format(
        &fixture->index, "%s{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}",
        fixture->index.size == 0 ? "" : ",", type, blob->digest, blob->data.size, extra);
}

static inline void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static inline void tar_entry(struct archive *archive, const char *name, const void *data,
                             size_t size)
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

static inline char *blob_path(const struct fixture *fixture, const char *digest)
{
    return wb_string_format("%s/blobs/sha256/%s", fixture->path, digest + 7);
}

static inline void write_archive(const struct fixture *fixture, const char *index, bool compress)
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

static inline void write_directory(const struct fixture *fixture, const char *index)
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

static inline struct fixture *begin(bool is_archive)
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
static inline void finish(struct fixture *fixture, const char *extra)
{
    WB_AUTO_STRING index =
        wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]%s}",
                         fixture->index.size == 0 ? "" : (const char *)fixture->index.data, extra);
    if (fixture->is_archive)
        write_archive(fixture, index, false);
    else
        write_directory(fixture, index);
}

static inline int remove_one(const char *path, const struct stat *status, int kind,
                             struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void end(struct fixture *fixture)
{
    nftw(fixture->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; i < fixture->blob_count; i++)
        wb_buffer_clear(&fixture->blobs[i].data);
    wb_buffer_clear(&fixture->index);
    free(fixture->path);
    free(fixture->reference);
    free(fixture);
}

static inline struct wb_layout *open_layout(const struct fixture *fixture, const char *tag,
                                            enum wb_layout_mode mode, struct wb_error *err)
{
    WB_AUTO_STRING text = wb_string_format("%s%s", fixture->reference, tag);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(text, &reference, err))
        return NULL;
    return wb_layout_open(&reference, mode, err);
}

static inline struct wb_layout *open_good(const struct fixture *fixture, const char *tag,
                                          enum wb_layout_mode mode)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layout *layout = open_layout(fixture, tag, mode, &err);
    if (layout == NULL)
        fail_msg("%s", err.message);
    return layout;
}

static inline void assert_error(const struct wb_error *err, enum wb_status status, const char *text)
{
    if (err->status != status || strstr(err->message, text) == NULL)
        fail_msg("status %d, `%s` does not say `%s`", (int)err->status, err->message, text);
}

/* ---- changing them ---- */

static inline char *read_index(const struct fixture *fixture)
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

static inline struct wb_digest add_entry(struct wb_layout *layout, const char *text,
                                         const char *name)
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

static inline void commit(struct wb_layout *layout)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_layout_commit(layout, &err))
        fail_msg("%s", err.message);
}

/* ---- asking ---- */

static inline void assert_target(const struct fixture *fixture, const char *tag, const char *digest)
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

static inline size_t count_referrers(struct wb_layout *layout, const struct wb_digest *subject)
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

static inline size_t check_whole(const struct fixture *fixture)
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

#endif
