/* SPDX-License-Identifier: Apache-2.0 */
/* index.json of every volume: it is signed by nobody, so it must say what the inventory says and no
 * word more. */
#include "verify/delivery_private.h"

#include <stdlib.h>
#include <string.h>

#define NAME "org.opencontainers.image.ref.name"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"

bool wb_delivery_is_carrier(const json_t *descriptor)
{
    const char *type = wb_json_string_of(descriptor, "artifactType");
    return type != NULL && strcmp(type, WB_INVENTORY_ARTIFACT_TYPE) == 0;
}

/* ---- reading ---- */

static json_t *read_document(struct wb_delivery_check *check, unsigned volume, const char *name,
                             const char *path, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    bool found;
    struct wb_error failure = WB_ERROR_INIT;
    if (!wb_volumes_document(check->verdict->volumes, volume, name, &content, &found, &failure)) {
        if (failure.status == WB_SYSTEM)
            *err = failure;
        else
            wb_outcome_add(check->outcomes, "E-INDEX", path, "%s", failure.message);
        return NULL;
    }
    if (!found) {
        wb_outcome_add(check->outcomes, "E-INDEX", path, "it has no %s", name);
        return NULL;
    }
    json_t *json = wb_json_parse(wb_buffer_bytes(&content), &failure);
    if (json == NULL)
        wb_outcome_add(check->outcomes, "E-INDEX", path, "%s: %s", name, failure.message);
    return json;
}

static bool is_version(const json_t *json)
{
    const char *version = wb_json_string_of(json, "imageLayoutVersion");
    return version != NULL && strcmp(version, "1.0.0") == 0 && json_object_size(json) == 1;
}

bool wb_delivery_read_indexes(struct wb_delivery_check *check, struct wb_error *err)
{
    size_t count, base_from;
    const struct wb_volume_end *ends = wb_volumes_ends(check->verdict->volumes, &count, &base_from);
    check->indexes = wb_allocate_array(base_from + 1, sizeof *check->indexes);
    check->index_count = base_from;
    for (unsigned i = 0; i < base_from; i++) {
        WB_AUTO_JSON version = read_document(check, i, "oci-layout", ends[i].path, err);
        if (version != NULL && !is_version(version))
            wb_outcome_add(check->outcomes, "E-INDEX", ends[i].path,
                           "oci-layout: not that of an OCI image layout 1.0.0 and nothing else");
        check->indexes[i] = read_document(check, i, "index.json", ends[i].path, err);
        if (check->indexes[i] != NULL && wb_json_array_of(check->indexes[i], "manifests") == NULL) {
            wb_outcome_add(check->outcomes, "E-INDEX", ends[i].path, "index.json: no `manifests`");
            json_decref(check->indexes[i]);
            check->indexes[i] = NULL;
        }
        if (err->status == WB_SYSTEM)
            return false;
    }
    return true;
}

/* ---- comparing ---- */

/* An entry as canonical text, so that two lists can be compared in order. */
struct text_list {
    char **items;
    size_t count, capacity;
};

static void clear_texts(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_texts(struct text_list *list, const json_t *entries, bool without_carriers)
{
    size_t i;
    const json_t *entry;
    json_array_foreach((json_t *)entries, i, entry)
    {
        if (without_carriers && wb_delivery_is_carrier(entry))
            continue;
        char *text = json_dumps(entry, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        if (text == NULL)
            wb_out_of_memory(0);
        WB_APPEND(list->items, list->count, list->capacity, text);
    }
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, compare_texts);
}

/* Name and digest of an entry that only one side has. */
static void report(struct wb_delivery_check *check, const char *path, const char *text,
                   const char *what)
{
    WB_AUTO_JSON entry = json_loads(text, JSON_DECODE_ANY, NULL);
    const char *digest = wb_json_string_of(entry, "digest");
    const char *name = wb_json_string_of(wb_json_object_of(entry, "annotations"), NAME);
    wb_outcome_add(check->outcomes, "E-INDEX", digest == NULL ? path : digest,
                   "index.json of %s %s%s%s", path, what, name == NULL ? "" : ": ",
                   name == NULL ? "" : name);
}

static void compare(struct wb_delivery_check *check, const char *path, const struct text_list *have,
                    const struct text_list *want)
{
    size_t listed = 0, i = 0, j = 0;
    while ((i < have->count || j < want->count) && listed < WB_DELIVERY_LISTED_MAX) {
        int order = i == have->count   ? 1
                    : j == want->count ? -1
                                       : strcmp(have->items[i], want->items[j]);
        if (order == 0) {
            i++;
            j++;
            continue;
        }
        if (order < 0)
            report(check, path, have->items[i++], "lists what the inventory does not list so");
        else
            report(check, path, want->items[j++], "does not list what the inventory lists so");
        listed++;
    }
}

static bool is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* Members that no inventory speaks of could say anything. */
static void check_members(struct wb_delivery_check *check, const json_t *index, const char *path)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)index, key, value)
    {
        bool known = strcmp(key, "schemaVersion") == 0 ? json_integer_value(value) == 2
                     : strcmp(key, "mediaType") == 0   ? is_text(value, INDEX_TYPE)
                                                       : strcmp(key, "manifests") == 0;
        if (!known)
            wb_outcome_add(check->outcomes, "E-INDEX", path,
                           "index.json has a member that nobody signed, or with another value: "
                           "%.60s",
                           key);
    }
}

void wb_delivery_check_indexes(struct wb_delivery_check *check)
{
    size_t count, base_from;
    const struct wb_volume_end *ends = wb_volumes_ends(check->verdict->volumes, &count, &base_from);
    struct text_list want = {0};
    add_texts(&want, check->verdict->inventory->entries, false);
    for (size_t i = 0; i < check->index_count; i++) {
        if (check->indexes[i] == NULL)
            continue;
        struct text_list have = {0};
        add_texts(&have, wb_json_array_of(check->indexes[i], "manifests"), true);
        check_members(check, check->indexes[i], ends[i].path);
        compare(check, ends[i].path, &have, &want);
        clear_texts(&have);
    }
    clear_texts(&want);
}
