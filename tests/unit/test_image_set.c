/* SPDX-License-Identifier: Apache-2.0 */
/* From references to images: layouts and archives made here, read from a directory, from a tar,
 * from a compressed tar and as a stream. */
#include "image/image_set_private.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"

/* ---- making stores ---- */

struct file {
    char *name;
    char *link; /* NULL for a file */
    bool hard;
    struct wb_buffer data;
};
struct files {
    struct file items[64];
    size_t count;
};

static void files_clear(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].name);
        free(files->items[i].link);
        wb_buffer_clear(&files->items[i].data);
    }
}

static struct file *put(struct files *files, const char *name, const void *data, size_t size)
{
    assert_true(files->count < sizeof files->items / sizeof files->items[0]);
    struct file *file = &files->items[files->count++];
    *file = (struct file){.name = wb_string_copy(name)};
    wb_buffer_append(&file->data, data, size);
    return file;
}

static void put_text(struct files *files, const char *name, const char *text)
{
    put(files, name, text, strlen(text));
}

static void put_link(struct files *files, const char *name, const char *target, bool hard)
{
    struct file *file = put(files, name, "", 0);
    file->link = wb_string_copy(target);
    file->hard = hard;
}

/* A blob of the layout; `digest` has room for WB_DIGEST_TEXT_SIZE. */
static void put_blob(struct files *files, const void *data, size_t size, char *digest)
{
    struct wb_digest value;
    char name[WB_BLOB_NAME_SIZE];
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, (struct wb_bytes){data, size}, &value, NULL));
    wb_digest_format(&value, digest);
    put(files, wb_blob_name(&value, name), data, size);
}

struct made {
    char manifest[WB_DIGEST_TEXT_SIZE], config[WB_DIGEST_TEXT_SIZE];
    char layers[3][WB_DIGEST_TEXT_SIZE];
    size_t manifest_size;
};

static const uint8_t zeros[8192];

/* An image of two layers without entries, told apart by their sizes. `layer_extra` goes into the
 * second layer's descriptor. */
static struct made put_image(struct files *files, const char *architecture,
                             const char *extra_config, const char *layer_extra)
{
    struct made made;
    put_blob(files, zeros, 1024, made.layers[0]);
    put_blob(files, zeros, 2048, made.layers[1]);
    WB_AUTO_STRING config = wb_string_format(
        "{\"os\":\"linux\",\"architecture\":\"%s\",%s\"created\":\"2024-01-02T03:04:05Z\","
        "\"author\":\"me\",\"config\":{\"Labels\":{\"z\":\"1\",\"a\":\"2\"}},"
        "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\",\"%s\"]},"
        "\"history\":[{\"created_by\":\"first\"},{\"created_by\":\"none\",\"empty_layer\":true},"
        "{\"created_by\":\"second\"}]}",
        architecture, extra_config, made.layers[0], made.layers[1]);
    put_blob(files, config, strlen(config), made.config);
    WB_AUTO_STRING manifest = wb_string_format(
        "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE "\","
        "\"config\":{\"mediaType\":\"" CONFIG_TYPE "\",\"digest\":\"%s\",\"size\":%zu},"
        "\"layers\":[{\"mediaType\":\"" LAYER_TYPE "\",\"digest\":\"%s\",\"size\":1024},"
        "{\"mediaType\":\"" LAYER_TYPE "\",\"digest\":\"%s\",\"size\":2048%s}],"
        "\"annotations\":{\"note\":\"x\"}}",
        made.config, strlen(config), made.layers[0], made.layers[1], layer_extra);
    put_blob(files, manifest, strlen(manifest), made.manifest);
    made.manifest_size = strlen(manifest);
    return made;
}

/* `entries` are descriptors without their braces. */
static void put_layout(struct files *files, const char *entries)
{
    WB_AUTO_STRING index = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]}", entries);
    put_text(files, "index.json", index);
    put_text(files, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
}

static char *descriptor(const char *type, const char *digest, size_t size, const char *extra)
{
    return wb_string_format("{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}", type, digest,
                            size, extra);
}

static char *tagged(const struct made *made, const char *tag)
{
    WB_AUTO_STRING extra =
        wb_string_format(",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}", tag);
    return descriptor(MANIFEST_TYPE, made->manifest, made->manifest_size, extra);
}

