/* SPDX-License-Identifier: Apache-2.0 */
/* Reading layer blobs: compression, digests, tar entries, limits, damage. Tars are written by
 * libarchive's writer or by hand, compressed by libzstd and by stored gzip blocks made here. */
#include "image/image.h"
#include "tests/unit/tar_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include <cmocka.h>

/* ---- making layers ---- */

/* Two files and a whiteout; the second file is larger than the pipeline's chunks. */
#define BIG_SIZE ((size_t)700000)
static void make_sample(struct wb_buffer *tar)
{
    struct archive *archive = begin_tar(tar);
    add_file(archive, "./etc/small", "abc", 3);
    uint8_t *big = calloc(1, BIG_SIZE);
    for (size_t i = 0; i < BIG_SIZE; i++)
        big[i] = (uint8_t)(i * 7 + i / 251);
    add_file(archive, "/usr/big", big, BIG_SIZE);
    free(big);
    add_file(archive, "var/.wh.gone", "", 0);
    add_file(archive, "opt/.wh..wh..opq", "", 0);
    add_file(archive, ".wh..wh.plnk", "", 0);
    end_tar(archive);
}

static uint32_t crc32_of(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
    }
    return ~crc;
}

static void append_u32(struct wb_buffer *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        wb_buffer_append(out, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

/* One gzip member of stored blocks (RFC 1951 §3.2.4, RFC 1952). */
static void append_gzip(struct wb_buffer *out, const uint8_t *data, size_t size)
{
    static const uint8_t header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    wb_buffer_append(out, header, sizeof header);
    size_t left = size;
    do {
        uint16_t part = left > 65535 ? 65535 : (uint16_t)left;
        uint8_t block[] = {left == part, (uint8_t)part, (uint8_t)(part >> 8), (uint8_t)~part,
                           (uint8_t)(~part >> 8)};
        wb_buffer_append(out, block, sizeof block);
        wb_buffer_append(out, data + size - left, part);
        left -= part;
    } while (left > 0);
    append_u32(out, crc32_of(data, size));
    append_u32(out, (uint32_t)size);
}

static void append_zstd(struct wb_buffer *out, const uint8_t *data, size_t size)
{
    size_t bound = ZSTD_compressBound(size);
    uint8_t *frame = malloc(bound);
    size_t made = ZSTD_compress(frame, bound, data, size, 3);
    assert_false(ZSTD_isError(made));
    wb_buffer_append(out, frame, made);
    free(frame);
}

/* ---- reading layers ---- */

struct memory_source {
    const uint8_t *data;
    size_t size;
    size_t step; /* how many bytes one read gives at most */
};

static ssize_t read_memory(void *context, void *data, size_t size, struct wb_error *err)
{
    (void)err;
    struct memory_source *source = context;
    if (size > source->step)
        size = source->step;
    if (size > source->size)
        size = source->size;
    memcpy(data, source->data, size);
    source->data += size;
    source->size -= size;
    return (ssize_t)size;
}

static size_t keep_small(const char *path)
{
    return strcmp(path, "etc/small") == 0 ? 16 : 0;
}

static struct wb_layer_options options_all(void)
{
    return (struct wb_layer_options){.keep = keep_small,
                                     .file_digests = WB_FILE_SHA256 | WB_FILE_SHA1 | WB_FILE_MD5};
}

static struct wb_layer *read_blob(const struct wb_buffer *blob, size_t step,
                                  const struct wb_layer_options *options, struct wb_error *err)
{
    struct memory_source memory = {.data = blob->data, .size = blob->size, .step = step};
    struct wb_byte_source source = {.read = read_memory, .context = &memory};
    return wb_layer_read(&source, NULL, NULL, -1, options, err);
}

static void assert_sample(const struct wb_buffer *blob, const struct wb_buffer *tar, size_t step)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layer_options options = options_all();
    WB_AUTO(wb_layer) *layer = read_blob(blob, step, &options, &err);
    if (layer == NULL)
        fail_msg("%s", err.message);
    struct wb_digest expected;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(blob), &expected, NULL));
    assert_true(wb_digest_equal(&layer->blob_digest, &expected));
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(tar), &expected, NULL));
    assert_true(wb_digest_equal(&layer->diff_id, &expected));
    assert_int_equal(layer->tar_size, tar->size);
    assert_int_equal(layer->entry_count, 4);
    assert_string_equal(layer->entries[0].path, "etc/small");
    /* RFC 1321 A.5, FIPS 180-2 B.1: the digests of "abc". */
    char hex[65];
    assert_string_equal(wb_hex_format(layer->entries[0].hashes->md5, 16, hex),
                        "900150983cd24fb0d6963f7d28e17f72");
    assert_string_equal(wb_hex_format(layer->entries[0].hashes->sha1, 20, hex),
                        "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_string_equal(wb_hex_format(layer->entries[0].hashes->sha256, 32, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(layer->entries[0].content->size, 3);
    assert_memory_equal(layer->entries[0].content->data, "abc", 3);
    assert_string_equal(layer->entries[1].path, "usr/big");
    assert_int_equal(layer->entries[1].size, BIG_SIZE);
    assert_null(layer->entries[1].content);
    assert_int_equal(layer->entries[2].kind, WB_ENTRY_WHITEOUT);
    assert_string_equal(layer->entries[2].path, "var/gone");
    assert_int_equal(layer->entries[3].kind, WB_ENTRY_OPAQUE);
    assert_string_equal(layer->entries[3].path, "opt");
}

