/* SPDX-License-Identifier: Apache-2.0 */
/* Image configs (OCI image-spec 1.1, config.md; Docker's image.v1 has the same members). */
#include "image/image_set_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(struct wb_arena *arena, const json_t *object, const char *key)
{
    const char *text = wb_json_string_of(object, key);
    return text == NULL || text[0] == '\0' ? NULL : wb_arena_copy(arena, text);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The strings of an array, or the names of an object, which stand for a set there. */
static struct wb_string_list strings_of(struct wb_arena *arena, const json_t *object,
                                        const char *key)
{
    json_t *member = json_object_get(object, key);
    size_t count = json_is_object(member) ? json_object_size(member) : json_array_size(member);
    struct wb_string_list list = {.items =
                                      wb_arena_allocate(arena, (count + 1) * sizeof(const char *))};
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach(member, name, value) list.items[list.count++] = wb_arena_copy(arena, name);
    if (list.count > 1)
        qsort(list.items, list.count, sizeof *list.items, compare_texts);
    json_array_foreach(member, i, value) if (json_is_string(value)) list.items[list.count++] =
        wb_arena_copy(arena, json_string_value(value));
    return list;
}

/* `["NONE"]` turns off what a base has, and without a test there is none. */
static bool has_health_check(const json_t *settings)
{
    const json_t *check = wb_json_object_of(settings, "Healthcheck");
    const char *kind = json_string_value(json_array_get(wb_json_array_of(check, "Test"), 0));
    return kind != NULL && strcmp(kind, "NONE") != 0;
}

static void read_settings(struct wb_arena *arena, const json_t *settings,
                          struct wb_image_settings *into)
{
    *into = (struct wb_image_settings){
        .user = text_of(arena, settings, "User"),
        .working_directory = text_of(arena, settings, "WorkingDir"),
        .stop_signal = text_of(arena, settings, "StopSignal"),
        .environment = strings_of(arena, settings, "Env"),
        .entry_point = strings_of(arena, settings, "Entrypoint"),
        .command = strings_of(arena, settings, "Cmd"),
        .exposed_ports = strings_of(arena, settings, "ExposedPorts"),
        .volumes = strings_of(arena, settings, "Volumes"),
        .health_check = strings_of(arena, wb_json_object_of(settings, "Healthcheck"), "Test"),
        .has_health_check = has_health_check(settings),
    };
}

static void read_history(struct wb_arena *arena, const json_t *history,
                         struct wb_image_description *description)
{
    size_t i;
    const json_t *line;
    description->history =
        wb_arena_allocate(arena, (json_array_size(history) + 1) * sizeof *description->history);
    json_array_foreach(history, i, line)
    {
        struct wb_history_line *into = &description->history[description->history_count++];
        const char *created = wb_json_string_of(line, "created");
        into->created_by = text_of(arena, line, "created_by");
        into->comment = text_of(arena, line, "comment");
        into->has_created =
            created != NULL && wb_time_parse(created, &into->created) && into->created >= 0;
        into->layer = -1;
    }
}

bool wb_config_describe(struct wb_image_set *set, struct wb_image *image, const json_t *config,
                        struct wb_error *err)
{
    struct wb_image_description *description = &image->description;
    if (!wb_platform_read(config, &description->platform, err))
        return false;
    const char *created = wb_json_string_of(config, "created");
    /* Go's zero time, year 1, means that none was set. */
    description->has_created = created != NULL && wb_time_parse(created, &description->created) &&
                               description->created >= 0;
    const char *author = wb_json_string_of(config, "author");
    description->author =
        author == NULL || author[0] == '\0' ? NULL : wb_arena_copy(set->arena, author);
    const json_t *settings = wb_json_object_of(config, "config");
    read_settings(set->arena, settings, &description->settings);
    read_history(set->arena, wb_json_array_of(config, "history"), description);
    return wb_name_values_read(set->arena, json_object_get(settings, "Labels"), "Labels",
                               &description->labels, &description->label_count, err);
}

/* ---- layers ---- */

static bool check_count(const struct wb_image *image, size_t stated, struct wb_error *err)
{
    size_t layers = image->description.layer_count;
    if (stated == layers)
        return true;
    char label[64];
    wb_error_set(err, WB_BAD_INPUT, "the config states %zu diffIDs for %zu layers", stated, layers);
    if (stated < layers)
        wb_error_context(err, "%s",
                         wb_layer_label(stated, image->description.layers[stated].digest, label));
    return false;
}

static bool set_diff_id(struct wb_image_set *set, struct wb_image *image, size_t index,
                        const json_t *json, struct wb_error *err)
{
    struct wb_layer_descriptor *layer = &image->description.layers[index];
    const char *text = json_string_value(json);
    char label[64];
    bool good = text != NULL || wb_error_set(err, WB_BAD_INPUT, "its diffID is not a string");
    good = good && wb_digest_parse(text, &image->places[index].diff_id, err);
    if (!good)
        return wb_error_context(err, "%s", wb_layer_label(index, layer->digest, label));
    image->places[index].has_diff_id = true;
    layer->diff_id = wb_arena_copy(set->arena, text);
    return true;
}

/* The history has a line for each layer, and lines for steps that made none. Where the numbers do
 * not agree nobody knows which line is whose. */
static void set_history(struct wb_image *image, const json_t *history)
{
    struct wb_image_description *description = &image->description;
    size_t layers = 0, i;
    const json_t *line;
    json_array_foreach(history, i, line) layers +=
        json_is_true(json_object_get(line, "empty_layer")) ? 0 : 1;
    if (layers != description->layer_count)
        return;
    layers = 0;
    json_array_foreach(history, i, line)
    {
        if (json_is_true(json_object_get(line, "empty_layer")))
            continue;
        description->history[i].layer = (int)layers;
        description->layers[layers].created_by = description->history[i].created_by;
        layers++;
    }
}

bool wb_config_layers(struct wb_image_set *set, struct wb_image *image, const json_t *config,
                      struct wb_error *err)
{
    const json_t *rootfs = wb_json_object_of(config, "rootfs");
    const json_t *diff_ids = wb_json_array_of(rootfs, "diff_ids");
    if (!check_count(image, json_array_size(diff_ids), err))
        return false;
    size_t i;
    const json_t *diff_id;
    json_array_foreach(diff_ids, i, diff_id)
    {
        if (!set_diff_id(set, image, i, diff_id, err))
            return false;
    }
    set_history(image, wb_json_array_of(config, "history"));
    return true;
}

bool wb_layer_check_record(const struct wb_layer_place *place, struct wb_error *err)
{
    char expected[WB_DIGEST_TEXT_SIZE], found[WB_DIGEST_TEXT_SIZE];
    if (place->record == NULL || !place->has_diff_id ||
        wb_digest_equal(&place->record->diff_id, &place->diff_id))
        return true;
    if (place->record->diff_id.algorithm != place->diff_id.algorithm)
        return wb_error_set(err, WB_BAD_INPUT,
                            "its diffID is a %s digest, which can only be checked in an archive "
                            "that is an uncompressed file",
                            wb_digest_name(place->diff_id.algorithm));
    return wb_error_set(err, WB_BAD_INPUT, "diffID does not match: expected %s, found %s",
                        wb_digest_format(&place->diff_id, expected),
                        wb_digest_format(&place->record->diff_id, found));
}