static la_ssize_t append_bytes(struct archive *archive, void *context, const void *data,
                               size_t size)
{
    (void)archive;
    wb_buffer_append(context, data, size);
    return (la_ssize_t)size;
}

static void make_tar(const struct files *files, struct wb_buffer *tar)
{
    struct archive *archive = archive_write_new();
    archive_write_set_format_pax_restricted(archive);
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open(archive, tar, NULL, append_bytes, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[i];
        struct archive_entry *entry = archive_entry_new();
        archive_entry_copy_pathname(entry, file->name);
        archive_entry_set_filetype(entry, file->link == NULL || file->hard ? AE_IFREG : AE_IFLNK);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)file->data.size);
        if (file->link != NULL && file->hard)
            archive_entry_copy_hardlink(entry, file->link);
        else if (file->link != NULL)
            archive_entry_copy_symlink(entry, file->link);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (file->data.size > 0)
            assert_int_equal(archive_write_data(archive, file->data.data, file->data.size),
                             (la_ssize_t)file->data.size);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void write_layout(const struct files *files, const char *folder)
{
    WB_AUTO_STRING blobs = wb_string_format("%s/blobs", folder);
    WB_AUTO_STRING sha256 = wb_string_format("%s/blobs/sha256", folder);
    assert_int_equal(mkdir(blobs, 0700), 0);
    assert_int_equal(mkdir(sha256, 0700), 0);
    for (size_t i = 0; i < files->count; i++) {
        WB_AUTO_STRING path = wb_string_format("%s/%s", folder, files->items[i].name);
        write_file(path, files->items[i].data.data, files->items[i].data.size);
    }
}

static void remove_layout(const struct files *files, const char *folder)
{
    for (size_t i = 0; i < files->count; i++) {
        WB_AUTO_STRING path = wb_string_format("%s/%s", folder, files->items[i].name);
        unlink(path);
    }
    WB_AUTO_STRING blobs = wb_string_format("%s/blobs", folder);
    WB_AUTO_STRING sha256 = wb_string_format("%s/blobs/sha256", folder);
    rmdir(sha256);
    rmdir(blobs);
    rmdir(folder);
}

/* ---- opening them ---- */

struct memory {
    const uint8_t *data;
    size_t size, step;
};

static ssize_t read_memory(void *context, void *data, size_t size, struct wb_error *err)
{
    (void)err;
    struct memory *memory = context;
    if (size > memory->step)
        size = memory->step;
    if (size > memory->size)
        size = memory->size;
    memcpy(data, memory->data, size);
    memory->data += size;
    memory->size -= size;
    return (ssize_t)size;
}

static struct wb_image_set *open_tar_stream(const struct wb_buffer *tar, size_t step,
                                            const struct wb_image_options *options,
                                            struct wb_error *err)
{
    struct memory memory = {.data = tar->data, .size = tar->size, .step = step};
    struct wb_byte_source source = {.read = read_memory, .context = &memory};
    struct wb_reference reference = {.transport = WB_TRANSPORT_STREAM, .text = (char[]){"-"}};
    struct wb_store *store = wb_store_open_stream(&source, &options->layer, err);
    return store == NULL ? NULL : wb_image_set_open_store(store, &reference, options, err);
}

static struct wb_image_set *open_reference(const char *transport, const char *path, const char *tag,
                                           const struct wb_image_options *options,
                                           struct wb_error *err)
{
    WB_AUTO_STRING text = wb_string_format("%s:%s%s", transport, path, tag);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(text, &reference, err))
        return NULL;
    return wb_image_set_open(&reference, options, err);
}

/* Opens the files as a stream, which is the shortest way to a set. */
static struct wb_image_set *open_files(const struct files *files,
                                       const struct wb_image_options *options, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_tar(files, &tar);
    return open_tar_stream(&tar, 1 << 16, options, err);
}

static void assert_message(const struct wb_error *err, const char *text)
{
    assert_int_equal(err->status, WB_BAD_INPUT);
    if (strstr(err->message, text) == NULL)
        fail_msg("`%s` does not say `%s`", err->message, text);
}

