/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: files as components. */
#include "formats/cyclonedx.h"

#include <stdio.h>

static void write_hashes(struct wb_cyclonedx *out, const struct wb_file_hashes *hashes)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (hashes == NULL || (hashes->present & (WB_FILE_SHA1 | WB_FILE_SHA256 | WB_FILE_SHA512)) == 0)
        return;
    wb_cyclonedx_begin_list(out, "hashes");
    if ((hashes->present & WB_FILE_SHA1) != 0)
        wb_cyclonedx_hash(out, WB_DIGEST_SHA1,
                          wb_hex_format(hashes->sha1, sizeof hashes->sha1, hex));
    if ((hashes->present & WB_FILE_SHA256) != 0)
        wb_cyclonedx_hash(out, WB_DIGEST_SHA256,
                          wb_hex_format(hashes->sha256, sizeof hashes->sha256, hex));
    if ((hashes->present & WB_FILE_SHA512) != 0)
        wb_cyclonedx_hash(out, WB_DIGEST_SHA512, wb_hex_format(hashes->sha512, 64, hex));
    wb_cyclonedx_end_list(out);
}

static void begin_file(struct wb_cyclonedx *out, const char *id, const char *path,
                       const struct wb_file_hashes *hashes, bool present)
{
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "type", "file");
    wb_cyclonedx_member(out, "bom-ref", id);
    wb_cyclonedx_required(out, "name", path);
    if (!present)
        wb_cyclonedx_member(out, "scope", "excluded");
    write_hashes(out, hashes);
    wb_cyclonedx_begin_list(out, "properties");
}

static void end_file(struct wb_cyclonedx *out)
{
    wb_cyclonedx_end_list(out);
    wb_cyclonedx_end(out);
}

void wb_cyclonedx_files(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    struct wb_property_sink sink = wb_cyclonedx_property_sink(out);
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        begin_file(out, file->id, file->path, file->hashes, true);
        wb_file_properties(&sink, bom, file);
        wb_file_deployable_properties(&sink, file);
        for (size_t j = 0; j < file->owner_count; j++)
            wb_property_add(&sink, "waybill:file:package", file->owners[j]->id);
        end_file(out);
    }
    for (size_t i = 0; i < bom->removed_file_count; i++) {
        char id[64];
        snprintf(id, sizeof id, "removed-file-%zu", i + 1);
        begin_file(out, id, bom->removed_files[i].path, bom->removed_files[i].hashes, false);
        wb_removed_file_properties(&sink, bom, &bom->removed_files[i]);
        end_file(out);
    }
}
