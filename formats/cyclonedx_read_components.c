/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: packages and files read from components. */
#include "formats/cyclonedx.h"

#include <string.h>

#define PATH "/components/*"

static const char *property_of(const json_t *component, const char *name)
{
    size_t i;
    const json_t *property;
    json_array_foreach(wb_json_array_of(component, "properties"), i, property)
    {
        const char *found = wb_json_string_of(property, "name");
        if (found != NULL && strcmp(found, name) == 0)
            return wb_json_string_of(property, "value");
    }
    return NULL;
}

static void add_pending(struct wb_cyclonedx_reading *reading, struct wb_package *from,
                        struct wb_file *file, const char *ref, enum wb_relation_kind kind)
{
    struct wb_cyclonedx_pending pending = {ref, from, file, kind};
    WB_APPEND(reading->pending, reading->pending_count, reading->pending_capacity, pending);
}

/* ---- files ---- */

static void read_file_hash(struct wb_cyclonedx_reading *reading, struct wb_file *file,
                           const json_t *hash)
{
    struct wb_digest digest;
    if (!wb_field_digest_of(wb_json_string_of(hash, "alg"), wb_json_string_of(hash, "content"),
                            &digest) ||
        !wb_file_digest_read(reading->bom, file, &digest))
        wb_bom_add_loss(reading->bom, PATH "/hashes/*");
}

static void read_file_property(struct wb_cyclonedx_reading *reading, struct wb_file *file,
                               const json_t *property)
{
    const char *name = wb_json_string_of(property, "name");
    const char *value = wb_json_string_of(property, "value");
    if (name != NULL && value != NULL && strcmp(name, "waybill:file:package") == 0)
        add_pending(reading, NULL, file, value, WB_RELATION_DEPENDS);
    else if (name == NULL || value == NULL || wb_cyclonedx_says_nothing(name, value) ||
             (!wb_file_deployable_property_read(file, name, value) &&
              !wb_file_property_read(reading->bom, file, name, value)))
        wb_bom_add_loss(reading->bom, PATH "/properties/*");
}

static bool has_sha1(const json_t *component)
{
    size_t i;
    const json_t *hash;
    json_array_foreach(wb_json_array_of(component, "hashes"), i, hash)
    {
        const char *algorithm = wb_json_string_of(hash, "alg");
        if (algorithm != NULL && strcmp(algorithm, "SHA-1") == 0)
            return true;
    }
    return false;
}

/* A path and what a file's digests say, as others list the files of an image. Without SHA-1, which
 * SPDX 2 asks of a file, it is kept as the component that it is. */
static bool is_plain_file(const json_t *component)
{
    static const char *const members[] = {"type",   "mime-type",  "bom-ref", "name",
                                          "hashes", "properties", NULL};
    const char *name = wb_json_string_of(component, "name");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)component, key, value)
    {
        size_t i = 0;
        while (members[i] != NULL && strcmp(members[i], key) != 0)
            i++;
        if (members[i] == NULL)
            return false;
    }
    return name != NULL && name[0] == '/' && has_sha1(component) &&
           property_of(component, "waybill:package:type") == NULL;
}

static bool is_file(const json_t *component)
{
    const char *type = wb_json_string_of(component, "type");
    return type != NULL && strcmp(type, "file") == 0 &&
           (property_of(component, "waybill:file:status") != NULL || is_plain_file(component));
}

static void read_file(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    static const char *const kept[] = {"type",   "bom-ref",    "name",       "scope",
                                       "hashes", "properties", "components", NULL};
    struct wb_file *file = wb_bom_new_file(reading->bom);
    const char *path = wb_json_string_of(component, "name");
    size_t i;
    const json_t *one;
    file->path = path == NULL ? NULL : wb_read_line(reading->bom, path);
    wb_cyclonedx_lose_others(reading, PATH, component, kept);
    json_array_foreach(wb_json_array_of(component, "hashes"), i, one)
    {
        read_file_hash(reading, file, one);
    }
    json_array_foreach(wb_json_array_of(component, "properties"), i, one)
    {
        read_file_property(reading, file, one);
    }
    wb_cyclonedx_name(reading, component, WB_CYCLONEDX_TARGET_FILE, NULL);
    if (!wb_bom_list_file(reading->bom, file))
        wb_bom_add_loss(reading->bom, PATH);
}

/* ---- the fields of a package ---- */

/* A single line is the summary; of several the first is, unless the rest says it again. */
static void read_description(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                             const json_t *component)
{
    struct wb_arena *arena = reading->bom->arena;
    const char *text = wb_cyclonedx_text(reading, component, "description");
    if (text == NULL)
        return;
    size_t size = strcspn(text, "\n");
    const char *rest = text[size] == '\0' ? NULL : text + size + 1;
    if (rest != NULL && (*rest == '\0' || size == 0 || strncmp(rest, text, size) == 0)) {
        package->description = text;
        return;
    }
    package->summary = wb_arena_copy_bytes(arena, text, size);
    package->description = rest;
}