static void assert_layers_read(struct wb_image *image, size_t count)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layer_options options = {0};
    struct wb_layer **layers;
    if (!wb_image_read_layers(image, &options, NULL, NULL, &layers, &err))
        fail_msg("%s", err.message);
    assert_int_equal(wb_image_describe(image)->layer_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(layers[i]->entry_count, 0);
    wb_layers_free(layers, count);
}

static void assert_described(struct wb_image_set *set, const struct made *made)
{
    assert_int_equal(wb_image_set_count(set), 1);
    struct wb_image *image = wb_image_set_get(set, 0);
    const struct wb_image_description *description = wb_image_describe(image);
    char text[100];
    assert_string_equal(wb_platform_format(&description->platform, text), "linux/amd64");
    assert_string_equal(description->tag, "v1");
    assert_string_equal(description->manifest_digest, made->manifest);
    assert_string_equal(description->config_digest, made->config);
    assert_null(description->index_digest);
    assert_true(description->has_created);
    assert_int_equal(description->created, 1704164645);
    assert_string_equal(description->author, "me");
    assert_int_equal(description->label_count, 2);
    assert_string_equal(description->labels[0].name, "a");
    assert_string_equal(description->labels[1].value, "1");
    assert_int_equal(description->annotation_count, 1);
    assert_int_equal(description->layer_count, 2);
    assert_string_equal(description->layers[0].created_by, "first");
    assert_string_equal(description->layers[1].created_by, "second");
    assert_string_equal(description->layers[1].digest, made->layers[1]);
    assert_string_equal(description->layers[1].diff_id, made->layers[1]);
    assert_string_equal(description->layers[1].media_type, LAYER_TYPE);
    assert_int_equal(description->layers[1].size, 2048);
    assert_layers_read(image, 2);
}

static void every_store_gives_the_same_image(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", "", "");
    WB_AUTO_STRING entry = tagged(&made, "v1");
    put_layout(&files, entry);
    char folder[] = "/tmp/waybill-layout-XXXXXX", file[] = "/tmp/waybill-archive-XXXXXX";
    assert_non_null(mkdtemp(folder));
    WB_AUTO_FD fd = mkstemp(file);
    assert_true(fd >= 0);
    write_layout(&files, folder);
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_tar(&files, &tar);
    write_file(file, tar.data, tar.size);
    const size_t steps[] = {1, 511, 1 << 20};
    for (size_t i = 0; i < 3; i++) {
        WB_AUTO(wb_image_set) *streamed = open_tar_stream(&tar, steps[i], &options, &err);
        if (streamed == NULL)
            fail_msg("%s", err.message);
        assert_described(streamed, &made);
        assert_string_equal(wb_image_describe(wb_image_set_get(streamed, 0))->name, "image");
    }
    WB_AUTO(wb_image_set) *directory = open_reference("oci", folder, ":v1", &options, &err);
    assert_non_null(directory);
    assert_described(directory, &made);
    assert_string_equal(wb_image_describe(wb_image_set_get(directory, 0))->name,
                        strrchr(folder, '/') + 1);
    WB_AUTO(wb_image_set) *archive = open_reference("oci-archive", file, "", &options, &err);
    assert_non_null(archive);
    assert_described(archive, &made);
    size_t bound = ZSTD_compressBound(tar.size);
    void *frame = malloc(bound);
    size_t compressed = ZSTD_compress(frame, bound, tar.data, tar.size, 1);
    write_file(file, frame, compressed);
    free(frame);
    WB_AUTO(wb_image_set) *zstd = open_reference("oci-archive", file, ":v1", &options, &err);
    assert_non_null(zstd);
    assert_described(zstd, &made);
    unlink(file);
    remove_layout(&files, folder);
    files_clear(&files);
}

