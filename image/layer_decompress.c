/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a blob to the bytes of its tar: digest, then gzip, zstd or none. */
#include "image/layer_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define INPUT_SIZE ((size_t)256 << 10)
/* 128 MiB, what `zstd -d` accepts without --long; a larger window is a memory bomb. */
#define ZSTD_WINDOW_LOG_MAX 27

enum compression {
    COMPRESSION_UNDECIDED,
    COMPRESSION_NONE,
    COMPRESSION_GZIP,
    COMPRESSION_ZSTD,
};

struct wb_decompressor {
    struct wb_byte_source source;
    struct wb_hasher *blob_hasher;
    int64_t expected_size;
    uint64_t blob_size; /* bytes read from the source */
    bool source_ended;
    uint8_t *input; /* INPUT_SIZE */
    size_t input_size, input_used;
    enum compression compression;
    struct wb_inflater *gzip;
    bool gzip_in_member;
    ZSTD_DCtx *zstd;
    bool zstd_in_frame;
};

struct wb_decompressor *wb_decompressor_new(const struct wb_byte_source *source,
                                            enum wb_digest_algorithm blob_algorithm,
                                            int64_t expected_size, struct wb_error *err)
{
    WB_AUTO(wb_decompressor) *decompressor = wb_allocate(sizeof *decompressor);
    decompressor->source = *source;
    decompressor->expected_size = expected_size;
    decompressor->input = wb_allocate(INPUT_SIZE);
    decompressor->blob_hasher = wb_hasher_new(blob_algorithm, err);
    if (decompressor->blob_hasher == NULL)
        return NULL;
    return WB_STEAL(decompressor);
}

void wb_decompressor_free(struct wb_decompressor *decompressor)
{
    if (decompressor == NULL)
        return;
    wb_hasher_free(decompressor->blob_hasher);
    ZSTD_freeDCtx(decompressor->zstd);
    wb_inflater_free(decompressor->gzip);
    free(decompressor->input);
    free(decompressor);
}

static bool account(struct wb_decompressor *decompressor, const uint8_t *data, size_t size,
                    struct wb_error *err)
{
    wb_hasher_update(decompressor->blob_hasher, data, size);
    decompressor->blob_size += size;
    if (decompressor->expected_size >= 0 &&
        decompressor->blob_size > (uint64_t)decompressor->expected_size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "blob is longer than the %" PRId64 " bytes its descriptor states",
                            decompressor->expected_size);
    return true;
}

/* Makes sure that there is input, or that the source has ended. */
static bool fill(struct wb_decompressor *decompressor, struct wb_error *err)
{
    if (decompressor->input_used < decompressor->input_size || decompressor->source_ended)
        return true;
    decompressor->input_size = decompressor->input_used = 0;
    /* The first read must bring enough bytes to recognise the compression. */
    while (decompressor->input_size < 4) {
        uint8_t *end = decompressor->input + decompressor->input_size;
        ssize_t count = decompressor->source.read(decompressor->source.context, end,
                                                  INPUT_SIZE - decompressor->input_size, err);
        if (count < 0)
            return false;
        if (count == 0) {
            decompressor->source_ended = true;
            break;
        }
        if (!account(decompressor, end, (size_t)count, err))
            return false;
        decompressor->input_size += (size_t)count;
    }
    return true;
}

static uint64_t input_offset(const struct wb_decompressor *decompressor)
{
    return decompressor->blob_size - (decompressor->input_size - decompressor->input_used);
}

