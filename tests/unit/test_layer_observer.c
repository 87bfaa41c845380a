/* SPDX-License-Identifier: Apache-2.0 */
/* What an observer of files sees of a layer: all bytes, in order, and nothing of what it passed
 * over. */
#include "image/image.h"
#include "tests/unit/tar_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define BIG_SIZE ((size_t)1500000)

struct seen_file {
    char path[64];
    size_t index;
    struct wb_buffer content;
    bool ended;
};
struct seen_layer {
    struct seen_file files[8];
    size_t count;
    bool *freed;
};

static void *layer_begin(void *context)
{
    struct seen_layer *layer = calloc(1, sizeof *layer);
    layer->freed = context;
    return layer;
}

static void *file_begin(void *state, const struct wb_entry *entry, size_t index)
{
    struct seen_layer *layer = state;
    if (strcmp(entry->path, "passed-over") == 0)
        return NULL;
    struct seen_file *file = &layer->files[layer->count++];
    snprintf(file->path, sizeof file->path, "%s", entry->path);
    file->index = index;
    return file;
}

static void file_piece(void *state, void *context, const uint8_t *data, uint64_t size)
{
    (void)state;
    struct seen_file *file = context;
    assert_false(file->ended);
    for (uint64_t i = 0; data == NULL && i < size; i++)
        wb_buffer_append(&file->content, "", 1);
    if (data != NULL)
        wb_buffer_append(&file->content, data, (size_t)size);
}

static void file_end(void *state, void *context)
{
    (void)state;
    ((struct seen_file *)context)->ended = true;
}

static void layer_free(void *state)
{
    struct seen_layer *layer = state;
    for (size_t i = 0; i < layer->count; i++)
        wb_buffer_clear(&layer->files[i].content);
    *layer->freed = true;
    free(layer);
}

static uint8_t *big_content(void)
{
    uint8_t *big = calloc(1, BIG_SIZE);
    for (size_t i = 0; i < BIG_SIZE; i++)
        big[i] = (uint8_t)(i * 11 + i / 199);
    return big;
}

static void make_tar(struct wb_buffer *tar, const uint8_t *big)
{
    struct archive *archive = begin_tar(tar);
    add_file(archive, "empty", "", 0);
    add_file(archive, "passed-over", big, 300000);
    add_file(archive, "big", big, BIG_SIZE);
    add_file(archive, "small", "abc", 3);
    end_tar(archive);
}

struct memory_source {
    struct wb_bytes bytes;
    size_t at;
};

static ssize_t read_memory(void *context, void *data, size_t size, struct wb_error *err)
{
    (void)err;
    struct memory_source *source = context;
    size_t left = source->bytes.size - source->at;
    size_t part = left < size ? left : size;
    memcpy(data, source->bytes.data + source->at, part);
    source->at += part;
    return (ssize_t)part;
}

static void check_layer(const struct wb_layer *layer, const uint8_t *big)
{
    const struct seen_layer *seen = layer->observation;
    assert_int_equal(seen->count, 3);
    for (size_t i = 0; i < seen->count; i++) {
        const struct seen_file *file = &seen->files[i];
        assert_true(file->ended);
        assert_string_equal(layer->entries[file->index].path, file->path);
        assert_int_equal(layer->entries[file->index].size, file->content.size);
        if (strcmp(file->path, "big") == 0)
            assert_memory_equal(file->content.data, big, BIG_SIZE);
        if (strcmp(file->path, "small") == 0)
            assert_memory_equal(file->content.data, "abc", 3);
    }
}

static void sees_a_tar(void **state)
{
    (void)state;
    static const unsigned digests[] = {0, WB_FILE_SHA256, WB_FILE_SHA256 | WB_FILE_MD5};
    uint8_t *big = big_content();
    struct wb_buffer tar = {0};
    make_tar(&tar, big);
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        bool freed = false;
        struct wb_error err = WB_ERROR_INIT;
        struct wb_file_observer observer = {layer_begin, file_begin, file_piece,
                                            file_end,    layer_free, &freed};
        struct wb_layer_options options = {.file_digests = digests[i], .observer = &observer};
        struct memory_source memory = {.bytes = wb_buffer_bytes(&tar)};
        struct wb_byte_source source = {read_memory, &memory};
        struct wb_layer *layer = wb_layer_read(&source, NULL, NULL, -1, &options, &err);
        assert_non_null(layer);
        check_layer(layer, big);
        assert_true(digests[i] == 0 || layer->entries[2].hashes != NULL);
        wb_layer_free(layer);
        assert_true(freed);
    }
    wb_buffer_clear(&tar);
    free(big);
}

static void damage_leaves_nothing_behind(void **state)
{
    (void)state;
    uint8_t *big = big_content();
    struct wb_buffer tar = {0};
    make_tar(&tar, big);
    bool freed = false;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_file_observer observer = {layer_begin, file_begin, file_piece,
                                        file_end,    layer_free, &freed};
    struct wb_layer_options options = {.observer = &observer};
    struct memory_source memory = {.bytes = {tar.data, 900000}};
    struct wb_byte_source source = {read_memory, &memory};
    assert_null(wb_layer_read(&source, NULL, NULL, -1, &options, &err));
    assert_true(freed);
    wb_buffer_clear(&tar);
    free(big);
}

static void write_file(const char *folder, const char *name, const void *data, size_t size)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
}

static void sees_a_directory(void **state)
{
    (void)state;
    uint8_t *big = big_content();
    char folder[] = "/tmp/waybill-observer-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_file(folder, "empty", "", 0);
    write_file(folder, "big", big, BIG_SIZE);
    write_file(folder, "passed-over", "x", 1);
    write_file(folder, "small", "abc", 3);
    bool freed = false;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_file_observer observer = {layer_begin, file_begin, file_piece,
                                        file_end,    layer_free, &freed};
    struct wb_layer_options options = {.observer = &observer};
    struct wb_layer *layer = wb_layer_read_directory(folder, &options, &err);
    assert_non_null(layer);
    check_layer(layer, big);
    wb_layer_free(layer);
    assert_true(freed);
    free(big);
    WB_AUTO_STRING command = wb_string_format("rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_a_tar),
        cmocka_unit_test(damage_leaves_nothing_behind),
        cmocka_unit_test(sees_a_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