static void truncated_archives_are_refused(void **state)
{
    (void)state;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", "", "");
    WB_AUTO_STRING entry = tagged(&made, "v1");
    put_layout(&files, entry);
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_tar(&files, &tar);
    char file[] = "/tmp/waybill-archive-XXXXXX";
    WB_AUTO_FD fd = mkstemp(file);
    assert_true(fd >= 0);
    /* The last two blocks only mark the end. */
    for (size_t size = 0; size < tar.size - 1024; size += 200) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_buffer cut = {.data = tar.data, .size = size};
        assert_null(open_tar_stream(&cut, 4096, &options, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
        write_file(file, tar.data, size);
        assert_null(open_reference("oci-archive", file, "", &options, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
    unlink(file);
    files_clear(&files);
}

/* ---- indexes ---- */

struct index_case {
    struct files files;
    struct made host, arm;
    char index[WB_DIGEST_TEXT_SIZE];
};

static void make_index(struct index_case *test)
{
    struct wb_platform host = wb_platform_host();
    test->host = put_image(&test->files, host.architecture, "", "");
    test->arm = put_image(&test->files, "mips64", "\"variant\":\"v3\",", "");
    WB_AUTO_STRING platform = wb_string_format(
        ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}", host.architecture);
    WB_AUTO_STRING first =
        descriptor(MANIFEST_TYPE, test->host.manifest, test->host.manifest_size, platform);
    /* The platform of this one is in its config only. */
    WB_AUTO_STRING second =
        descriptor(MANIFEST_TYPE, test->arm.manifest, test->arm.manifest_size, "");
    WB_AUTO_STRING attestation =
        descriptor(MANIFEST_TYPE, test->host.layers[0], 1024,
                   ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}");
    WB_AUTO_STRING inner = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s,%s,%s,%s]}",
                                            attestation, first, second, first);
    char inner_digest[WB_DIGEST_TEXT_SIZE];
    put_blob(&test->files, inner, strlen(inner), inner_digest);
    WB_AUTO_STRING nested = descriptor(INDEX_TYPE, inner_digest, strlen(inner), "");
    WB_AUTO_STRING outer =
        wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s,%s]}", nested, nested);
    put_blob(&test->files, outer, strlen(outer), test->index);
    WB_AUTO_STRING entry = descriptor(INDEX_TYPE, test->index, strlen(outer), "");
    put_layout(&test->files, entry);
}

