/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2: files (clause 8), and whose they are. */
#include "formats/spdx2_read.h"

#include <stdlib.h>
#include <string.h>

struct file_context {
    struct wb_spdx2_reader *reader;
    struct wb_file *file;
    const json_t *json;
};

/* ---- fields ---- */

/* The owners' ids stand in the relationships, too, but only some of them. */
static void take_property(void *context, const char *name, const char *value)
{
    struct file_context *at = context;
    struct wb_spdx2_reader *reader = at->reader;
    if (strcmp(name, "waybill:file:package") == 0) {
        const struct wb_spdx2_element *owner = wb_spdx2_find(reader, value);
        const struct wb_spdx2_element *file =
            wb_spdx2_find(reader, wb_json_string_of(at->json, "SPDXID"));
        if (owner != NULL && owner->package != NULL && file != NULL && file->file == at->file) {
            wb_spdx2_add_owner(reader, file, owner);
            return;
        }
    } else if (wb_file_property_read(reader->bom, at->file, name, value)) {
        return;
    }
    wb_bom_add_loss(reader->bom, "/files/*/annotations/*");
}

const char *wb_spdx2_path(struct wb_bom *bom, const char *name)
{
    if (name == NULL || *name == '\0')
        return NULL;
    if (name[0] == '.' && name[1] == '/')
        name++;
    WB_AUTO_STRING path = wb_string_format("%s%s", *name == '/' ? "" : "/", name);
    return wb_read_line(bom, path);
}

static void read_checksums(struct wb_spdx2_reader *reader, const json_t *json, struct wb_file *file)
{
    size_t i;
    json_t *checksum;
    json_array_foreach(wb_json_array_of(json, "checksums"), i, checksum)
    {
        struct wb_digest digest;
        const char *value = wb_json_string_of(checksum, "checksumValue");
        if (value != NULL && *value == '\0')
            continue;
        if (!wb_field_digest_of(wb_json_string_of(checksum, "algorithm"), value, &digest) ||
            !wb_file_digest_read(reader->bom, file, &digest))
            wb_bom_add_loss(reader->bom, "/files/*/checksums");
    }
}

static void read_types(struct wb_spdx2_reader *reader, const json_t *json, struct wb_file *file)
{
    size_t i;
    json_t *type;
    json_array_foreach(wb_json_array_of(json, "fileTypes"), i, type)
    {
        const char *name = json_string_value(type);
        if (name != NULL && strcmp(name, "DOCUMENTATION") == 0)
            file->owned_flags |= WB_OWNED_DOC;
        else if (name == NULL || strcmp(name, "OTHER") != 0)
            wb_bom_add_loss(reader->bom, "/files/*/fileTypes");
    }
}

static void read_file(struct wb_spdx2_reader *reader, const json_t *json)
{
    static const char *const known[] = {"SPDXID",    "fileName",    "checksums",
                                        "fileTypes", "annotations", NULL};
    struct wb_bom *bom = reader->bom;
    struct wb_file *file = wb_bom_new_file(bom);
    struct file_context context = {.reader = reader, .file = file, .json = json};
    file->path = wb_spdx2_path(bom, wb_json_string_of(json, "fileName"));
    read_checksums(reader, json, file);
    read_types(reader, json, file);
    if (file->path == NULL) {
        wb_bom_add_loss(bom, "/files/*");
        return;
    }
    if (!wb_spdx2_add_element(reader, wb_json_string_of(json, "SPDXID"), NULL, file))
        wb_bom_add_loss(bom, "/files/*/SPDXID");
    wb_spdx2_read_annotations(reader, json, "/files/*/annotations", take_property, &context);
    wb_bom_list_file(bom, file);
    wb_spdx2_count_losses(reader, json, "/files/*", known);
}

void wb_spdx2_read_files(struct wb_spdx2_reader *reader)
{
    size_t i;
    json_t *file;
    json_array_foreach(wb_json_array_of(reader->document, "files"), i, file)
    {
        read_file(reader, file);
    }
}

/* ---- owners ---- */

static int compare_owners(const void *left, const void *right)
{
    const struct wb_spdx2_owner *a = left;
    const struct wb_spdx2_owner *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->package == b->package ? 0 : a->package < b->package ? -1 : 1;
}

void wb_spdx2_assign_owners(struct wb_spdx2_reader *reader)
{
    struct wb_spdx2_owner *owners = reader->owners;
    if (reader->owner_count > 1)
        qsort(owners, reader->owner_count, sizeof *owners, compare_owners);
    for (size_t i = 0; i < reader->owner_count; i++) {
        if (i > 0 && compare_owners(&owners[i - 1], &owners[i]) == 0)
            continue;
        struct wb_file *file = owners[i].owned;
        WB_ARENA_APPEND(reader->bom->arena, file->owners, file->owner_count, owners[i].owner);
        /* Waybill says itself what a file is: one that no package owns may be an image's. */
        if (file->status == WB_FILE_UNOWNED && !reader->is_own)
            file->status = WB_FILE_OWNED;
    }
}
