/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: files (clause 8), and the code over a package's files (7.9). */
#include "formats/spdx2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool wb_spdx2_file_listed(const struct wb_file_hashes *hashes)
{
    return hashes != NULL && (hashes->present & WB_FILE_SHA1) != 0;
}

static void add_unlisted(const struct wb_property_sink *sink, const char *status,
                         const struct wb_file_hashes *hashes, const char *path)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    const unsigned present = hashes == NULL ? 0 : hashes->present;
    WB_AUTO_VALUE(wb_buffer) digests = {0};
    wb_buffer_append_text(&digests, "");
    if ((present & WB_FILE_SHA256) != 0)
        wb_buffer_append_format(&digests, "sha256:%s ", wb_hex_format(hashes->sha256, 32, hex));
    if ((present & WB_FILE_SHA512) != 0)
        wb_buffer_append_format(&digests, "sha512:%s ", wb_hex_format(hashes->sha512, 64, hex));
    wb_property_format(sink, "waybill:image:file", "%s %s%s", status, (const char *)digests.data,
                       path);
}

void wb_spdx2_unlisted_files(const struct wb_property_sink *sink, const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->file_count; i++)
        if (!wb_spdx2_file_listed(bom->files[i]->hashes))
            add_unlisted(sink, wb_file_status_name(bom->files[i]->status), bom->files[i]->hashes,
                         bom->files[i]->path);
    for (size_t i = 0; i < bom->removed_file_count; i++)
        if (!wb_spdx2_file_listed(bom->removed_files[i].hashes))
            add_unlisted(sink, "removed", bom->removed_files[i].hashes, bom->removed_files[i].path);
}

/* ---- verification codes ---- */

size_t wb_spdx2_code_index(const struct wb_bom *bom, const struct wb_package *package)
{
    size_t index = package->index;
    if (index < bom->package_count && bom->packages[index] == package)
        return index;
    if (index < bom->residue_count && bom->residues[index] == package)
        return bom->package_count + index;
    return SIZE_MAX;
}

/* The SHA-1 values of each package's files, one package's behind another's. */
struct owned_hashes {
    size_t *start; /* of each package, and the end of the last */
    const uint8_t **sha1;
};

static void for_each_owned(const struct wb_bom *bom,
                           void (*visit)(struct owned_hashes *hashes, size_t package,
                                         const uint8_t *sha1),
                           struct owned_hashes *hashes)
{
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        if (!wb_spdx2_file_listed(file->hashes))
            continue;
        for (size_t j = 0; j < file->owner_count; j++) {
            size_t index = wb_spdx2_code_index(bom, file->owners[j]);
            if (index != SIZE_MAX)
                visit(hashes, index, file->hashes->sha1);
        }
    }
}

static void count_owned(struct owned_hashes *hashes, size_t package, const uint8_t *sha1)
{
    (void)sha1;
    hashes->start[package + 1]++;
}

/* Fills each package's place from its end, which becomes the place's beginning. */
static void place_owned(struct owned_hashes *hashes, size_t package, const uint8_t *sha1)
{
    hashes->sha1[--hashes->start[package + 1]] = sha1;
}

static int compare_sha1(const void *left, const void *right)
{
    return memcmp(*(const uint8_t *const *)left, *(const uint8_t *const *)right, 20);
}

/* SHA-1 over the files' SHA-1 values, as hex digits, sorted and joined. */
static void make_code(struct wb_hasher *hasher, const uint8_t **sha1, size_t count, char code[41])
{
    struct wb_digest digest;
    char hex[41];
    qsort(sha1, count, sizeof *sha1, compare_sha1);
    for (size_t i = 0; i < count; i++)
        wb_hasher_update(hasher, wb_hex_format(sha1[i], 20, hex), 40);
    wb_hasher_finish(hasher, &digest);
    wb_hex_format(digest.bytes, 20, code);
}

static void make_codes(struct wb_spdx2 *spdx, struct wb_hasher *hasher, size_t count)
{
    const struct wb_bom *bom = spdx->bom;
    struct owned_hashes hashes = {.start = wb_allocate_array(count + 2, sizeof(size_t))};
    for_each_owned(bom, count_owned, &hashes);
    for (size_t i = 0; i < count; i++)
        hashes.start[i + 1] += hashes.start[i];
    hashes.sha1 = wb_allocate_array(hashes.start[count] + 1, sizeof *hashes.sha1);
    size_t total = hashes.start[count];
    for_each_owned(bom, place_owned, &hashes);
    for (size_t i = 0; i < count; i++) {
        size_t begin = hashes.start[i + 1];
        size_t end = i + 1 < count ? hashes.start[i + 2] : total;
        if (begin < end)
            make_code(hasher, &hashes.sha1[begin], end - begin, spdx->verification_codes[i]);
    }
    free(hashes.start);
    free(hashes.sha1);
}

