/* SPDX-License-Identifier: Apache-2.0 */
/* What `docker save` writes: `manifest.json` names, for each image, its config and its layers by
 * their names in the archive. Since Docker 25 those are blobs of an OCI layout beside it. */
#include "image/image_set_private.h"

#include <stdlib.h>
#include <string.h>

#define LISTED_MAX ((size_t)20)

struct docker_archive {
    struct wb_image_set *set;
    const struct wb_reference *reference;
    const struct wb_image_options *options;
    json_t *manifest;     /* the array in manifest.json */
    json_t *repositories; /* NULL when there is none */
};

/* One image of manifest.json. */
struct entry {
    const json_t *json;
    const char *config_name;
    const json_t *tags;   /* RepoTags; NULL when there are none */
    const json_t *layers; /* names */
    const char *tag;      /* the one that was asked for, or the first; NULL */
};

static json_t *read_json(struct wb_store *store, const char *name, size_t limit, bool *found,
                         struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!store->read(store, name, limit, &content, found, err) || !*found)
        return NULL;
    json_t *json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL)
        wb_error_context(err, "%s", name);
    return json;
}

static bool read_manifest(struct docker_archive *archive, struct wb_error *err)
{
    struct wb_store *store = archive->set->store;
    bool found;
    archive->manifest = read_json(store, "manifest.json", WB_DOCUMENT_SIZE_MAX, &found, err);
    if (!found)
        return wb_error_set(err, WB_BAD_INPUT, "not an image archive: it has no %s",
                            archive->reference->transport == WB_TRANSPORT_STREAM
                                ? "manifest.json and no oci-layout"
                                : "manifest.json");
    if (archive->manifest == NULL)
        return false;
    if (!json_is_array(archive->manifest) || json_array_size(archive->manifest) == 0)
        return wb_error_set(err, WB_BAD_INPUT, "manifest.json: not a list of images");
    struct wb_error ignored = WB_ERROR_INIT;
    archive->repositories =
        read_json(store, "repositories", WB_DOCUMENT_SIZE_MAX, &found, &ignored);
    return true;
}

static bool all_strings(const json_t *array)
{
    size_t i;
    const json_t *one;
    json_array_foreach(array, i, one)
    {
        if (!json_is_string(one))
            return false;
    }
    return true;
}

static bool read_entry(const json_t *json, struct entry *entry, struct wb_error *err)
{
    *entry = (struct entry){
        .json = json,
        .config_name = wb_json_string_of(json, "Config"),
        .tags = wb_json_array_of(json, "RepoTags"),
        .layers = wb_json_array_of(json, "Layers"),
    };
    if (entry->config_name == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "manifest.json: an image without `Config`");
    if (!all_strings(entry->tags) || !all_strings(entry->layers))
        return wb_error_set(err, WB_BAD_INPUT, "manifest.json: a name is not a string");
    entry->tag = json_string_value(json_array_get(entry->tags, 0));
    return true;
}

/* ---- which image ---- */

static const char *basename_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

/* `name` stands for `name:latest`, and for the same name below any registry. */
static bool tag_matches(const char *tag, const char *wanted)
{
    WB_AUTO_STRING latest = strchr(basename_of(wanted), ':') == NULL
                                ? wb_string_format("%s:latest", wanted)
                                : wb_string_copy(wanted);
    size_t tag_size = strlen(tag), size = strlen(latest);
    return strcmp(tag, latest) == 0 || (tag_size > size && tag[tag_size - size - 1] == '/' &&
                                        strcmp(tag + tag_size - size, latest) == 0);
}

static const char *find_tag(const struct entry *entry, const char *wanted)
{
    size_t i;
    const json_t *one;
    json_array_foreach(entry->tags, i, one)
    {
        if (tag_matches(json_string_value(one), wanted))
            return json_string_value(one);
    }
    return NULL;
}

static void list_tags(const struct entry *entries, size_t count, struct wb_buffer *list)
{
    size_t listed = 0;
    for (size_t i = 0; i < count; i++) {
        size_t j;
        const json_t *one;
        json_array_foreach(entries[i].tags, j, one)
        {
            if (listed == LISTED_MAX)
                return;
            wb_buffer_append_format(list, "%s%.100s", listed++ == 0 ? "" : ", ",
                                    json_string_value(one));
        }
    }
    if (listed == 0)
        wb_buffer_append_text(list, "none");
}

/* Leaves the entries that are meant: those with the tag, or, without one, all when they are the
 * same image for several platforms. */
