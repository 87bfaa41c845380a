/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of the files in a layer, from the spans that the tar reader found. */
#include "image/layer_private.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHM_COUNT 4

static const struct {
    unsigned flag;
    enum wb_digest_algorithm algorithm;
    size_t offset; /* of the result in struct wb_file_hashes */
} algorithms_known[ALGORITHM_COUNT] = {
    {WB_FILE_SHA256, WB_DIGEST_SHA256, offsetof(struct wb_file_hashes, sha256)},
    {WB_FILE_SHA1, WB_DIGEST_SHA1, offsetof(struct wb_file_hashes, sha1)},
    {WB_FILE_MD5, WB_DIGEST_MD5, offsetof(struct wb_file_hashes, md5)},
    {WB_FILE_SHA512, WB_DIGEST_SHA512, offsetof(struct wb_file_hashes, sha512)},
};

static const uint8_t zeros[16384];

struct wb_span_hasher {
    struct wb_hasher *hashers[ALGORITHM_COUNT];
};

struct wb_span_hasher *wb_span_hasher_new(unsigned algorithms, struct wb_error *err)
{
    WB_AUTO(wb_span_hasher) *hasher = wb_allocate(sizeof *hasher);
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if ((algorithms & algorithms_known[i].flag) == 0)
            continue;
        hasher->hashers[i] = wb_hasher_new(algorithms_known[i].algorithm, err);
        if (hasher->hashers[i] == NULL)
            return NULL;
    }
    return WB_STEAL(hasher);
}

void wb_span_hasher_free(struct wb_span_hasher *hasher)
{
    if (hasher == NULL)
        return;
    for (size_t i = 0; i < ALGORITHM_COUNT; i++)
        wb_hasher_free(hasher->hashers[i]);
    free(hasher);
}

static void update_zeros(struct wb_hasher *hasher, uint64_t size)
{
    while (size > 0) {
        size_t part = size < sizeof zeros ? (size_t)size : sizeof zeros;
        wb_hasher_update(hasher, zeros, part);
        size -= part;
    }
}

void wb_span_hasher_update(struct wb_span_hasher *hasher, const struct wb_file_span *span)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (hasher->hashers[i] == NULL)
            continue;
        if (span->data != NULL)
            wb_hasher_update(hasher->hashers[i], span->data, (size_t)span->size);
        else
            update_zeros(hasher->hashers[i], span->size);
        if (!span->last)
            continue;
        struct wb_digest digest;
        wb_hasher_finish(hasher->hashers[i], &digest);
        memcpy((uint8_t *)span->hashes + algorithms_known[i].offset, digest.bytes,
               wb_digest_size(digest.algorithm));
    }
}
