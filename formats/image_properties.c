/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the image: its makers, and what the specifications have no field for. */
#include "formats/formats_private.h"
#include "sbom/licence_expression.h"
#include "sbom/licence_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- makers ---- */

static const char *find_value(const struct wb_name_value *values, size_t count, const char *prefix,
                              const char *suffix)
{
    size_t prefix_size = strlen(prefix);
    for (size_t i = 0; i < count; i++)
        if (wb_text_starts_with(values[i].name, prefix) &&
            strcmp(values[i].name + prefix_size, suffix) == 0 && values[i].value != NULL &&
            *values[i].value != '\0')
            return values[i].value;
    return NULL;
}

const char *wb_image_annotation(const struct wb_image_description *image, const char *suffix)
{
    static const char prefix[] = "org.opencontainers.image.";
    const char *value = find_value(image->labels, image->label_count, prefix, suffix);
    return value != NULL ? value
                         : find_value(image->annotations, image->annotation_count, prefix, suffix);
}

struct wb_actor wb_image_author(struct wb_arena *arena, const struct wb_image_description *image)
{
    const char *author = wb_image_annotation(image, "authors");
    if (author == NULL && image->author != NULL && *image->author != '\0')
        author = image->author;
    if (author == NULL)
        author = find_value(image->labels, image->label_count, "maintainer", "");
    return wb_actor_parse(arena, author, true);
}

struct wb_actor wb_image_supplier(struct wb_arena *arena, const struct wb_image_description *image)
{
    const char *vendor = wb_image_annotation(image, "vendor");
    if (vendor == NULL)
        vendor = find_value(image->labels, image->label_count, "vendor", "");
    return vendor == NULL ? wb_image_author(arena, image) : wb_actor_parse(arena, vendor, false);
}

bool wb_distribution_known(const struct wb_distribution *distribution)
{
    return distribution->id != NULL || distribution->name != NULL;
}

/* `cpe:/o:vendor:product` and `cpe:2.3:o:vendor:product`. */
struct wb_actor wb_distribution_supplier(struct wb_arena *arena,
                                         const struct wb_distribution *distribution)
{
    struct wb_actor actor = {.name = distribution->name};
    if (actor.name == NULL)
        actor.name = distribution->id;
    if (wb_field_cpe_type(distribution->cpe_name) == NULL)
        return actor;
    static const char *const prefixes[] = {"cpe:/o:", "cpe:2.3:o:"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (!wb_text_starts_with(distribution->cpe_name, prefixes[i]))
            continue;
        const char *vendor = distribution->cpe_name + strlen(prefixes[i]);
        size_t size = strcspn(vendor, ":");
        if (size > 1 && memchr(vendor, '\\', size) == NULL)
            actor.name = wb_arena_copy_bytes(arena, vendor, size);
    }
    return actor;
}

bool wb_databases_are_whole(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->database_count; i++)
        if (bom->databases[i].unreadable_count > 0)
            return false;
    return true;
}

/* ---- properties ---- */

static void add_named_values(const struct wb_property_sink *sink, const char *what,
                             const struct wb_name_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        WB_AUTO_STRING name = wb_string_format("waybill:image:%s:%s", what, values[i].name);
        /* An empty label is a label all the same. */
        sink->add(sink->context, name, values[i].value == NULL ? "" : values[i].value);
    }
}