static bool select_entries(const struct docker_archive *archive, struct entry *entries,
                           size_t *count, struct wb_error *err)
{
    const char *wanted = archive->reference->tag;
    WB_AUTO_VALUE(wb_buffer) list = {0};
    list_tags(entries, *count, &list);
    if (wanted == NULL) {
        for (size_t i = 1; i < *count; i++)
            if (entries[0].tag == NULL || entries[i].tag == NULL ||
                strcmp(entries[i].tag, entries[0].tag) != 0)
                return wb_error_set(err, WB_BAD_INPUT,
                                    "there are several images: add one of the names %s",
                                    (const char *)list.data);
        return true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        entries[i].tag = find_tag(&entries[i], wanted);
        if (entries[i].tag != NULL)
            entries[kept++] = entries[i];
    }
    *count = kept;
    return kept > 0 || wb_error_set(err, WB_BAD_INPUT, "no image is named `%s`; there is %s",
                                    wanted, (const char *)list.data);
}

/* ---- one image ---- */

/* The digest that a config's name promises: a blob's, or `<hex>.json` of the older layout. */
static bool promised_digest(const char *name, struct wb_digest *digest)
{
    if (wb_blob_name_digest(name, digest))
        return true;
    size_t size = strlen(name);
    if (wb_text_starts_with(name, "sha256:"))
        return wb_digest_parse(name, digest, NULL);
    if (size < 64 || (size > 64 && strcmp(name + 64, ".json") != 0))
        return false;
    WB_AUTO_STRING text = wb_string_format("sha256:%.64s", name);
    return wb_digest_parse(text, digest, NULL);
}

static json_t *read_config(struct wb_image_set *set, const struct entry *entry,
                           const char **config_digest, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    struct wb_digest digest, promised;
    char text[WB_DIGEST_TEXT_SIZE];
    bool found;
    const char *name = entry->config_name;
    if (!set->store->read(set->store, name, WB_CONFIG_SIZE_MAX, &content, &found, err))
        return NULL;
    if (!found) {
        wb_error_set(err, WB_BAD_INPUT, "the config %.200s is not in the archive", name);
        return NULL;
    }
    bool is_promised = promised_digest(name, &promised);
    if (!wb_digest_bytes(is_promised ? promised.algorithm : WB_DIGEST_SHA256,
                         wb_buffer_bytes(&content), &digest, err))
        return NULL;
    *config_digest = wb_arena_copy(set->arena, wb_digest_format(&digest, text));
    if (is_promised && !wb_digest_equal(&digest, &promised)) {
        wb_error_set(err, WB_BAD_INPUT,
                     "the config %.200s does not match its name: its digest is %s", name, text);
        return NULL;
    }
    json_t *json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL)
        wb_error_context(err, "config %.200s", name);
    return json;
}

/* Docker 25 and later say of each layer, by its diffID, what its blob is. */
static const char *stated_media_type(const struct entry *entry, const char *diff_id)
{
    const json_t *sources = wb_json_object_of(entry->json, "LayerSources");
    return wb_json_string_of(json_object_get(sources, diff_id), "mediaType");
}

static bool find_layer(struct wb_image_set *set, const struct entry *entry, struct wb_image *image,
                       size_t index, struct wb_error *err)
{
    const char *name = json_string_value(json_array_get(entry->layers, index));
    struct wb_layer_place *place = &image->places[index];
    struct wb_layer_descriptor *layer = &image->description.layers[index];
    char text[WB_DIGEST_TEXT_SIZE], label[64];
    bool found = false;
    place->has_blob_digest = wb_blob_name_digest(name, &place->blob_digest);
    if (place->has_blob_digest)
        layer->digest = wb_arena_copy(set->arena, wb_digest_format(&place->blob_digest, text));
    layer->media_type = wb_arena_copy(set->arena, stated_media_type(entry, layer->diff_id));
    bool good = set->store->find(set->store, name, place, &found, err);
    if (good && !found)
        good = wb_error_set(err, WB_BAD_INPUT, "%.200s is not in the archive", name);
    layer->size = good ? (int64_t)place->size : -1;
    if (good && wb_layer_check_record(place, err))
        return true;
    return wb_error_context(
        err, "%s",
        wb_layer_label(index, layer->digest == NULL ? layer->diff_id : layer->digest, label));
}