static void indexes_offer_platforms(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct index_case test = {0};
    make_index(&test);
    struct wb_image_options options = {0};
    WB_AUTO(wb_image_set) *host = open_files(&test.files, &options, &err);
    if (host == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(wb_image_set_count(host), 1);
    const struct wb_image_description *description = wb_image_describe(wb_image_set_get(host, 0));
    assert_string_equal(description->manifest_digest, test.host.manifest);
    assert_string_equal(description->index_digest, test.index);
    struct wb_platform wanted;
    assert_true(wb_platform_parse("linux/mips64", &wanted, &err));
    options.platform = &wanted;
    WB_AUTO(wb_image_set) *other = open_files(&test.files, &options, &err);
    assert_non_null(other);
    description = wb_image_describe(wb_image_set_get(other, 0));
    assert_string_equal(description->manifest_digest, test.arm.manifest);
    assert_string_equal(description->platform.variant, "v3");
    assert_true(wb_platform_parse("linux/vax", &wanted, &err));
    assert_null(open_files(&test.files, &options, &err));
    assert_message(&err, "no image for linux/vax; there is linux/");
    options = (struct wb_image_options){.all_platforms = true};
    WB_AUTO(wb_image_set) *all = open_files(&test.files, &options, &err);
    assert_non_null(all);
    assert_int_equal(wb_image_set_count(all), 2);
    files_clear(&test.files);
}

static void a_digest_may_name_a_nested_image(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct index_case test = {0};
    make_index(&test);
    char folder[] = "/tmp/waybill-layout-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_layout(&test.files, folder);
    WB_AUTO_STRING suffix = wb_string_format("@%s", test.arm.manifest);
    WB_AUTO(wb_image_set) *set = open_reference("oci", folder, suffix, &options, &err);
    if (set == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(wb_image_describe(wb_image_set_get(set, 0))->manifest_digest,
                        test.arm.manifest);
    assert_null(open_reference("oci", folder, ":v7", &options, &err));
    assert_message(&err, "no image is tagged `v7`");
    remove_layout(&test.files, folder);
    files_clear(&test.files);
}

/* ---- what is refused ---- */

/* An image whose second layer's descriptor, manifest or config was changed. */
static void assert_refused(const char *extra_config, const char *layer_extra, const char *from,
                           const char *to, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", extra_config, layer_extra);
    struct file *manifest = &files.items[files.count - 1];
    if (from != NULL) {
        char *at = strstr((char *)manifest->data.data, from);
        assert_non_null(at);
        WB_AUTO_STRING changed =
            wb_string_format("%.*s%s%s", (int)(at - (char *)manifest->data.data),
                             (char *)manifest->data.data, to, at + strlen(from));
        put_blob(&files, changed, strlen(changed), made.manifest);
        made.manifest_size = strlen(changed);
    }
    WB_AUTO_STRING entry = tagged(&made, "v1");
    put_layout(&files, entry);
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, reason);
    files_clear(&files);
}

static void faults_are_named(void **state)
{
    (void)state;
    assert_refused("", "", "\"size\":2048", "\"size\":2049", "layer 2 (sha256:");
    assert_refused("", "", "\"size\":2048", "\"size\":\"2048\"", "layer 2 (sha256:");
    assert_refused("", "", "v1.tar\",\"digest", "v1.tar+encrypted\",\"digest",
                   "it is encrypted: media type `" LAYER_TYPE "+encrypted`");
    assert_refused("", "", "v1.tar\",\"digest", "v9.tar\",\"digest", "layer 1 (sha256:");
    assert_refused("", "", "image.config", "other.config", "not an image: its config has");
    assert_refused("", "", "schemaVersion\":2", "schemaVersion\":1", "schema 1");
    assert_refused("", "", "manifest.v1", "manifest.v2", "its descriptor states");
    assert_refused("", "", "{\"schemaVersion\"", "{\"manifests\":[],\"schemaVersion\"",
                   "both an index and a manifest");
    assert_refused("", "", "\"config\":{", "\"config\":7,\"x\":{", "without `config`");
    assert_refused("", "", "\"note\":\"x\"", "\"note\":7", "`note` is not a string");
    assert_refused("\"variant\":\"../x\",", "", NULL, NULL, "`variant` of the platform");
}

static void missing_and_surplus_layers_are_named(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", "", "");
    WB_AUTO_STRING entry = tagged(&made, "v1");
    put_layout(&files, entry);
    strcpy(files.items[1].name, "elsewhere");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "layer 2 (sha256:");
    assert_message(&err, "its blob is not in the store");
    files_clear(&files);
    assert_refused("", "", "},{\"mediaType",
                   "},{\"mediaType\":\"" LAYER_TYPE "\",\"digest\":\""
                   "sha256:0000000000000000000000000000000000000000000000"
                   "000000000000000000\",\"size\":1},{\"mediaType",
                   "layer 2 (sha256:000000000000");
}

static void tampered_documents_are_named(void **state)
{
    (void)state;
    for (size_t which = 2; which <= 3; which++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_image_options options = {0};
        struct files files = {0};
        struct made made = put_image(&files, "amd64", "", "");
        WB_AUTO_STRING entry = tagged(&made, "v1");
        put_layout(&files, entry);
        files.items[which].data.data[files.items[which].data.size - 1] = ' ';
        assert_null(open_files(&files, &options, &err));
        assert_message(&err, which == 2 ? made.config : made.manifest);
        assert_message(&err, "digest does not match");
        files_clear(&files);
    }
}

static void indexes_without_end_are_refused(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", "", "");
    WB_AUTO_STRING entry = tagged(&made, "v1");
    for (int i = 0; i < 12; i++) {
        WB_AUTO_STRING index = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]}", entry);
        char digest[WB_DIGEST_TEXT_SIZE];
        put_blob(&files, index, strlen(index), digest);
        free(entry);
        entry = descriptor(INDEX_TYPE, digest, strlen(index), "");
    }
    put_layout(&files, entry);
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "nested deeper");
    files_clear(&files);
}

/* ---- docker archives ---- */