static bool recognise(struct wb_decompressor *decompressor, struct wb_error *err)
{
    const uint8_t *data = decompressor->input;
    size_t size = decompressor->input_size;
    uint32_t magic = 0;
    bool has_magic = wb_bytes_u32le((struct wb_bytes){data, size}, 0, &magic);
    if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b) {
        decompressor->compression = COMPRESSION_GZIP;
        decompressor->gzip = wb_inflater_new();
    } else if (has_magic && (magic == ZSTD_MAGICNUMBER ||
                             (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START)) {
        decompressor->compression = COMPRESSION_ZSTD;
        decompressor->zstd = ZSTD_createDCtx();
        if (decompressor->zstd == NULL)
            return wb_error_set(err, WB_SYSTEM, "cannot set up zstd");
        ZSTD_DCtx_setParameter(decompressor->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    } else if (size >= 4 && (memcmp(data, "BZh", 3) == 0 || memcmp(data,
                                                                   "\xfd"
                                                                   "7zX",
                                                                   4) == 0)) {
        return wb_error_set(err, WB_BAD_INPUT,
                            "compressed with %s, which the OCI image format does not know",
                            data[0] == 'B' ? "bzip2" : "xz");
    } else {
        decompressor->compression = COMPRESSION_NONE;
    }
    return true;
}

/* What follows the last member: nothing, another member (RFC 1952 §2.2), or zero padding. */
static bool gzip_between_members(struct wb_decompressor *decompressor, bool *ended,
                                 struct wb_error *err)
{
    const uint8_t *data = decompressor->input;
    *ended = false;
    if (decompressor->input_used < decompressor->input_size &&
        data[decompressor->input_used] == 0x1f) {
        wb_inflater_restart(decompressor->gzip);
        decompressor->gzip_in_member = true;
        return true;
    }
    for (;;) {
        for (; decompressor->input_used < decompressor->input_size; decompressor->input_used++)
            if (data[decompressor->input_used] != 0)
                return wb_error_set(
                    err, WB_BAD_INPUT,
                    "bytes that are not gzip follow the gzip stream at byte %" PRIu64,
                    input_offset(decompressor));
        if (decompressor->source_ended)
            break;
        if (!fill(decompressor, err))
            return false;
    }
    *ended = true;
    return true;
}

static ssize_t gzip_read(struct wb_decompressor *decompressor, uint8_t *data, size_t size,
                         struct wb_error *err)
{
    size_t done = 0;
    while (done < size) {
        if (!fill(decompressor, err))
            return -1;
        if (!decompressor->gzip_in_member) {
            bool ended;
            if (!gzip_between_members(decompressor, &ended, err))
                return -1;
            if (ended)
                break;
        }
        bool no_input = decompressor->input_used == decompressor->input_size;
        struct wb_inflation run = {
            .input = decompressor->input + decompressor->input_used,
            .input_size = decompressor->input_size - decompressor->input_used,
            .output = data + done,
            .output_size = size - done,
        };
        const char *fault = wb_inflater_run(decompressor->gzip, &run);
        decompressor->input_used = decompressor->input_size - run.input_size;
        size_t made = size - done - run.output_size;
        done += made;
        if (fault != NULL) {
            wb_error_set(err, WB_BAD_INPUT, "gzip %s at byte %" PRIu64, fault,
                         input_offset(decompressor));
            return -1;
        }
        if (run.ended) {
            decompressor->gzip_in_member = false;
        } else if (no_input && made == 0) {
            wb_error_set(err, WB_BAD_INPUT, "gzip stream truncated at byte %" PRIu64,
                         input_offset(decompressor));
            return -1;
        }
    }
    return (ssize_t)done;
}

static ssize_t zstd_read(struct wb_decompressor *decompressor, uint8_t *data, size_t size,
                         struct wb_error *err)
{
    ZSTD_outBuffer out = {.dst = data, .size = size};
    while (out.pos < size) {
        if (!fill(decompressor, err))
            return -1;
        ZSTD_inBuffer in = {.src = decompressor->input + decompressor->input_used,
                            .size = decompressor->input_size - decompressor->input_used};
        if (in.size == 0 && !decompressor->zstd_in_frame)
            break;
        size_t before = out.pos;
        size_t code = ZSTD_decompressStream(decompressor->zstd, &out, &in);
        decompressor->input_used += in.pos;
        if (ZSTD_isError(code)) {
            wb_error_set(err, WB_BAD_INPUT, "zstd stream is damaged near byte %" PRIu64 ": %s",
                         input_offset(decompressor), ZSTD_getErrorName(code));
            return -1;
        }
        decompressor->zstd_in_frame = code != 0;
        if (in.size == 0 && out.pos == before && decompressor->zstd_in_frame) {
            wb_error_set(err, WB_BAD_INPUT, "zstd stream truncated at byte %" PRIu64,
                         input_offset(decompressor));
            return -1;
        }
    }
    return (ssize_t)out.pos;
}

/* Straight from the source into the caller's chunk, once what recognition read is used up. */
static ssize_t plain_read(struct wb_decompressor *decompressor, uint8_t *data, size_t size,
                          struct wb_error *err)
{
    size_t done = decompressor->input_size - decompressor->input_used;
    if (done > size)
        done = size;
    memcpy(data, decompressor->input + decompressor->input_used, done);
    decompressor->input_used += done;
    while (done < size && !decompressor->source_ended) {
        ssize_t count =
            decompressor->source.read(decompressor->source.context, data + done, size - done, err);
        if (count < 0)
            return -1;
        if (count == 0)
            decompressor->source_ended = true;
        else if (!account(decompressor, data + done, (size_t)count, err))
            return -1;
        done += (size_t)count;
    }
    return (ssize_t)done;
}

ssize_t wb_decompressor_read(struct wb_decompressor *decompressor, uint8_t *data, size_t size,
                             struct wb_error *err)
{
    if (decompressor->compression == COMPRESSION_UNDECIDED &&
        (!fill(decompressor, err) || !recognise(decompressor, err)))
        return -1;
    switch (decompressor->compression) {
    case COMPRESSION_GZIP:
        return gzip_read(decompressor, data, size, err);
    case COMPRESSION_ZSTD:
        return zstd_read(decompressor, data, size, err);
    case COMPRESSION_UNDECIDED:
    case COMPRESSION_NONE:
        break;
    }
    return plain_read(decompressor, data, size, err);
}

void wb_decompressor_finish(struct wb_decompressor *decompressor, struct wb_digest *digest,
                            uint64_t *size)
{
    wb_hasher_finish(decompressor->blob_hasher, digest);
    *size = decompressor->blob_size;
}
