/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching in cosign's older form: one image tagged after the digest it belongs to, one layer for
 * each signature (cosign SIGNATURE_SPEC.md "Storage"). */
#include "sign/sign_private.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_MEDIA_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_MEDIA_TYPE "application/vnd.oci.image.config.v1+json"
#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define LAYERS_MAX 1000
#define REF_NAME "org.opencontainers.image.ref.name"
#define KIND "kind"

/* The image that already carries this target's layers: by its tag, or, in a layout that cosign
 * saved, by its kind, which is meant for the only image there. */
static const struct wb_descriptor *find_carrier(const struct wb_layout *layout,
                                                const struct wb_digest *target, const char *tag,
                                                const char *suffix)
{
    const struct wb_descriptor *named = wb_layout_find_name(layout, tag);
    if (named != NULL)
        return named;
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    const struct wb_descriptor *found = NULL;
    size_t images = 0, others = 0;
    for (size_t i = 0; i < count; i++) {
        const char *kind = wb_descriptor_annotation(&entries[i], KIND);
        if (kind == NULL)
            continue;
        if (strcmp(kind, wb_attached_kind(suffix)) == 0 &&
            wb_descriptor_annotation(&entries[i], REF_NAME) == NULL)
            found = &entries[i];
        else if (!wb_text_starts_with(kind, "dev.cosignproject.cosign/image"))
            continue;
        else if (wb_digest_equal(&entries[i].digest, target))
            images++;
        else
            others++;
    }
    return images == 1 && others == 0 ? found : NULL;
}

static json_t *read_layers(struct wb_layout *layout, const struct wb_descriptor *carrier,
                           struct wb_error *err)
{
    if (carrier == NULL)
        return json_array();
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(layout, &carrier->digest, MANIFEST_SIZE_MAX, &content, err))
        return NULL;
    WB_AUTO_JSON manifest = wb_json_parse(wb_buffer_bytes(&content), err);
    if (manifest == NULL)
        return NULL;
    json_t *layers = wb_json_array_of(manifest, "layers");
    if (layers == NULL || json_array_size(layers) >= LAYERS_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "the signatures that are there already: %s",
                     layers == NULL ? "not an image manifest" : "too many");
        return NULL;
    }
    return json_incref(layers);
}

static bool same_layer(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "digest"), json_object_get(b, "digest")) &&
           json_equal(json_object_get(a, "annotations"), json_object_get(b, "annotations"));
}

/* A key whose signatures are always the same would add the same layer again. */
static bool append_layer(json_t *layers, json_t *layer)
{
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (same_layer(json_array_get(layers, i), layer))
            return true;
    return json_array_append(layers, layer) == 0;
}

static json_t *make_layer(const char *media_type, const struct wb_digest *digest, size_t size,
                          const struct wb_name_value *annotations, size_t count)
{
    char text[WB_DIGEST_TEXT_SIZE];
    json_t *layer = json_pack("{s:s, s:I, s:s}", "mediaType", media_type, "size", (json_int_t)size,
                              "digest", wb_digest_format(digest, text));
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(object, annotations[i].name, json_string(annotations[i].value));
    json_object_set_new(layer, "annotations", object);
    return layer;
}

