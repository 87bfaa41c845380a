/* SPDX-License-Identifier: Apache-2.0 */
/* One document of many: each part's own, and what they share, once. */
#include "formats/merge.h"
#include "formats/formats_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int compare_parts(const void *left, const void *right)
{
    const struct wb_bom *a = *(struct wb_bom *const *)left;
    const struct wb_bom *b = *(struct wb_bom *const *)right;
    int order = compare_texts(a->source_name, b->source_name);
    if (order == 0)
        order = compare_texts(a->source_version, b->source_version);
    return order != 0 ? order : compare_texts(a->content_digest, b->content_digest);
}

/* ---- licence texts ---- */

struct licence_map {
    struct wb_name_value *changed;
    size_t count;
};

static struct licence_map merge_licences(struct wb_merge *merge, const struct wb_bom *part)
{
    struct licence_map map = {
        wb_arena_allocate(merge->bom->arena, (part->licence_text_count + 1) * sizeof *map.changed),
        0};
    for (size_t i = 0; i < part->licence_text_count; i++) {
        const struct wb_licence_text *licence = &part->licence_texts[i];
        const char *id = wb_bom_add_licence_text(merge->bom, licence->name, licence->text);
        if (strcmp(id, licence->id) != 0)
            map.changed[map.count++] = (struct wb_name_value){licence->id, id};
    }
    return map;
}

/* ---- a part ---- */

static void merge_dependencies(struct wb_bom *bom, const struct wb_bom *part,
                               struct wb_package *const *packages)
{
    for (size_t i = 0; i < part->dependency_count; i++) {
        const struct wb_dependency *edge = &part->dependencies[i];
        struct wb_dependency copy = {packages[edge->from->index], packages[edge->to->index],
                                     edge->kind};
        WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, copy);
    }
    for (size_t i = 0; i < part->unmet_count; i++) {
        struct wb_unmet_requirement unmet = part->unmet[i];
        if (unmet.package->index >= part->package_count ||
            part->packages[unmet.package->index] != unmet.package)
            continue;
        unmet.package = packages[unmet.package->index];
        WB_APPEND(bom->unmet, bom->unmet_count, bom->unmet_capacity, unmet);
    }
}

/* A file that no package owns, or that is not the package's any more, belongs to the image. */
static void merge_file(struct wb_merge *merge, const struct wb_bom *part,
                       const struct wb_file *file, struct wb_package *image,
                       struct wb_package *const *packages)
{
    struct wb_package **owners = wb_allocate_array(file->owner_count + 1, sizeof *owners);
    size_t count = 0;
    for (size_t i = 0; i < file->owner_count; i++) {
        size_t index = file->owners[i]->index;
        if (index < part->package_count && part->packages[index] == file->owners[i])
            owners[count++] = packages[index];
    }
    if (file->status != WB_FILE_OWNED)
        owners[count++] = image;
    wb_merge_file(merge, file, owners, count);
    free(owners);
}

static void merge_findings(struct wb_bom *bom, const struct wb_bom *part)
{
    for (size_t i = 0; i < part->finding_count; i++) {
        const struct wb_finding *finding = &part->findings[i];
        wb_bom_add_finding(bom, finding->severity, finding->code, -1, finding->path, "%s: %s",
                           part->source_name, finding->message);
    }
}

/* Packages that are there no more. */
static void merge_former(struct wb_merge *merge, const struct wb_bom *part,
                         struct wb_package *const *packages, size_t count,
                         const struct licence_map *licences, const char *name)
{
    for (size_t i = 0; i < count; i++)
        wb_merge_note_part(merge,
                           wb_merge_package(merge, packages[i], licences->changed, licences->count),
                           packages[i], part, name);
}