static void read_supplier(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                          const json_t *component)
{
    const json_t *object = wb_json_object_of(component, "supplier");
    if (object == NULL)
        return;
    struct wb_party party = wb_cyclonedx_read_party(reading, PATH "/supplier", object);
    package->supplier = party.name;
    package->supplier_is_person = party.is_person;
    if (package->supplier_email == NULL)
        package->supplier_email = party.email;
    if (party.url != NULL)
        wb_cyclonedx_lose(reading, PATH "/supplier", "url", NULL);
}

static void read_hashes(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                        const json_t *component)
{
    size_t i;
    const json_t *hash;
    json_array_foreach(wb_json_array_of(component, "hashes"), i, hash)
    {
        struct wb_digest digest;
        if (wb_field_digest_of(wb_json_string_of(hash, "alg"), wb_json_string_of(hash, "content"),
                               &digest))
            wb_package_add_checksum(package, &digest);
        else
            wb_bom_add_loss(reading->bom, PATH "/hashes/*");
    }
}

/* ---- references ---- */

/* The package's file by the name that its property has too, with digests that are its own. */
static bool is_deployed_file(const json_t *component, const json_t *reference)
{
    const char *url = wb_json_string_of(reference, "url");
    const char *type = wb_json_string_of(reference, "type");
    size_t i;
    const json_t *property;
    if (url == NULL || type == NULL || strcmp(type, "distribution") != 0 ||
        json_object_get(reference, "comment") != NULL ||
        !json_equal(json_object_get(reference, "hashes"), json_object_get(component, "hashes")))
        return false;
    json_array_foreach(wb_json_array_of(component, "properties"), i, property)
    {
        const char *name = wb_json_string_of(property, "name");
        const char *value = wb_json_string_of(property, "value");
        if (name != NULL && value != NULL && strcmp(name, "bsi:component:filename") == 0 &&
            strcmp(value, url) == 0)
            return true;
    }
    return false;
}

static void read_reference(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                           const json_t *reference)
{
    static const char *const kept[] = {"type", "url", "comment", NULL};
    const char *type = wb_cyclonedx_text(reading, reference, "type");
    const char *url = wb_cyclonedx_text(reading, reference, "url");
    const char *comment = wb_cyclonedx_text(reading, reference, "comment");
    /* One that its property could not hold in the end. */
    if (type == NULL || url == NULL || strpbrk(type, " \n") != NULL || strchr(url, '\n') != NULL) {
        wb_bom_add_loss(reading->bom, PATH "/externalReferences/*");
        return;
    }
    wb_cyclonedx_lose_others(reading, PATH "/externalReferences/*", reference, kept);
    if (comment == NULL && package->homepage == NULL && strcmp(type, "website") == 0) {
        package->homepage = url;
    } else if (comment == NULL && package->download_location == NULL &&
               strcmp(type, "distribution") == 0) {
        package->download_location = url;
    } else {
        struct wb_external_reference kept_reference = {
            .category = type, .locator = url, .comment = comment};
        wb_package_add_reference(reading->bom, package, &kept_reference);
    }
}

/* `CATEGORY TYPE LOCATOR`, the comment on lines of its own; `-` stands for no type. */
static bool read_reference_property(struct wb_cyclonedx_reading *reading,
                                    struct wb_package *package, const char *value)
{
    struct wb_arena *arena = reading->arena;
    size_t category = strcspn(value, " \n");
    if (value[category] != ' ')
        return false;
    const char *type_text = value + category + 1;
    size_t type = strcspn(type_text, " \n");
    if (type_text[type] != ' ')
        return false;
    const char *locator = type_text + type + 1;
    size_t size = strcspn(locator, "\n");
    bool no_type = type == 1 && *type_text == '-';
    struct wb_external_reference reference = {
        .category = wb_arena_copy_bytes(arena, value, category),
        .type = no_type ? NULL : wb_arena_copy_bytes(arena, type_text, type),
        .locator = wb_arena_copy_bytes(arena, locator, size),
        .comment = locator[size] == '\0' ? NULL : locator + size + 1,
    };
    wb_package_add_reference(reading->bom, package, &reference);
    return true;
}

/* ---- properties ---- */

static bool read_property(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                          const char *name, const char *value)
{
    static const struct {
        const char *name;
        enum wb_relation_kind kind;
    } edges[] = {
        {"waybill:package:preDependsOn", WB_RELATION_PRE_DEPENDS},
        {"waybill:package:recommended", WB_RELATION_RECOMMENDS},
        {"waybill:package:suggested", WB_RELATION_SUGGESTS},
    };
    struct wb_digest digest;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        if (strcmp(edges[i].name, name) == 0) {
            add_pending(reading, package, NULL, value, edges[i].kind);
            return true;
        }
    if (strcmp(name, "waybill:package:externalReference") == 0)
        return read_reference_property(reading, package, value);
    if (wb_scanner_property_is_known(package, name))
        return true;
    if (strcmp(name, "waybill:package:checksum") != 0)
        return wb_package_property_read(reading->bom, package, name, value);
    if (!wb_field_digest_read(value, &digest))
        return false;
    wb_package_add_checksum(package, &digest);
    return true;
}