/* cosign's config: nothing but the layers' digests, which are their diffIDs too. */
static void write_config(const json_t *layers, struct wb_buffer *json)
{
    size_t count = json_array_size(layers);
    wb_buffer_append_text(json, "{\"architecture\":\"\",\"created\":\"0001-01-01T00:00:00Z\","
                                "\"history\":[");
    for (size_t i = 0; i < count; i++)
        wb_buffer_append_text(json, i == 0 ? "{\"created\":\"0001-01-01T00:00:00Z\"}"
                                           : ",{\"created\":\"0001-01-01T00:00:00Z\"}");
    wb_buffer_append_text(json, "],\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
    for (size_t i = 0; i < count; i++) {
        const char *digest = wb_json_string_of(json_array_get(layers, i), "digest");
        if (i > 0)
            wb_buffer_append_text(json, ",");
        wb_buffer_append_json_string(json, digest == NULL ? "" : digest);
    }
    wb_buffer_append_text(json, "]},\"config\":{}}");
}

static bool write_manifest(struct wb_layout *layout, const json_t *layers,
                           struct wb_descriptor *entry, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) config = {0};
    struct wb_digest config_digest;
    write_config(layers, &config);
    if (!wb_layout_add_blob(layout, wb_buffer_bytes(&config), &config_digest, err))
        return false;
    WB_AUTO_STRING layer_text = json_dumps(layers, JSON_COMPACT);
    if (layer_text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the signatures that are there already: no JSON");
    char text[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_buffer_append_format(&json,
                            "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_MEDIA_TYPE
                            "\",\"config\":{\"mediaType\":\"" CONFIG_MEDIA_TYPE
                            "\",\"size\":%zu,\"digest\":\"%s\"},\"layers\":",
                            config.size, wb_digest_format(&config_digest, text));
    wb_buffer_append_text(&json, layer_text);
    wb_buffer_append_text(&json, "}");
    entry->media_type = MANIFEST_MEDIA_TYPE;
    entry->size = (int64_t)json.size;
    return wb_layout_add_blob(layout, wb_buffer_bytes(&json), &entry->digest, err);
}

/* Puts the image with these layers in the place of the one it grew out of. */
static bool put_carrier(struct wb_layout *layout, const struct wb_descriptor *carrier,
                        const char *suffix, const char *tag, const json_t *layers,
                        struct wb_error *err)
{
    struct wb_name_value annotations[] = {{KIND, wb_attached_kind(suffix)}, {REF_NAME, tag}};
    struct wb_descriptor entry = {.annotations = annotations, .annotation_count = 2};
    if (!write_manifest(layout, layers, &entry, err))
        return false;
    /* With a tag it gives way by that tag, without one here. */
    if (carrier != NULL && wb_descriptor_annotation(carrier, REF_NAME) == NULL) {
        struct wb_digest old = carrier->digest;
        wb_layout_remove_entries(layout, &old);
    }
    return wb_layout_put_entry(layout, &entry, err);
}

bool wb_attach_layer(struct wb_layout *layout, const struct wb_descriptor *target,
                     const char *suffix, const char *media_type, struct wb_bytes content,
                     const struct wb_name_value *annotations, size_t annotation_count,
                     struct wb_error *err)
{
    char tag[160];
    wb_attached_tag(&target->digest, suffix, tag);
    const struct wb_descriptor *carrier = find_carrier(layout, &target->digest, tag, suffix);
    WB_AUTO_JSON layers = read_layers(layout, carrier, err);
    struct wb_digest digest;
    if (layers == NULL || !wb_layout_add_blob(layout, content, &digest, err) ||
        !wb_mark_image(layout, target, err))
        return false;
    WB_AUTO_JSON layer =
        make_layer(media_type, &digest, content.size, annotations, annotation_count);
    if (!append_layer(layers, layer))
        wb_out_of_memory(0);
    return put_carrier(layout, carrier, suffix, tag, layers, err);
}

bool wb_annotate_layer(struct wb_layout *layout, const struct wb_descriptor *target,
                       const char *suffix, size_t layer_index,
                       const struct wb_name_value *annotation, struct wb_error *err)
{
    char tag[160];
    wb_attached_tag(&target->digest, suffix, tag);
    const struct wb_descriptor *carrier = find_carrier(layout, &target->digest, tag, suffix);
    WB_AUTO_JSON layers = read_layers(layout, carrier, err);
    json_t *layer = json_array_get(layers, layer_index);
    if (layer == NULL)
        return layers != NULL && wb_error_set(err, WB_BAD_INPUT, "%s: no such layer", tag);
    json_t *all = wb_json_object_of(layer, "annotations");
    if (all == NULL)
        json_object_set_new(layer, "annotations", all = json_object());
    json_object_set_new(all, annotation->name, json_string(annotation->value));
    return put_carrier(layout, carrier, suffix, tag, layers, err);
}
