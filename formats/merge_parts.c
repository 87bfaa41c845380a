/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole keeps of each part's own: properties of its image and of what is shared. */
#include "formats/formats_private.h"
#include "formats/merge.h"

#include <string.h>

static void add_property(struct wb_bom *bom, struct wb_package *package, const char *name,
                         const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    struct wb_name_value property = {wb_arena_copy(bom->arena, name),
                                     wb_arena_copy(bom->arena, value)};
    WB_APPEND(package->properties, package->property_count, package->property_capacity, property);
}

/* What the parts say of their images in properties of Waybill's own, these say here. */
void wb_merge_describe_image(struct wb_bom *bom, struct wb_package *package,
                             const struct wb_bom *part)
{
    const struct wb_image_description *image = part->image;
    char platform[100];
    add_property(bom, package, "image:platform", wb_platform_format(&image->platform, platform));
    add_property(bom, package, "image:configDigest", image->config_digest);
    add_property(bom, package, "image:document", part->document_namespace);
    add_property(bom, package, "image:distribution", part->distribution.pretty_name);
    for (size_t i = 0; i < image->label_count; i++) {
        WB_AUTO_STRING name = wb_string_format("image:label:%s", image->labels[i].name);
        add_property(bom, package, name, image->labels[i].value);
    }
    for (size_t i = 0; i < part->layer_count; i++) {
        WB_AUTO_STRING name = wb_string_format("image:layer:%zu", i + 1);
        add_property(bom, package, name,
                     part->layers[i].blob_digest != NULL ? part->layers[i].blob_digest
                                                         : part->layers[i].diff_id);
    }
    for (size_t i = 0; i < part->database_count; i++) {
        const struct wb_database *database = &part->databases[i];
        WB_AUTO_STRING name = wb_string_format("image:database:%zu", i + 1);
        WB_AUTO_STRING value = wb_string_format("%s %zu /%s", database->format,
                                                database->package_count, database->path);
        add_property(bom, package, name, value);
    }
    for (size_t i = 0; i < part->trusted_key_count; i++) {
        WB_AUTO_STRING name = wb_string_format("image:trustedKey:%zu", i + 1);
        add_property(bom, package, name, part->trusted_keys[i].key_id);
    }
}

/* ---- what a shared package is in one image ---- */

const char *wb_merge_part_name(struct wb_arena *arena, const struct wb_bom *part)
{
    if (part->image_purl != NULL)
        return part->image_purl;
    return wb_arena_format(arena, "%s@%s", part->source_name,
                           part->source_version == NULL ? part->content_digest
                                                        : part->source_version);
}

static void add_layer(struct wb_bom *bom, struct wb_package *package, const char *name,
                      const struct wb_bom *part, const char *part_name, int layer)
{
    if (layer < 0 || (size_t)layer >= part->layer_count)
        return;
    const struct wb_layer_information *information = &part->layers[layer];
    const char *digest =
        information->blob_digest != NULL ? information->blob_digest : information->diff_id;
    WB_AUTO_STRING value = wb_string_format(
        "%s %d%s%s", part_name, layer + 1, digest == NULL ? "" : " ", digest == NULL ? "" : digest);
    add_property(bom, package, name, value);
}

void wb_merge_note_part(struct wb_merge *merge, struct wb_package *package,
                        const struct wb_package *own, const struct wb_bom *part,
                        const char *part_name)
{
    struct wb_bom *bom = merge->bom;
    char time[WB_TIME_TEXT_SIZE];
    if (part_name == NULL)
        return;
    add_property(bom, package, "image:part", part_name);
    add_layer(bom, package, "image:deleted", part, part_name, own->span.deleted);
    add_layer(bom, package, "image:introduced", part, part_name, own->span.introduced);
    add_layer(bom, package, "image:changed", part, part_name, own->span.changed);
    if (own->has_install_time) {
        WB_AUTO_STRING value =
            wb_string_format("%s %s", part_name, wb_time_format(own->install_time, time));
        add_property(bom, package, "image:installed", value);
    }
    for (size_t i = 0; i < own->missing_path_count; i++) {
        WB_AUTO_STRING value = wb_string_format("%s %s", part_name, own->missing_paths[i]);
        add_property(bom, package, "image:missing", value);
    }
}