static struct wb_image *open_entry(struct wb_image_set *set, const struct entry *entry,
                                   struct wb_error *err)
{
    struct wb_image *image = wb_image_new(set, json_array_size(entry->layers));
    WB_AUTO_JSON config = read_config(set, entry, &image->description.config_digest, err);
    if (config == NULL)
        return NULL;
    if (!wb_config_describe(set, image, config, err)) {
        wb_error_context(err, "config %.200s", entry->config_name);
        return NULL;
    }
    if (!wb_config_layers(set, image, config, err))
        return NULL;
    for (size_t i = 0; i < image->description.layer_count; i++)
        if (!find_layer(set, entry, image, i, err))
            return NULL;
    return image;
}

static bool read_platform(struct wb_image_set *set, const struct entry *entry,
                          struct wb_platform *platform, struct wb_error *err)
{
    const char *digest;
    WB_AUTO_JSON config = read_config(set, entry, &digest, err);
    if (config == NULL)
        return false;
    return wb_platform_read(config, platform, err) ||
           wb_error_context(err, "config %.200s", entry->config_name);
}

/* ---- names ---- */

/* Archives of images that were saved by ID have no tags in manifest.json; older ones may name the
 * highest layer's ID in `repositories` all the same. */
static struct wb_image_name name_from_repositories(const struct docker_archive *archive,
                                                   const struct entry *entry)
{
    struct wb_image_name name = {0};
    size_t layers = json_array_size(entry->layers);
    const char *top =
        layers == 0 ? NULL : json_string_value(json_array_get(entry->layers, layers - 1));
    if (top == NULL || !json_is_object(archive->repositories))
        return name;
    size_t id_size = strcspn(top, "/");
    const char *repository, *tag;
    json_t *tags, *id;
    json_object_foreach(archive->repositories, repository, tags)
    {
        json_object_foreach(tags, tag, id)
        {
            const char *text = json_string_value(id);
            if (text == NULL || strlen(text) != id_size || strncmp(text, top, id_size) != 0)
                continue;
            name = wb_image_name_split(archive->set->arena, repository);
            name.tag = wb_utf8_escape(archive->set->arena, tag, strlen(tag));
            return name;
        }
    }
    return name;
}

static bool open_entries(const struct docker_archive *archive, const struct entry *entries,
                         size_t count, const bool *chosen, struct wb_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!chosen[i])
            continue;
        struct wb_image *image = open_entry(archive->set, &entries[i], err);
        if (image == NULL)
            return count > 1 && wb_error_context(err, "image %.200s", entries[i].config_name);
        struct wb_image_name name = entries[i].tag == NULL
                                        ? name_from_repositories(archive, &entries[i])
                                        : wb_image_name_split(archive->set->arena, entries[i].tag);
        wb_image_name_apply(image, archive->reference, &name);
        wb_image_set_add(archive->set, image);
    }
    return true;
}

/* ---- opening ---- */

static bool choose(const struct docker_archive *archive, const struct entry *entries, size_t count,
                   bool *chosen, struct wb_error *err)
{
    if (count == 1 && archive->options->platform == NULL) {
        chosen[0] = true;
        return true;
    }
    struct wb_platform *offers = wb_allocate_array(count, sizeof *offers);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = read_platform(archive->set, &entries[i], &offers[i], err);
    good = good && wb_platform_choose(offers, count, archive->options, chosen, err);
    free(offers);
    return good;
}

static bool open_archive(const struct docker_archive *archive, struct entry *entries, bool *chosen,
                         struct wb_error *err)
{
    size_t count = 0, i;
    const json_t *json;
    json_array_foreach(archive->manifest, i, json)
    {
        if (!read_entry(json, &entries[count++], err))
            return false;
    }
    return select_entries(archive, entries, &count, err) &&
           choose(archive, entries, count, chosen, err) &&
           open_entries(archive, entries, count, chosen, err);
}

bool wb_docker_archive_open(struct wb_image_set *set, const struct wb_reference *reference,
                            const struct wb_image_options *options, struct wb_error *err)
{
    struct docker_archive archive = {.set = set, .reference = reference, .options = options};
    bool good = read_manifest(&archive, err);
    if (good) {
        size_t count = json_array_size(archive.manifest);
        struct entry *entries = wb_allocate_array(count, sizeof *entries);
        bool *chosen = wb_allocate_array(count, sizeof *chosen);
        good = open_archive(&archive, entries, chosen, err);
        free(entries);
        free(chosen);
    }
    json_decref(archive.manifest);
    json_decref(archive.repositories);
    return good;
}