static void read_properties(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                            const json_t *component)
{
    size_t i;
    const json_t *property;
    json_array_foreach(wb_json_array_of(component, "properties"), i, property)
    {
        const char *name = wb_json_string_of(property, "name");
        const char *value = wb_json_string_of(property, "value");
        if (name == NULL || wb_cyclonedx_says_nothing(name, value) ||
            !read_property(reading, package, name, value == NULL ? "" : value))
            wb_bom_add_loss(reading->bom, PATH "/properties/*");
    }
}

/* ---- packages ---- */

/* The kind goes first: relations and versions are read by it. */
static void read_identity(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                          const json_t *component)
{
    const char *purl = wb_cyclonedx_text(reading, component, "purl");
    const char *cpe = wb_cyclonedx_text(reading, component, "cpe");
    package->name = wb_cyclonedx_text(reading, component, "name");
    if (cpe != NULL)
        wb_package_add_cpe(reading->bom, package, cpe);
    read_properties(reading, package, component);
    wb_package_evr_read(reading->bom, package, wb_cyclonedx_text(reading, component, "version"));
    if (purl == NULL) {
        if (json_object_get(component, "group") != NULL)
            wb_cyclonedx_lose(reading, PATH, "group", NULL);
    } else if (!wb_package_purl_read(reading->bom, package, purl)) {
        wb_cyclonedx_lose(reading, PATH, "purl", NULL);
    }
}

/* What says less than other members, or what only some values can say. */
static void read_standing(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                          const json_t *component)
{
    bool present =
        package->state != WB_STATE_NOT_INSTALLED && package->state != WB_STATE_CONFIG_FILES;
    const char *scope = wb_json_string_of(component, "scope");
    const char *type = wb_cyclonedx_text(reading, component, "type");
    if (scope != NULL && strcmp(scope, present ? "required" : "excluded") != 0)
        wb_cyclonedx_lose(reading, PATH, "scope", NULL);
    if (package->kind == WB_PACKAGE_OTHER) {
        if (package->component_type == NULL)
            package->component_type = type;
    } else if (type != NULL && strcmp(type, "library") != 0) {
        wb_cyclonedx_lose(reading, PATH, "type", NULL);
    }
    if (!reading->ours && json_object_get(component, "evidence") != NULL)
        wb_cyclonedx_lose(reading, PATH, "evidence", NULL);
}

static void read_package(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    static const char *const kept[] = {
        "type",       "bom-ref",    "supplier",    "publisher", "group",
        "name",       "version",    "description", "scope",     "hashes",
        "licenses",   "copyright",  "cpe",         "purl",      "externalReferences",
        "properties", "components", "evidence",    NULL};
    struct wb_package *package = wb_bom_new_package(reading->bom, WB_PACKAGE_OTHER);
    size_t i;
    const json_t *one;
    wb_cyclonedx_lose_others(reading, PATH, component, kept);
    read_identity(reading, package, component);
    read_supplier(reading, package, component);
    if (package->packager == NULL)
        package->packager = wb_cyclonedx_text(reading, component, "publisher");
    read_description(reading, package, component);
    read_hashes(reading, package, component);
    wb_cyclonedx_read_licences(reading, package, wb_json_array_of(component, "licenses"));
    const char *copyright = wb_cyclonedx_text(reading, component, "copyright");
    if (copyright != NULL)
        package->copyright = copyright;
    json_array_foreach(wb_json_array_of(component, "externalReferences"), i, one)
    {
        if (!is_deployed_file(component, one))
            read_reference(reading, package, one);
    }
    read_standing(reading, package, component);
    if (wb_bom_list_package(reading->bom, package))
        wb_cyclonedx_name(reading, component, WB_CYCLONEDX_TARGET_PACKAGE, package);
    else
        wb_bom_add_loss(reading->bom, PATH);
}

/* ---- the list ---- */

static void read_component(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    const char *type = wb_json_string_of(component, "type");
    if (is_file(component))
        read_file(reading, component);
    else if (type != NULL && strcmp(type, "operating-system") == 0 && !reading->has_system)
        wb_cyclonedx_read_system(reading, component);
    else
        read_package(reading, component);
}

void wb_cyclonedx_read_components(struct wb_cyclonedx_reading *reading, const json_t *list)
{
    size_t i;
    const json_t *component;
    json_array_foreach(list, i, component)
    {
        if (!json_is_object(component)) {
            wb_bom_add_loss(reading->bom, PATH);
            continue;
        }
        read_component(reading, component);
        /* All are kept; that one is part of another is not. */
        const json_t *inside = wb_json_array_of(component, "components");
        if (json_array_size(inside) > 0)
            wb_cyclonedx_lose(reading, PATH, "components", NULL);
        wb_cyclonedx_read_components(reading, inside);
    }
}
