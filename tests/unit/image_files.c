/* SPDX-License-Identifier: Apache-2.0 */
/* Making layouts and archives, and opening them. */
#include "tests/unit/image_files.h"
#include "tests/unit/tar_writer.h"

#include <sys/stat.h>

void files_clear(struct files *files)
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

void put_text(struct files *files, const char *name, const char *text)
{
    put(files, name, text, strlen(text));
}

void put_link(struct files *files, const char *name, const char *target, bool hard)
{
    struct file *file = put(files, name, "", 0);
    file->link = wb_string_copy(target);
    file->hard = hard;
}

void put_blob(struct files *files, const void *data, size_t size, char *digest)
{
    struct wb_digest value;
    char name[WB_BLOB_NAME_SIZE];
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, (struct wb_bytes){data, size}, &value, NULL));
    wb_digest_format(&value, digest);
    put(files, wb_blob_name(&value, name), data, size);
}

static const uint8_t zeros[8192];

struct made put_image(struct files *files, const char *architecture, const char *extra_config,
                      const char *layer_extra)
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

void put_layout(struct files *files, const char *entries)
{
    WB_AUTO_STRING index = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]}", entries);
    put_text(files, "index.json", index);
    put_text(files, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
}

char *descriptor(const char *type, const char *digest, size_t size, const char *extra)
{
    return wb_string_format("{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu%s}", type, digest,
                            size, extra);
}

char *tagged(const struct made *made, const char *tag)
{
    WB_AUTO_STRING extra =
        wb_string_format(",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}", tag);
    return descriptor(MANIFEST_TYPE, made->manifest, made->manifest_size, extra);
}

struct made put_tagged_image(struct files *files)
{
    struct made made = put_image(files, "amd64", "", "");
    WB_AUTO_STRING entry = tagged(&made, "v1");
    put_layout(files, entry);
    return made;
}

void make_tar(const struct files *files, struct wb_buffer *tar)
{
    struct archive *archive = begin_tar(tar);
    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[i];
        if (file->link != NULL)
            add_link(archive, file->name, file->link, file->hard);
        else
            add_file(archive, file->name, file->data.data, file->data.size);
    }
    end_tar(archive);
}

void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

void write_layout(const struct files *files, const char *folder)
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

void remove_layout(const struct files *files, const char *folder)
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

struct wb_image_set *open_tar_stream(const struct wb_buffer *tar, size_t step,
                                     const struct wb_image_options *options, struct wb_error *err)
{
    struct memory memory = {.data = tar->data, .size = tar->size, .step = step};
    struct wb_byte_source source = {.read = read_memory, .context = &memory};
    struct wb_reference reference = {.transport = WB_TRANSPORT_STREAM, .text = (char[]){"-"}};
    struct wb_store *store = wb_store_open_stream(&source, &options->layer, err);
    return store == NULL ? NULL : wb_image_set_open_store(store, &reference, options, err);
}

struct wb_image_set *open_reference(const char *transport, const char *path, const char *tag,
                                    const struct wb_image_options *options, struct wb_error *err)
{
    WB_AUTO_STRING text = wb_string_format("%s:%s%s", transport, path, tag);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(text, &reference, err))
        return NULL;
    return wb_image_set_open(&reference, options, err);
}

struct wb_image_set *open_files(const struct files *files, const struct wb_image_options *options,
                                struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_tar(files, &tar);
    return open_tar_stream(&tar, 1 << 16, options, err);
}

void assert_message(const struct wb_error *err, const char *text)
{
    assert_int_equal(err->status, WB_BAD_INPUT);
    if (strstr(err->message, text) == NULL)
        fail_msg("`%s` does not say `%s`", err->message, text);
}

void assert_layers_read(struct wb_image *image, size_t count)
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