static void every_compression_gives_the_same_record(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_sample(&tar);
    const size_t steps[] = {1 << 20, 4096, 7};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_sample(&tar, &tar, steps[i]);
        WB_AUTO_VALUE(wb_buffer) gzip = {0};
        append_gzip(&gzip, tar.data, tar.size);
        assert_sample(&gzip, &tar, steps[i]);
        WB_AUTO_VALUE(wb_buffer) zstd = {0};
        append_zstd(&zstd, tar.data, tar.size);
        assert_sample(&zstd, &tar, steps[i]);
    }
}

static void several_members_and_frames_are_one_stream(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_sample(&tar);
    WB_AUTO_VALUE(wb_buffer) gzip = {0};
    for (size_t at = 0, part; at < tar.size; at += part) {
        part = tar.size - at < 99999 ? tar.size - at : 99999;
        append_gzip(&gzip, tar.data + at, part);
        append_gzip(&gzip, tar.data, 0);
    }
    assert_sample(&gzip, &tar, 1 << 20);
    assert_sample(&gzip, &tar, 100);
    /* zstd:chunked ends in a skippable frame (RFC 8878 §3.1.2). */
    WB_AUTO_VALUE(wb_buffer) zstd = {0};
    append_zstd(&zstd, tar.data, 5000);
    append_zstd(&zstd, tar.data + 5000, tar.size - 5000);
    append_u32(&zstd, 0x184d2a50);
    append_u32(&zstd, 8);
    wb_buffer_append_text(&zstd, "manifest");
    assert_sample(&zstd, &tar, 1 << 20);
    assert_sample(&zstd, &tar, 3);
}

static void assert_fails(const struct wb_buffer *blob, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layer_options options = options_all();
    WB_AUTO(wb_layer) *layer = read_blob(blob, 4096, &options, &err);
    assert_null(layer);
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, reason);
}

static void truncated_blobs_are_refused_everywhere(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    struct archive *archive = begin_tar(&tar);
    add_file(archive, "a", "abc", 3);
    add_file(archive, "b", "0123456789", 10);
    end_tar(archive);
    WB_AUTO_VALUE(wb_buffer) gzip = {0};
    append_gzip(&gzip, tar.data, tar.size);
    WB_AUTO_VALUE(wb_buffer) zstd = {0};
    append_zstd(&zstd, tar.data, tar.size);
    for (size_t size = 4; size < gzip.size; size++) {
        struct wb_buffer cut = {.data = gzip.data, .size = size};
        assert_fails(&cut, "gzip");
    }
    for (size_t size = 4; size < zstd.size; size++) {
        struct wb_buffer cut = {.data = zstd.data, .size = size};
        assert_fails(&cut, "zstd");
    }
    struct wb_buffer cut = {.data = tar.data, .size = 1024 + 515};
    assert_fails(&cut, "tar at byte");
}