static void put_docker(struct files *files, bool tagged_image)
{
    struct made made = put_image(files, "amd64", "", "");
    strcpy(files->items[0].name, "one/layer.tar");
    strcpy(files->items[1].name, "two.tar");
    /* The config under the name that docker gives it; the manifest is none of docker's. */
    memmove(files->items[2].name, made.config + 7, 64);
    strcpy(files->items[2].name + 64, ".json");
    strcpy(files->items[3].name, "ignored");
    put_link(files, "two/layer.tar", "../two.tar", false);
    put_link(files, "three/layer.tar", "two/layer.tar", true);
    WB_AUTO_STRING manifest =
        wb_string_format("[{\"Config\":\"%s\",\"RepoTags\":%s,"
                         "\"Layers\":[\"one/layer.tar\",\"three/layer.tar\"]}]",
                         files->items[2].name, tagged_image ? "[\"a.example/b/c:1.0\"]" : "null");
    put_text(files, "manifest.json", manifest);
    put_text(files, "repositories", "{\"d/e\":{\"2.0\":\"three\"}}");
}

static void docker_archives_follow_links(void **state)
{
    (void)state;
    for (int with_tags = 0; with_tags <= 1; with_tags++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_image_options options = {0};
        struct files files = {0};
        put_docker(&files, with_tags == 1);
        WB_AUTO(wb_image_set) *streamed = open_files(&files, &options, &err);
        if (streamed == NULL)
            fail_msg("%s", err.message);
        char file[] = "/tmp/waybill-archive-XXXXXX";
        WB_AUTO_FD fd = mkstemp(file);
        assert_true(fd >= 0);
        WB_AUTO_VALUE(wb_buffer) tar = {0};
        make_tar(&files, &tar);
        write_file(file, tar.data, tar.size);
        WB_AUTO(wb_image_set) *read =
            open_reference("docker-archive", file, with_tags == 1 ? ":c:1.0" : "", &options, &err);
        if (read == NULL)
            fail_msg("%s", err.message);
        struct wb_image_set *sets[] = {streamed, read};
        for (size_t i = 0; i < 2; i++) {
            struct wb_image *image = wb_image_set_get(sets[i], 0);
            const struct wb_image_description *description = wb_image_describe(image);
            assert_string_equal(description->repository, with_tags == 1 ? "a.example/b/c" : "d/e");
            assert_string_equal(description->name, with_tags == 1 ? "c" : "e");
            assert_string_equal(description->tag, with_tags == 1 ? "1.0" : "2.0");
            assert_null(description->manifest_digest);
            assert_int_equal(description->layers[1].size, 2048);
            assert_layers_read(image, 2);
        }
        unlink(file);
        files_clear(&files);
    }
}

static void docker_archives_are_checked(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    put_docker(&files, true);
    strcpy(files.items[4].link, "../six.tar");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "layer 2 (sha256:");
    assert_message(&err, "three/layer.tar is not in the archive");
    /* A loop of links. */
    free(files.items[4].link);
    files.items[4].link = wb_string_copy("../three/layer.tar");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "three/layer.tar is not in the archive");
    free(files.items[4].link);
    files.items[4].link = wb_string_copy("../one/layer.tar");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "diffID does not match");
    files.items[2].data.data[files.items[2].data.size - 1] = ' ';
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "does not match its name");
    files_clear(&files);
}

static void a_directory_is_an_image_of_one_layer(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    char folder[] = "/tmp/waybill-rootfs-XXXXXX";
    assert_non_null(mkdtemp(folder));
    WB_AUTO(wb_image_set) *set = open_reference("dir", folder, "/", &options, &err);
    if (set == NULL)
        fail_msg("%s", err.message);
    const struct wb_image_description *description = wb_image_describe(wb_image_set_get(set, 0));
    assert_string_equal(description->name, strrchr(folder, '/') + 1);
    assert_int_equal(description->layer_count, 1);
    assert_null(description->layers[0].digest);
    assert_null(open_reference("dir", "/proc/self/exe", "", &options, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_store_gives_the_same_image),
        cmocka_unit_test(truncated_archives_are_refused),
        cmocka_unit_test(indexes_offer_platforms),
        cmocka_unit_test(a_digest_may_name_a_nested_image),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(missing_and_surplus_layers_are_named),
        cmocka_unit_test(tampered_documents_are_named),
        cmocka_unit_test(indexes_without_end_are_refused),
        cmocka_unit_test(docker_archives_follow_links),
        cmocka_unit_test(docker_archives_are_checked),
        cmocka_unit_test(a_directory_is_an_image_of_one_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
