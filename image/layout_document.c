/* SPDX-License-Identifier: Apache-2.0 */
/* The two documents that make a layout, and the names in them (OCI image-spec 1.1,
 * image-layout.md): `oci-layout` and `index.json`. */
#include "image/image_set_private.h"

#include <string.h>

static json_t *read_json(struct wb_store *store, const char *name, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    bool found;
    if (!store->read(store, name, WB_DOCUMENT_SIZE_MAX, &content, &found, err))
        return NULL;
    if (!found) {
        wb_error_set(err, WB_BAD_INPUT, "not an OCI image layout: it has no %s", name);
        return NULL;
    }
    json_t *json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL) {
        wb_error_context(err, "%s", name);
    } else if (!json_is_object(json)) {
        wb_error_set(err, WB_BAD_INPUT, "%s: not a JSON object", name);
        json_decref(json);
        return NULL;
    }
    return json;
}

static bool check_version(struct wb_store *store, struct wb_error *err)
{
    WB_AUTO_JSON json = read_json(store, "oci-layout", err);
    if (json == NULL)
        return false;
    const char *version = wb_json_string_of(json, "imageLayoutVersion");
    if (version == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "oci-layout: no imageLayoutVersion");
    return wb_text_starts_with(version, "1.") ||
           wb_error_set(err, WB_BAD_INPUT, "oci-layout: version %.40s is not supported", version);
}

json_t *wb_layout_index_load(struct wb_store *store, struct wb_error *err)
{
    if (!check_version(store, err))
        return NULL;
    WB_AUTO_JSON json = read_json(store, "index.json", err);
    if (json == NULL)
        return NULL;
    if (!wb_document_schema_version(json, err)) {
        wb_error_context(err, "index.json");
        return NULL;
    }
    if (wb_json_array_of(json, "manifests") == NULL) {
        wb_error_set(err, WB_BAD_INPUT, "index.json: no `manifests`");
        return NULL;
    }
    return WB_STEAL(json);
}

bool wb_layout_tag_matches(const char *name, const char *tag, bool whole)
{
    if (name == NULL)
        return false;
    size_t name_size = strlen(name), tag_size = strlen(tag);
    if (whole)
        return strcmp(name, tag) == 0;
    return name_size > tag_size && name[name_size - tag_size - 1] == ':' &&
           strcmp(name + name_size - tag_size, tag) == 0;
}
