/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3: files, and whose they are. */
#include "formats/spdx2_read.h"
#include "formats/spdx3_read.h"

#include <stdlib.h>
#include <string.h>

struct file_context {
    struct wb_spdx3_reader *reader;
    struct wb_file *file;
};

static void take_property(void *context, const char *name, const char *value)
{
    struct file_context *at = context;
    if (!wb_file_property_read(at->reader->bom, at->file, name, value))
        wb_bom_add_loss(at->reader->bom, "Annotation");
}

static void read_hashes(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                        struct wb_file *file)
{
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "verifiedUsing", i)) != NULL; i++) {
        struct wb_digest digest;
        if (!wb_spdx3_read_hash(item, &digest) || !wb_file_digest_read(reader->bom, file, &digest))
            wb_spdx3_lose(reader, element, "verifiedUsing");
    }
}

static void read_purpose(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                         struct wb_file *file)
{
    const char *purpose = wb_spdx2_text(element->json, "software_primaryPurpose");
    if (purpose != NULL && strcmp(purpose, "documentation") == 0)
        file->owned_flags |= WB_OWNED_DOC;
    else if (purpose != NULL && strcmp(purpose, "file") != 0)
        wb_spdx3_lose(reader, element, "software_primaryPurpose");
}

static void read_file(struct wb_spdx3_reader *reader, struct wb_spdx3_element *element)
{
    static const char *const known[] = {"name", "verifiedUsing", "software_fileKind",
                                        "software_primaryPurpose", NULL};
    struct wb_bom *bom = reader->bom;
    struct wb_file *file = wb_bom_new_file(bom);
    struct file_context context = {reader, file};
    const char *kind = wb_json_string_of(element->json, "software_fileKind");
    file->path = wb_spdx2_path(bom, wb_json_string_of(element->json, "name"));
    read_hashes(reader, element, file);
    read_purpose(reader, element, file);
    /* The model lists what has content. */
    if (file->path == NULL || (kind != NULL && strcmp(kind, "file") != 0)) {
        wb_bom_add_loss(bom, element->type);
        return;
    }
    element->file = file;
    wb_spdx3_read_annotations(reader, element, take_property, &context);
    wb_bom_list_file(bom, file);
    wb_spdx3_count_losses(reader, element, known);
}

void wb_spdx3_read_files(struct wb_spdx3_reader *reader)
{
    for (size_t i = 0; i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_FILE)
            read_file(reader, reader->elements[i]);
}

/* ---- owners ---- */

static int compare_owners(const void *left, const void *right)
{
    const struct wb_spdx3_owner *a = left;
    const struct wb_spdx3_owner *b = right;
    if (a->file->place != b->file->place)
        return a->file->place < b->file->place ? -1 : 1;
    return (a->package->place > b->package->place) - (a->package->place < b->package->place);
}

void wb_spdx3_assign_owners(struct wb_spdx3_reader *reader)
{
    struct wb_spdx3_owner *owners = reader->owners;
    if (reader->owner_count > 1)
        qsort(owners, reader->owner_count, sizeof *owners, compare_owners);
    for (size_t i = 0; i < reader->owner_count; i++) {
        if (i > 0 && compare_owners(&owners[i - 1], &owners[i]) == 0)
            continue;
        struct wb_file *file = owners[i].file->file;
        WB_ARENA_APPEND(reader->bom->arena, file->owners, file->owner_count,
                        owners[i].package->package);
        /* Waybill says itself what a file is: one that no package owns may be an image's. */
        if (file->status == WB_FILE_UNOWNED && !reader->is_own)
            file->status = WB_FILE_OWNED;
    }
}
