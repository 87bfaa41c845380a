/* SPDX-License-Identifier: Apache-2.0 */
/* What package_properties.c writes of packages, read back. */
#include "formats/formats_private.h"

#include <stddef.h>
#include <string.h>

#define LAYER_MAX 1000000

/* ---- relations ---- */

/* A trailing ` (>= 1.2)`: where it begins, else the end. */
static const char *find_version(const char *text, const char *end)
{
    if (end - text < 6 || end[-1] != ')')
        return end;
    const char *open = memrchr(text, '(', (size_t)(end - text));
    if (open == NULL || open <= text || open[-1] != ' ' || strchr("<=>", open[1]) == NULL)
        return end;
    size_t size = strspn(open + 1, "<=>");
    return size <= 2 && open[1 + size] == ' ' && open + 2 + size < end - 1 ? open - 1 : end;
}

static void add_relation(struct wb_bom *bom, struct wb_package *package, enum wb_relation_kind kind,
                         unsigned group, const char *text, const char *end)
{
    const char *version = find_version(text, end);
    const char *name_end = version;
    /* rpm's names have colons of their own. */
    const char *colon =
        package->kind == WB_PACKAGE_DEB ? memrchr(text, ':', (size_t)(version - text)) : NULL;
    if (colon != NULL && colon > text && colon + 1 < version)
        name_end = colon;
    char *name = wb_arena_copy_bytes(bom->arena, text, (size_t)(name_end - text));
    struct wb_relation relation = {.kind = kind, .group = group, .name = name};
    if (name_end != version)
        relation.architecture =
            wb_arena_copy_bytes(bom->arena, name_end + 1, (size_t)(version - name_end - 1));
    if (version != end) {
        const char *comparison = version + 2;
        size_t size = strspn(comparison, "<=>");
        relation.comparison = wb_arena_copy_bytes(bom->arena, comparison, size);
        const char *number = comparison + size + 1;
        relation.version = wb_arena_copy_bytes(bom->arena, number, (size_t)(end - 1 - number));
    }
    WB_APPEND(package->relations, package->relation_count, package->relation_capacity, relation);
}

/* How many bytes of a separator stand at `at`. Only dpkg has alternatives; rich dependencies have
 * their commas, if any, in parentheses. */
static size_t separator(const char *at, size_t depth, bool alternatives)
{
    if (depth > 0)
        return 0;
    if (at[0] == ',' && at[1] == ' ')
        return 2;
    return alternatives && at[0] == ' ' && at[1] == '|' && at[2] == ' ' ? 3 : 0;
}

static void read_relations(struct wb_bom *bom, struct wb_package *package,
                           enum wb_relation_kind kind, const char *text)
{
    unsigned group = package->relation_count == 0
                         ? 0
                         : package->relations[package->relation_count - 1].group + 1;
    const char *start = text;
    size_t depth = 0;
    for (const char *at = text;; at++) {
        size_t size = separator(at, depth, package->kind == WB_PACKAGE_DEB);
        if (size == 0 && *at != '\0') {
            if (*at == '(')
                depth++;
            else if (*at == ')' && depth > 0)
                depth--;
            continue;
        }
        add_relation(bom, package, kind, group, start, at);
        if (*at == '\0')
            return;
        group += size == 2 ? 1 : 0;
        start = at + size;
        at = start - 1;
    }
}

/* ---- single facts ---- */

static bool read_kind(struct wb_package *package, const char *value)
{
    for (int kind = WB_PACKAGE_RPM; kind <= WB_PACKAGE_OTHER; kind++)
        if (strcmp(value, wb_package_kind_name((enum wb_package_kind)kind)) == 0) {
            package->kind = (enum wb_package_kind)kind;
            return true;
        }
    return false;
}

static bool read_state(struct wb_package *package, const char *value)
{
    if (strcmp(value, "removed") == 0) {
        package->state = WB_STATE_NOT_INSTALLED;
        return true;
    }
    for (int state = WB_STATE_INSTALLED; state < WB_STATE_NOT_INSTALLED; state++)
        if (strcmp(value, wb_package_state_name((enum wb_package_state)state)) == 0) {
            package->state = (enum wb_package_state)state;
            return true;
        }
    return false;
}

static bool read_database(const struct wb_bom *bom, struct wb_package *package, const char *value)
{
    for (size_t i = 0; i < bom->database_count; i++)
        if (bom->databases[i].path != NULL && strcmp(bom->databases[i].path, value) == 0) {
            package->database = (int)i;
            return true;
        }
    return false;
}