bool wb_spdx2_verification_codes(struct wb_spdx2 *spdx, struct wb_error *err)
{
    const struct wb_bom *bom = spdx->bom;
    size_t count = bom->package_count + bom->residue_count;
    spdx->verification_codes =
        wb_arena_allocate(spdx->arena, (count + 1) * sizeof *spdx->verification_codes);
    /* Only then all files of a package are there to be counted. */
    if (bom->file_selection != WB_FILES_ALL)
        return true;
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(WB_DIGEST_SHA1, err);
    if (hasher == NULL)
        return false;
    make_codes(spdx, hasher, count);
    return true;
}

/* ---- files ---- */

static void write_checksum(struct wb_spdx2 *spdx, enum wb_digest_algorithm algorithm,
                           const uint8_t *bytes)
{
    struct wb_digest digest = {.algorithm = algorithm};
    memcpy(digest.bytes, bytes, wb_digest_size(algorithm));
    wb_spdx2_checksum(spdx, &digest);
}

static void write_file(struct wb_spdx2 *spdx, const char *id, const char *path,
                       const struct wb_file_hashes *hashes, bool is_documentation,
                       const struct wb_buffer *annotation)
{
    wb_spdx2_begin_object(spdx);
    WB_AUTO_STRING reference = wb_string_format("SPDXRef-%s", id);
    wb_spdx2_member(spdx, "SPDXID", reference);
    WB_AUTO_STRING name = wb_string_format(".%s", path);
    wb_spdx2_member(spdx, "fileName", name);
    if (is_documentation) {
        wb_spdx2_key(spdx, "fileTypes");
        wb_spdx2_begin_array(spdx);
        wb_spdx2_string(spdx, "DOCUMENTATION");
        wb_spdx2_end_array(spdx);
    }
    wb_spdx2_key(spdx, "checksums");
    wb_spdx2_begin_array(spdx);
    write_checksum(spdx, WB_DIGEST_SHA1, hashes->sha1);
    if ((hashes->present & WB_FILE_SHA256) != 0)
        write_checksum(spdx, WB_DIGEST_SHA256, hashes->sha256);
    if ((hashes->present & WB_FILE_SHA512) != 0)
        write_checksum(spdx, WB_DIGEST_SHA512, hashes->sha512);
    wb_spdx2_end_array(spdx);
    wb_spdx2_member(spdx, "licenseConcluded", "NOASSERTION");
    wb_spdx2_member(spdx, "copyrightText", "NOASSERTION");
    wb_spdx2_annotation(spdx, annotation);
    wb_spdx2_end_object(spdx);
}

static void write_present_file(struct wb_spdx2 *spdx, const struct wb_file *file)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_file_properties(&sink, spdx->bom, file);
    for (size_t i = 0; i < file->owner_count; i++)
        wb_property_format(&sink, "waybill:file:package", "SPDXRef-%s", file->owners[i]->id);
    write_file(spdx, file->id, file->path, file->hashes, (file->owned_flags & WB_OWNED_DOC) != 0,
               &text);
}

static void write_removed_file(struct wb_spdx2 *spdx, size_t index)
{
    const struct wb_removed_file *file = &spdx->bom->removed_files[index];
    char id[64];
    snprintf(id, sizeof id, "removed-file-%zu", index + 1);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_removed_file_properties(&sink, spdx->bom, file);
    write_file(spdx, id, file->path, file->hashes, false, &text);
}

void wb_spdx2_files(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    if (bom->file_count == 0 && bom->removed_file_count == 0)
        return;
    wb_spdx2_key(spdx, "files");
    wb_spdx2_begin_array(spdx);
    for (size_t i = 0; i < bom->file_count; i++)
        if (wb_spdx2_file_listed(bom->files[i]->hashes))
            write_present_file(spdx, bom->files[i]);
    for (size_t i = 0; i < bom->removed_file_count; i++)
        if (wb_spdx2_file_listed(bom->removed_files[i].hashes))
            write_removed_file(spdx, i);
    wb_spdx2_end_array(spdx);
}