/* `again`: another document of the same image was merged before and said what is its own. */
static void merge_part(struct wb_merge *merge, const struct wb_bom *part, bool again)
{
    struct wb_bom *bom = merge->bom;
    const char *name = again ? NULL : wb_merge_part_name(bom->arena, part);
    struct licence_map licences = merge_licences(merge, part);
    struct wb_package *image = wb_merge_image(merge, part);
    struct wb_package **packages = wb_allocate_array(part->package_count, sizeof(void *));
    for (size_t i = 0; i < part->package_count; i++) {
        packages[i] = wb_merge_package(merge, part->packages[i], licences.changed, licences.count);
        wb_merge_note_part(merge, packages[i], part->packages[i], part, name);
        struct wb_dependency edge = {image, packages[i], WB_RELATION_DEPENDS};
        WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
    }
    merge_dependencies(bom, part, packages);
    for (size_t i = 0; i < part->file_count; i++)
        merge_file(merge, part, part->files[i], image, packages);
    free(packages);
    merge_former(merge, part, part->residues, part->residue_count, &licences, name);
    merge_former(merge, part, part->removed, part->removed_count, &licences, name);
    merge_findings(bom, part);
    bom->total_files += part->total_files;
    bom->total_owned += part->total_owned;
    bom->total_modified += part->total_modified;
    bom->total_unowned += part->total_unowned;
    bom->total_missing += part->total_missing;
}

/* ---- the whole ---- */

static bool same_system(const struct wb_distribution *a, const struct wb_distribution *b)
{
    return compare_texts(a->id, b->id) == 0 && compare_texts(a->version_id, b->version_id) == 0 &&
           compare_texts(a->name, b->name) == 0;
}

/* What all parts have in common. */
static void describe(struct wb_bom *bom, struct wb_bom *const *parts, size_t count)
{
    bom->distribution = parts[0]->distribution;
    bom->file_selection = parts[0]->file_selection;
    for (size_t i = 0; i < count; i++) {
        if (!same_system(&parts[i]->distribution, &parts[0]->distribution))
            bom->distribution = (struct wb_distribution){0};
        if (parts[i]->file_selection != parts[0]->file_selection)
            bom->file_selection = WB_FILES_UNOWNED;
        if (parts[i]->created > bom->created)
            bom->created = parts[i]->created;
    }
}

static void identify(struct wb_bom *bom, struct wb_bom *const *parts, size_t count,
                     const struct wb_merge_options *options)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    for (size_t i = 0; i < count; i++)
        wb_buffer_append_format(
            &content, "%s\n%s\n%s\n", parts[i]->source_name, parts[i]->content_digest,
            parts[i]->document_namespace == NULL ? "" : parts[i]->document_namespace);
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&content), &digest, NULL))
        wb_out_of_memory(0); /* nothing else can be amiss with SHA-256 */
    bom->content_digest = wb_arena_copy(bom->arena, wb_digest_format(&digest, text));
    bom->source_name =
        wb_arena_copy(bom->arena, options->name == NULL ? "delivery" : options->name);
    bom->source_version = wb_arena_copy(bom->arena, options->version);
    bom->tool_version = wb_arena_copy(bom->arena, options->tool_version);
    bom->creator = options->creator;
    bom->supplier = options->supplier;
    wb_bom_read_image(bom)->name = bom->source_name;
}

struct wb_bom *wb_bom_merge(struct wb_bom *const *parts, size_t count,
                            const struct wb_merge_options *options, struct wb_error *err)
{
    if (count == 0) {
        wb_error_set(err, WB_USAGE, "there is nothing to merge");
        return NULL;
    }
    struct wb_bom **sorted = wb_allocate_array(count, sizeof(void *));
    memcpy(sorted, parts, count * sizeof(void *));
    qsort(sorted, count, sizeof(void *), compare_parts);
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_merge merge = {.bom = bom};
    identify(bom, sorted, count, options);
    describe(bom, sorted, count);
    for (size_t i = 0; i < count; i++)
        merge_part(&merge, sorted[i], i > 0 && compare_parts(&sorted[i - 1], &sorted[i]) == 0);
    wb_merge_settle_owners(&merge);
    wb_merge_clear(&merge);
    free(sorted);
    bool has_epoch;
    int64_t epoch;
    if (!wb_time_source_date_epoch(&has_epoch, &epoch, err))
        return NULL;
    if (has_epoch)
        bom->created = epoch;
    wb_bom_finish(bom);
    return WB_STEAL(bom);
}
