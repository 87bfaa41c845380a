/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes of a blob are bad: the inventory has a digest of each chunk of a large one, so that a
 * damaged or cut copy can be mended by fetching those again. */
#include "verify/delivery_private.h"

#include <stdlib.h>
#include <string.h>

#define RANGES_MAX 10000

/* The piece that has the byte at `at`. */
static const struct wb_volume_entry *piece_at(const struct wb_blob_job *job, uint64_t at)
{
    size_t i = 0;
    while (i + 1 < job->piece_count && job->pieces[i + 1]->part_offset <= at)
        i++;
    return job->pieces[i];
}

bool wb_blob_job_read(const struct wb_delivery_check *check, const struct wb_blob_job *job,
                      uint64_t at, uint8_t *data, size_t size, struct wb_error *err)
{
    while (size > 0) {
        const struct wb_volume_entry *piece = piece_at(job, at);
        uint64_t in_piece = at - piece->part_offset;
        if (in_piece >= piece->size)
            return wb_error_set(err, WB_CHECK_FAILED, "it ends early");
        size_t here = piece->size - in_piece < size ? (size_t)(piece->size - in_piece) : size;
        if (!wb_volumes_read(check->verdict->volumes, piece, in_piece, data, here, err))
            return false;
        at += here;
        data += here;
        size -= here;
    }
    return true;
}

static void add_range(const struct wb_delivery_check *check, struct wb_blob_job *job, uint64_t at,
                      uint64_t size)
{
    size_t count, base_from;
    const struct wb_volume_end *ends = wb_volumes_ends(check->verdict->volumes, &count, &base_from);
    const struct wb_volume_entry *piece = piece_at(job, at);
    struct wb_bad_range range = {
        .blob = job->digest,
        .offset = at,
        .size = size,
        .file = ends[piece->volume].path,
        .file_offset = piece->file_offset + (at - piece->part_offset),
    };
    struct wb_bad_range *last = job->range_count > 0 ? &job->ranges[job->range_count - 1] : NULL;
    if (last != NULL && last->offset + last->size == at && last->file == range.file &&
        last->file_offset + last->size == range.file_offset)
        last->size += size;
    else if (job->range_count < RANGES_MAX)
        WB_APPEND(job->ranges, job->range_count, job->range_capacity, range);
}

/* Of a part in a stream the digests of its chunks were taken when it went by. */
static bool chunk_of_stream(const struct wb_volume_entry *piece, uint64_t at, uint64_t chunk_size,
                            const uint8_t expected[32])
{
    uint64_t index = (at - piece->part_offset) / chunk_size;
    return chunk_size == WB_VOLUME_CHUNK_SIZE && index < piece->chunk_count &&
           memcmp(piece->chunks[index], expected, 32) == 0;
}

static bool chunk_holds(const struct wb_delivery_check *check, const struct wb_blob_job *job,
                        uint64_t at, uint64_t size, const uint8_t expected[32], uint8_t *data)
{
    const struct wb_volume_entry *piece = piece_at(job, at);
    struct wb_digest found;
    if (piece->chunks != NULL)
        return chunk_of_stream(piece, at, check->verdict->inventory->chunk_size, expected);
    return wb_blob_job_read(check, job, at, data, (size_t)size, NULL) &&
           wb_digest_bytes(WB_DIGEST_SHA256, (struct wb_bytes){data, (size_t)size}, &found, NULL) &&
           memcmp(found.bytes, expected, 32) == 0;
}

void wb_blob_job_locate(const struct wb_delivery_check *check, struct wb_blob_job *job)
{
    const struct wb_inventory_blob *blob = job->blob;
    if (blob == NULL || blob->size == 0)
        return;
    /* Of what went by whole in a stream nothing smaller was compared. */
    if (blob->chunk_count == 0 || job->pieces[0]->state != WB_BLOB_UNREAD) {
        add_range(check, job, 0, blob->size);
        return;
    }
    uint64_t chunk_size = check->verdict->inventory->chunk_size;
    const struct wb_volume_entry *only = job->pieces[0];
    uint64_t at = job->whole ? 0 : only->part_offset, end = blob->size;
    /* A part ends where the next begins, whatever size it has here. */
    for (size_t i = 0; i < blob->split_count && !job->whole; i++)
        if (blob->splits[i] > only->part_offset && blob->splits[i] < end)
            end = blob->splits[i];
    uint8_t *data = wb_allocate((size_t)(chunk_size < blob->size ? chunk_size : blob->size));
    for (; at < end; at += chunk_size) {
        uint64_t size = blob->size - at < chunk_size ? blob->size - at : chunk_size;
        if (!chunk_holds(check, job, at, size, blob->chunks[at / chunk_size], data))
            add_range(check, job, at, size);
    }
    free(data);
}