void wb_image_properties(const struct wb_property_sink *sink, const struct wb_bom *bom)
{
    const struct wb_image_description *image = bom->image;
    const struct wb_platform *platform = &image->platform;
    if (platform->os[0] != '\0')
        wb_property_format(sink, "waybill:image:platform", "%s/%s%s%s", platform->os,
                           platform->architecture, platform->variant[0] == '\0' ? "" : "/",
                           platform->variant);
    wb_property_add(sink, "waybill:image:manifestDigest", image->manifest_digest);
    wb_property_add(sink, "waybill:image:configDigest", image->config_digest);
    wb_property_add(sink, "waybill:image:indexDigest", image->index_digest);
    if (image->manifest_digest == NULL && image->config_digest == NULL)
        wb_property_add(sink, "waybill:image:recordDigest", bom->content_digest);
    /* A name taken from a path is none of the image's facts: the document would depend on it. */
    if (image->repository != NULL)
        wb_property_add(sink, "waybill:image:name", image->name);
    wb_property_add(sink, "waybill:image:repository", image->repository);
    wb_property_add(sink, "waybill:image:tag", image->tag);
    if (image->has_created)
        wb_property_time(sink, "waybill:image:created", image->created);
    wb_property_add(sink, "waybill:image:author", image->author);
    add_named_values(sink, "label", image->labels, image->label_count);
    add_named_values(sink, "annotation", image->annotations, image->annotation_count);
}

#define NAME_SIZE 64

/* `waybill:image:layer:2:size` */
static const char *numbered(char name[NAME_SIZE], const char *list, size_t index, const char *field)
{
    snprintf(name, NAME_SIZE, "waybill:%s:%zu:%s", list, index + 1, field);
    return name;
}

void wb_layer_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                         size_t index)
{
    static const char list[] = "image:layer";
    const struct wb_layer_information *layer = &bom->layers[index];
    char name[NAME_SIZE];
    wb_property_add(sink, numbered(name, list, index, "digest"), layer->blob_digest);
    wb_property_add(sink, numbered(name, list, index, "diffID"), layer->diff_id);
    wb_property_add(sink, numbered(name, list, index, "mediaType"), layer->media_type);
    if (layer->blob_digest != NULL)
        wb_property_format(sink, numbered(name, list, index, "size"), "%" PRIu64, layer->blob_size);
    if (layer->diff_id != NULL)
        wb_property_format(sink, numbered(name, list, index, "uncompressedSize"), "%" PRIu64,
                           layer->tar_size);
    wb_property_format(sink, numbered(name, list, index, "entries"), "%zu", layer->entry_count);
    wb_property_add(sink, numbered(name, list, index, "createdBy"), layer->created_by);
}

static void add_numbered_span(const struct wb_property_sink *sink, const char *list, size_t index,
                              const struct wb_layer_span *span)
{
    char name[NAME_SIZE];
    if (span->introduced >= 0)
        wb_property_format(sink, numbered(name, list, index, "introducedByLayer"), "%d",
                           span->introduced + 1);
    if (span->changed >= 0)
        wb_property_format(sink, numbered(name, list, index, "changedByLayer"), "%d",
                           span->changed + 1);
    if (span->deleted >= 0)
        wb_property_format(sink, numbered(name, list, index, "deletedByLayer"), "%d",
                           span->deleted + 1);
}

void wb_database_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                            size_t index)
{
    static const char list[] = "database";
    const struct wb_database *database = &bom->databases[index];
    char name[NAME_SIZE];
    wb_property_add(sink, numbered(name, list, index, "path"), database->path);
    wb_property_add(sink, numbered(name, list, index, "format"), database->format);
    wb_property_format(sink, numbered(name, list, index, "packages"), "%zu",
                       database->package_count);
    if (database->unreadable_count > 0)
        wb_property_format(sink, numbered(name, list, index, "unreadable"), "%zu",
                           database->unreadable_count);
    add_numbered_span(sink, list, index, &database->span);
}

void wb_trusted_key_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                               size_t index)
{
    static const char list[] = "trustedKey";
    const struct wb_trusted_key *key = &bom->trusted_keys[index];
    char name[NAME_SIZE];
    wb_property_add(sink, numbered(name, list, index, "id"), key->key_id);
    wb_property_add(sink, numbered(name, list, index, "summary"), key->summary);
    wb_property_add(sink, numbered(name, list, index, "armoured"), key->armoured);
    add_numbered_span(sink, list, index, &key->span);
}

void wb_whole_image_properties(const struct wb_property_sink *sink, const struct wb_bom *bom)
{
    wb_image_properties(sink, bom);
    for (size_t i = 0; i < bom->layer_count; i++)
        wb_layer_properties(sink, bom, i);
    for (size_t i = 0; i < bom->database_count; i++)
        wb_database_properties(sink, bom, i);
    for (size_t i = 0; i < bom->trusted_key_count; i++)
        wb_trusted_key_properties(sink, bom, i);
}