static bool read_digest(struct wb_digest *digest, enum wb_digest_algorithm algorithm,
                        const char *value)
{
    struct wb_digest read;
    if (!wb_field_digest_read(value, &read) || read.algorithm != algorithm)
        return false;
    *digest = read;
    return true;
}

static bool read_missing(struct wb_bom *bom, struct wb_package *package, const char *name,
                         const char *value)
{
    uint64_t count;
    if (strcmp(name, "missingFile") == 0) {
        WB_APPEND(package->missing_paths, package->missing_path_count,
                  package->missing_path_capacity, wb_read_line(bom, value));
        return true;
    }
    if (strcmp(name, "missingFiles") != 0 || !wb_field_number_read(value, UINT32_MAX, &count))
        return false;
    package->stated_missing_count = (size_t)count;
    return true;
}

/* `depends libfoo (>= 2)`: kind and text. */
static bool read_unmet(struct wb_bom *bom, struct wb_package *package, const char *value)
{
    for (int kind = WB_RELATION_DEPENDS; kind <= WB_RELATION_REPLACES; kind++) {
        const char *name = wb_relation_kind_name((enum wb_relation_kind)kind);
        size_t size = strlen(name);
        if (strncmp(value, name, size) != 0 || value[size] != ' ')
            continue;
        struct wb_unmet_requirement unmet = {
            .package = package,
            .kind = (enum wb_relation_kind)kind,
            .text = wb_arena_copy(bom->arena, value + size + 1),
        };
        WB_APPEND(bom->unmet, bom->unmet_count, bom->unmet_capacity, unmet);
        return true;
    }
    return false;
}

static bool read_relation_property(struct wb_bom *bom, struct wb_package *package, const char *name,
                                   const char *value)
{
    static const struct {
        const char *name;
        enum wb_relation_kind kind;
    } kinds[] = {
        {"depends", WB_RELATION_DEPENDS},         {"preDepends", WB_RELATION_PRE_DEPENDS},
        {"recommends", WB_RELATION_RECOMMENDS},   {"suggests", WB_RELATION_SUGGESTS},
        {"provides", WB_RELATION_PROVIDES},       {"conflicts", WB_RELATION_CONFLICTS},
        {"breaks", WB_RELATION_BREAKS},           {"replaces", WB_RELATION_REPLACES},
        {"supplements", WB_RELATION_SUPPLEMENTS}, {"enhances", WB_RELATION_ENHANCES},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            read_relations(bom, package, kinds[i].kind, value);
            return true;
        }
    return false;
}

static bool read_text(struct wb_bom *bom, struct wb_package *package, const char *name,
                      const char *value)
{
    static const struct {
        const char *name;
        size_t place;
    } texts[] = {
        {"architecture", offsetof(struct wb_package, architecture)},
        {"multiArch", offsetof(struct wb_package, multi_arch)},
        {"componentType", offsetof(struct wb_package, component_type)},
        {"purl", offsetof(struct wb_package, purl)},
        {"sourceName", offsetof(struct wb_package, source_name)},
        {"sourceVersion", offsetof(struct wb_package, source_version)},
        {"sourceRpm", offsetof(struct wb_package, source_rpm)},
        {"supplierContact", offsetof(struct wb_package, supplier_email)},
        {"packager", offsetof(struct wb_package, packager)},
        {"licenceDeclared", offsetof(struct wb_package, licence_declared)},
        {"licenceConcluded", offsetof(struct wb_package, licence_concluded)},
        {"downloadLocation", offsetof(struct wb_package, download_location)},
        {"modularityLabel", offsetof(struct wb_package, modularity_label)},
        {"signatureKey", offsetof(struct wb_package, signature_key_id)},
        {"signature", offsetof(struct wb_package, signature_description)},
        {"section", offsetof(struct wb_package, section)},
        {"priority", offsetof(struct wb_package, priority)},
        {"homepage", offsetof(struct wb_package, homepage)},
        {"summary", offsetof(struct wb_package, summary)},
        {"description", offsetof(struct wb_package, description)},
        {"copyright", offsetof(struct wb_package, copyright)},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].name, name) == 0) {
            const char **text = (const char **)((char *)package + texts[i].place);
            *text = wb_arena_copy(bom->arena, value);
            return true;
        }
    return false;
}