static void damage_is_named_with_its_place(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_sample(&tar);
    WB_AUTO_VALUE(wb_buffer) gzip = {0};
    append_gzip(&gzip, tar.data, tar.size);
    gzip.data[gzip.size - 6] ^= 1;
    assert_fails(&gzip, "gzip checksum does not match at byte");
    gzip.data[gzip.size - 6] ^= 1;
    wb_buffer_append_text(&gzip, "trailing");
    assert_fails(&gzip, "follow the gzip stream at byte");
    tar.data[1024 + 100] ^= 0xff; /* in the header of the second entry */
    assert_fails(&tar, "tar at byte");
    WB_AUTO_VALUE(wb_buffer) climbing = {0};
    struct archive *archive = begin_tar(&climbing);
    add_file(archive, "a/../../etc/passwd", "x", 1);
    end_tar(archive);
    assert_fails(&climbing, "path climbs");
    WB_AUTO_VALUE(wb_buffer) xz = {0};
    wb_buffer_append(&xz,
                     "\xfd"
                     "7zXZ\0",
                     6);
    assert_fails(&xz, "xz");
}

static void limits_hold(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_sample(&tar);
    struct wb_layer_options options = options_all();
    options.max_layer_size = 500000;
    assert_null(read_blob(&tar, 4096, &options, &err));
    assert_non_null(strstr(err.message, "--max-layer-size"));
    options = options_all();
    options.max_entries = 2;
    assert_null(read_blob(&tar, 4096, &options, &err));
    assert_non_null(strstr(err.message, "more than 2 entries"));
    WB_AUTO_VALUE(wb_buffer) large = {0};
    struct archive *archive = begin_tar(&large);
    add_file(archive, "etc/small", "0123456789abcdefg", 17);
    end_tar(archive);
    options = options_all();
    assert_null(read_blob(&large, 4096, &options, &err));
    assert_non_null(strstr(err.message, "/etc/small: 17 bytes"));
}

static void stated_digests_and_sizes_must_hold(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layer_options options = options_all();
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_sample(&tar);
    struct wb_digest good, bad;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA512, wb_buffer_bytes(&tar), &good, NULL));
    bad = good;
    bad.bytes[0] ^= 1;
    const struct {
        const struct wb_digest *blob, *diff_id;
        int64_t size;
        const char *reason;
    } cases[] = {
        {&good, &good, (int64_t)tar.size, NULL},
        {&bad, &good, (int64_t)tar.size, "blob digest does not match"},
        {&good, &bad, (int64_t)tar.size, "diffID does not match"},
        {&good, &good, (int64_t)tar.size - 1, "longer than"},
        {&good, &good, (int64_t)tar.size + 1, "size does not match"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct memory_source memory = {.data = tar.data, .size = tar.size, .step = 65536};
        struct wb_byte_source source = {.read = read_memory, .context = &memory};
        WB_AUTO(wb_layer) *layer =
            wb_layer_read(&source, cases[i].blob, cases[i].diff_id, cases[i].size, &options, &err);
        assert_int_equal(layer != NULL, cases[i].reason == NULL);
        if (cases[i].reason != NULL && strstr(err.message, cases[i].reason) == NULL)
            fail_msg("`%s` does not say `%s`", err.message, cases[i].reason);
    }
}

static void an_empty_layer_is_a_layer(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_layer_options options = options_all();
    const size_t sizes[] = {0, 1024, 10240};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        WB_AUTO_VALUE(wb_buffer) blob = {0};
        uint8_t *zeros = calloc(1, 10240);
        wb_buffer_append(&blob, zeros, sizes[i]);
        free(zeros);
        WB_AUTO(wb_layer) *layer = read_blob(&blob, 4096, &options, &err);
        if (layer == NULL)
            fail_msg("%zu zero bytes: %s", sizes[i], err.message);
        assert_int_equal(layer->entry_count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_compression_gives_the_same_record),
        cmocka_unit_test(several_members_and_frames_are_one_stream),
        cmocka_unit_test(truncated_blobs_are_refused_everywhere),
        cmocka_unit_test(damage_is_named_with_its_place),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(stated_digests_and_sizes_must_hold),
        cmocka_unit_test(an_empty_layer_is_a_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