void wb_distribution_properties(const struct wb_property_sink *sink,
                                const struct wb_distribution *distribution)
{
    wb_property_add(sink, "waybill:distribution:id", distribution->id);
    wb_property_add(sink, "waybill:distribution:idLike", distribution->id_like);
    wb_property_add(sink, "waybill:distribution:name", distribution->name);
    wb_property_add(sink, "waybill:distribution:version", distribution->version);
    wb_property_add(sink, "waybill:distribution:versionId", distribution->version_id);
    wb_property_add(sink, "waybill:distribution:versionCodename", distribution->version_codename);
    wb_property_add(sink, "waybill:distribution:variantId", distribution->variant_id);
    wb_property_add(sink, "waybill:distribution:cpeName", distribution->cpe_name);
    wb_property_add(sink, "waybill:distribution:homeUrl", distribution->home_url);
    wb_property_add(sink, "waybill:distribution:supportUrl", distribution->support_url);
    wb_property_add(sink, "waybill:distribution:bugReportUrl", distribution->bug_report_url);
    wb_property_add(sink, "waybill:distribution:path", distribution->path);
}

static const char *selection_name(enum wb_file_selection selection)
{
    switch (selection) {
    case WB_FILES_NONE:
        return "none";
    case WB_FILES_ALL:
        return "all";
    case WB_FILES_UNOWNED:
        break;
    }
    return "unowned";
}

/* Counts and names only, so that it says nothing of the image as a whole, which declares what its
 * label says. */
void wb_licences_text(const struct wb_bom *bom, struct wb_buffer *text)
{
    struct wb_licence_summary summary = {0};
    if (bom->tool_version == NULL)
        return;
    wb_licence_summary_make(bom, &summary);
    if (summary.count > 0)
        wb_buffer_append_text(text, WB_LICENCES_OF_PACKAGES);
    for (size_t i = 0; i < summary.count; i++)
        wb_buffer_append_format(text, "%s%s (%zu)", i == 0 ? "" : ", ", summary.uses[i]->licence,
                                summary.uses[i]->count);
    if (summary.count > 0 && summary.unstated_count > 0)
        wb_buffer_append_format(text, "; not stated (%zu)", summary.unstated_count);
    wb_licence_summary_clear(&summary);
}

void wb_document_properties(const struct wb_property_sink *sink, const struct wb_bom *bom)
{
    wb_property_add(sink, "waybill:document:files", selection_name(bom->file_selection));
    wb_property_format(sink, "waybill:total:packages", "%zu", bom->package_count);
    wb_property_format(sink, "waybill:total:residues", "%zu", bom->residue_count);
    wb_property_format(sink, "waybill:total:removedPackages", "%zu", bom->removed_count);
    wb_property_format(sink, "waybill:total:files", "%zu", bom->total_files);
    wb_property_format(sink, "waybill:total:ownedFiles", "%zu", bom->total_owned);
    wb_property_format(sink, "waybill:total:modifiedFiles", "%zu", bom->total_modified);
    wb_property_format(sink, "waybill:total:unownedFiles", "%zu", bom->total_unowned);
    wb_property_format(sink, "waybill:total:missingFiles", "%zu", bom->total_missing);
    struct wb_licence_summary summary = {0};
    wb_licence_summary_make(bom, &summary);
    wb_property_format(sink, "waybill:total:packagesWithoutLicence", "%zu", summary.unstated_count);
    for (size_t i = 0; i < summary.count; i++) {
        if (!wb_licence_expression_valid(summary.uses[i]->licence))
            continue;
        WB_AUTO_STRING name =
            wb_string_format("waybill:total:licence:%s", summary.uses[i]->licence);
        wb_property_format(sink, name, "%zu", summary.uses[i]->count);
    }
    wb_licence_summary_clear(&summary);
}
