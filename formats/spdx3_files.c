/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3: files. */
#include "formats/spdx3.h"

#include <stdio.h>

const char *wb_spdx3_removed_file_id(char text[64], size_t index)
{
    snprintf(text, 64, "removed-file-%zu", index + 1);
    return text;
}

static void write_hashes(struct wb_spdx3 *spdx, const struct wb_file_hashes *hashes)
{
    if (hashes == NULL || (hashes->present & (WB_FILE_SHA1 | WB_FILE_SHA256 | WB_FILE_SHA512)) == 0)
        return;
    wb_json_key(spdx->json, "verifiedUsing");
    wb_json_begin_array(spdx->json);
    if ((hashes->present & WB_FILE_SHA256) != 0)
        wb_spdx3_hash(spdx, WB_DIGEST_SHA256, hashes->sha256);
    if ((hashes->present & WB_FILE_SHA1) != 0)
        wb_spdx3_hash(spdx, WB_DIGEST_SHA1, hashes->sha1);
    if ((hashes->present & WB_FILE_SHA512) != 0)
        wb_spdx3_hash(spdx, WB_DIGEST_SHA512, hashes->sha512);
    wb_json_end_array(spdx->json);
}

static void write_file(struct wb_spdx3 *spdx, const char *id, const char *path,
                       const struct wb_file_hashes *hashes, const char *purpose)
{
    wb_spdx3_begin(spdx, "software_File", id);
    wb_spdx3_member(spdx, "name", path);
    write_hashes(spdx, hashes);
    wb_json_member(spdx->json, "software_fileKind", "file");
    wb_spdx3_member(spdx, "software_primaryPurpose", purpose);
    wb_spdx3_end(spdx);
}

void wb_spdx3_write_files(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char id[64];
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        WB_AUTO_VALUE(wb_buffer) text = {0};
        struct wb_property_sink sink = wb_property_lines(&text);
        wb_file_properties(&sink, bom, file);
        write_file(spdx, file->id, file->path, file->hashes,
                   (file->owned_flags & WB_OWNED_DOC) != 0 ? "documentation" : NULL);
        wb_spdx3_annotation(spdx, file->id, WB_SPDX3_PROPERTIES, 1, &text);
    }
    for (size_t i = 0; i < bom->removed_file_count; i++) {
        const struct wb_removed_file *file = &bom->removed_files[i];
        WB_AUTO_VALUE(wb_buffer) text = {0};
        struct wb_property_sink sink = wb_property_lines(&text);
        wb_removed_file_properties(&sink, bom, file);
        write_file(spdx, wb_spdx3_removed_file_id(id, i), file->path, file->hashes, NULL);
        wb_spdx3_annotation(spdx, id, WB_SPDX3_PROPERTIES, 1, &text);
    }
}