static bool read_number_or_time(struct wb_package *package, const char *name, const char *value)
{
    uint64_t number;
    if (strcmp(name, "installTime") == 0) {
        package->has_install_time = wb_time_parse(value, &package->install_time);
        return package->has_install_time;
    }
    if (strcmp(name, "essential") == 0) {
        package->essential = strcmp(value, "true") == 0;
        return package->essential;
    }
    if (strcmp(name, "installedSize") != 0 || !wb_field_number_read(value, INT64_MAX, &number))
        return false;
    package->installed_size = (int64_t)number;
    return true;
}

/* `CATEGORY TYPE LOCATOR`, the comment on lines of its own; `-` stands for no type. */
static bool read_reference(struct wb_bom *bom, struct wb_package *package, const char *value)
{
    size_t category = strcspn(value, " \n");
    const char *type = value + category + 1;
    size_t type_size = value[category] == ' ' ? strcspn(type, " \n") : 0;
    if (category == 0 || type_size == 0 || type[type_size] != ' ')
        return false;
    const char *locator = type + type_size + 1;
    size_t size = strcspn(locator, "\n");
    bool no_type = type_size == 1 && *type == '-';
    const struct wb_external_reference reference = {
        .category = wb_arena_copy_bytes(bom->arena, value, category),
        .type = no_type ? NULL : wb_arena_copy_bytes(bom->arena, type, type_size),
        .locator = wb_arena_copy_bytes(bom->arena, locator, size),
        .comment = locator[size] == '\0' ? NULL : locator + size + 1,
    };
    wb_package_add_reference(bom, package, &reference);
    return true;
}

static bool read_package_fact(struct wb_bom *bom, struct wb_package *package, const char *name,
                              const char *value)
{
    if (strcmp(name, "type") == 0)
        return read_kind(package, value);
    if (strcmp(name, "state") == 0)
        return read_state(package, value);
    if (strcmp(name, "database") == 0)
        return read_database(bom, package, value);
    if (strcmp(name, "headerDigest") == 0)
        return read_digest(&package->header_sha256, WB_DIGEST_SHA256, value);
    if (strcmp(name, "contentDigest") == 0)
        return read_digest(&package->signature_md5, WB_DIGEST_MD5, value);
    if (strcmp(name, "unmet") == 0)
        return read_unmet(bom, package, value);
    if (strcmp(name, "externalReference") == 0)
        return read_reference(bom, package, value);
    if (strcmp(name, "cpe") == 0) {
        wb_package_add_cpe(bom, package, value);
        return true;
    }
    if (strcmp(name, "version") == 0) {
        wb_package_evr_read(bom, package, value);
        return true;
    }
    return read_text(bom, package, name, value) ||
           read_relation_property(bom, package, name, value) ||
           read_missing(bom, package, name, value) || read_number_or_time(package, name, value);
}

bool wb_layer_property_read(struct wb_layer_span *span, const char *name, const char *value)
{
    static const struct {
        const char *name;
        size_t place;
    } layers[] = {
        {"introduced", offsetof(struct wb_layer_span, introduced)},
        {"changed", offsetof(struct wb_layer_span, changed)},
        {"deleted", offsetof(struct wb_layer_span, deleted)},
    };
    size_t size = strcspn(name, ":");
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        if (strlen(layers[i].name) != size || memcmp(layers[i].name, name, size) != 0)
            continue;
        /* The digests stand with the image's layers, too. */
        if (name[size] == ':')
            return true;
        uint64_t layer;
        if (!wb_field_number_read(value, LAYER_MAX, &layer) || layer == 0)
            return false;
        *(int *)((char *)span + layers[i].place) = (int)layer - 1;
        return true;
    }
    return false;
}

bool wb_package_property_read(struct wb_bom *bom, struct wb_package *package, const char *name,
                              const char *value)
{
    static const char facts[] = "waybill:package:", layers[] = "waybill:layer:";
    if (wb_text_starts_with(name, facts))
        return read_package_fact(bom, package, name + strlen(facts), value);
    if (wb_text_starts_with(name, layers))
        return wb_layer_property_read(&package->span, name + strlen(layers), value);
    if (wb_text_starts_with(name, "waybill:"))
        return false;
    struct wb_name_value property = {wb_arena_copy(bom->arena, name),
                                     wb_arena_copy(bom->arena, value)};
    WB_APPEND(package->properties, package->property_count, package->property_capacity, property);
    return true;
}
