/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.6 as JSON: the image, the operating system, packages and files as components. */
#include "formats/formats_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_SIZE_MAX 1024 /* the schema's limit */

/* ---- fields ---- */

static void add_property(void *context, const char *name, const char *value)
{
    struct wb_json_writer *json = context;
    wb_json_begin_object(json);
    wb_json_member(json, "name", name);
    wb_json_member(json, "value", value);
    wb_json_end_object(json);
}

struct wb_property_sink wb_cyclonedx_property_sink(struct wb_json_writer *json)
{
    return (struct wb_property_sink){.add = add_property, .context = json};
}

/* The schema's organizationalContact, as the only one of a list. */
static void write_contact(struct wb_json_writer *json, const char *key,
                          const struct wb_actor *actor)
{
    wb_json_key(json, key);
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_json_member(json, "name", actor->name);
    wb_json_member(json, "email", actor->email);
    wb_json_end_object(json);
    wb_json_end_array(json);
}

void wb_cyclonedx_actor(struct wb_json_writer *json, const char *key, const struct wb_actor *actor)
{
    if (actor->name == NULL)
        return;
    wb_json_key(json, key);
    wb_json_begin_object(json);
    wb_json_member(json, "name", actor->name);
    if (actor->email != NULL)
        write_contact(json, "contact", actor);
    wb_json_end_object(json);
}

static void write_hash(struct wb_json_writer *json, const char *algorithm, const char *hex)
{
    wb_json_begin_object(json);
    wb_json_member(json, "alg", algorithm);
    wb_json_member(json, "content", hex);
    wb_json_end_object(json);
}

static void write_digest(struct wb_json_writer *json, const char *digest)
{
    enum wb_digest_algorithm algorithm;
    const char *hex = wb_field_digest_hex(digest, &algorithm);
    if (hex == NULL || wb_field_cyclonedx_algorithm(algorithm) == NULL)
        return;
    wb_json_key(json, "hashes");
    wb_json_begin_array(json);
    write_hash(json, wb_field_cyclonedx_algorithm(algorithm), hex);
    wb_json_end_array(json);
}

struct link {
    const char *type;
    const char *url;
};

/* Only what the schema takes for an IRI; callers keep the rest as a property. */
static void write_links(struct wb_json_writer *json, const struct link *links, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!wb_field_is_iri(links[i].url))
            continue;
        if (!any) {
            wb_json_key(json, "externalReferences");
            wb_json_begin_array(json);
            any = true;
        }
        wb_json_begin_object(json);
        wb_json_member(json, "type", links[i].type);
        wb_json_member(json, "url", links[i].url);
        wb_json_end_object(json);
    }
    if (any)
        wb_json_end_array(json);
}

static void write_version(struct wb_json_writer *json, const char *version)
{
    if (version != NULL && strlen(version) <= VERSION_SIZE_MAX)
        wb_json_member(json, "version", version);
}

/* ---- the image ---- */

static void write_image_properties(struct wb_json_writer *json, const struct wb_bom *bom)
{
    struct wb_property_sink sink = wb_cyclonedx_property_sink(json);
    wb_json_key(json, "properties");
    wb_json_begin_array(json);
    wb_image_properties(&sink, bom);
    for (size_t i = 0; i < bom->layer_count; i++)
        wb_layer_properties(&sink, bom, i);
    for (size_t i = 0; i < bom->database_count; i++)
        wb_database_properties(&sink, bom, i);
    for (size_t i = 0; i < bom->trusted_key_count; i++)
        wb_trusted_key_properties(&sink, bom, i);
    wb_json_end_array(json);
}

void wb_cyclonedx_image(struct wb_json_writer *json, const struct wb_bom *bom)
{
    const struct wb_image_description *image = bom->image;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_actor supplier = wb_image_supplier(arena, image);
    struct wb_actor author = wb_image_author(arena, image);
    wb_json_begin_object(json);
    wb_json_member(json, "type", "container");
    wb_json_member(json, "bom-ref", WB_CYCLONEDX_IMAGE);
    wb_cyclonedx_actor(json, "supplier", &supplier);
    if (author.name != NULL)
        write_contact(json, "authors", &author);
    wb_json_key(json, "name");
    wb_json_string(json, bom->source_name);
    write_version(json, bom->source_version);
    const char *description = wb_image_annotation(image, "description");
    wb_json_member(json, "description",
                   description != NULL ? description : wb_image_annotation(image, "title"));
    write_digest(json,
                 image->manifest_digest != NULL ? image->manifest_digest : image->config_digest);
    wb_json_member(json, "purl", bom->image_purl);
    const struct link links[] = {
        {"website", wb_image_annotation(image, "url")},
        {"vcs", wb_image_annotation(image, "source")},
        {"documentation", wb_image_annotation(image, "documentation")},
    };
    write_links(json, links, sizeof links / sizeof links[0]);
    write_image_properties(json, bom);
    wb_json_end_object(json);
}

static void write_system(struct wb_json_writer *json, const struct wb_distribution *distribution)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_actor supplier = wb_distribution_supplier(arena, distribution);
    wb_json_begin_object(json);
    wb_json_member(json, "type", "operating-system");
    wb_json_member(json, "bom-ref", WB_CYCLONEDX_SYSTEM);
    wb_cyclonedx_actor(json, "supplier", &supplier);
    wb_json_member(json, "name", distribution->id != NULL ? distribution->id : distribution->name);
    write_version(json, distribution->version_id);
    wb_json_member(json, "description", distribution->pretty_name);
    if (wb_field_cpe_type(distribution->cpe_name) != NULL)
        wb_json_member(json, "cpe", distribution->cpe_name);
    const struct link links[] = {
        {"website", distribution->home_url},
        {"support", distribution->support_url},
        {"issue-tracker", distribution->bug_report_url},
    };
    write_links(json, links, sizeof links / sizeof links[0]);
    struct wb_property_sink sink = wb_cyclonedx_property_sink(json);
    wb_json_key(json, "properties");
    wb_json_begin_array(json);
    wb_distribution_properties(&sink, distribution);
    wb_json_end_array(json);
    wb_json_end_object(json);
}

/* ---- packages ---- */

static void write_description(struct wb_json_writer *json, const struct wb_package *package)
{
    const char *summary = package->summary;
    const char *description = package->description;
    if (summary == NULL || *summary == '\0' || description == NULL || *description == '\0' ||
        wb_text_starts_with(description, summary)) {
        bool has_description = description != NULL && *description != '\0';
        wb_json_member(json, "description", has_description ? description : summary);
        return;
    }
    WB_AUTO_STRING both = wb_string_format("%s\n%s", summary, description);
    wb_json_member(json, "description", both);
}

/* An expression in every case: it may name licences that are newer than the schema's list. */
static void write_licence(struct wb_json_writer *json, const char *expression)
{
    if (expression == NULL || *expression == '\0')
        return;
    wb_json_key(json, "licenses");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_json_member(json, "expression", expression);
    wb_json_member(json, "acknowledgement", "declared");
    wb_json_end_object(json);
    wb_json_end_array(json);
}

static void write_evidence(struct wb_json_writer *json, const struct wb_bom *bom,
                           const struct wb_package *package)
{
    if (package->database < 0 || (size_t)package->database >= bom->database_count)
        return;
    wb_json_key(json, "evidence");
    wb_json_begin_object(json);
    wb_json_key(json, "occurrences");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_json_member(json, "location", bom->databases[package->database].path);
    wb_json_end_object(json);
    wb_json_end_array(json);
    wb_json_end_object(json);
}

/* Edges of one package, which have their place in the order of bom->dependencies. */
struct edges {
    const struct wb_dependency *first;
    size_t count;
};

static void write_package_properties(struct wb_json_writer *json, const struct wb_bom *bom,
                                     const struct wb_package *package, enum wb_standing standing,
                                     const struct edges *edges)
{
    struct wb_property_sink sink = wb_cyclonedx_property_sink(json);
    wb_json_key(json, "properties");
    wb_json_begin_array(json);
    wb_package_properties(&sink, bom, package, standing);
    if (!wb_field_is_iri(package->homepage))
        wb_property_add(&sink, "waybill:package:homepage", package->homepage);
    if (package->evr != NULL && strlen(package->evr) > VERSION_SIZE_MAX)
        wb_property_add(&sink, "waybill:package:version", package->evr);
    for (size_t i = 1; i < package->cpe_count; i++)
        wb_property_add(&sink, "waybill:package:cpe", package->cpes[i]);
    for (size_t i = 0; i < edges->count; i++)
        if (edges->first[i].kind == WB_RELATION_RECOMMENDS)
            wb_property_add(&sink, "waybill:package:recommended", edges->first[i].to->id);
    wb_json_end_array(json);
}

static void write_package(struct wb_json_writer *json, const struct wb_bom *bom,
                          const struct wb_package *package, enum wb_standing standing,
                          const struct edges *edges)
{
    struct wb_actor supplier = wb_package_supplier(package);
    bool present = standing == WB_STANDING_PRESENT;
    wb_json_begin_object(json);
    wb_json_member(json, "type", "library");
    wb_json_member(json, "bom-ref", package->id);
    wb_cyclonedx_actor(json, "supplier", &supplier);
    wb_json_member(json, "publisher", package->packager);
    wb_json_key(json, "name");
    wb_json_string(json, package->name);
    write_version(json, package->evr);
    write_description(json, package);
    wb_json_member(json, "scope", present ? "required" : "excluded");
    write_licence(json, package->licence);
    wb_json_member(json, "copyright", package->copyright);
    if (present && package->cpe_count > 0)
        wb_json_member(json, "cpe", package->cpes[0]);
    if (present)
        wb_json_member(json, "purl", package->purl);
    const struct link links[] = {{"website", package->homepage}};
    write_links(json, links, 1);
    write_evidence(json, bom, package);
    write_package_properties(json, bom, package, standing, edges);
    wb_json_end_object(json);
}

static void write_packages(struct wb_json_writer *json, const struct wb_bom *bom)
{
    const struct edges none = {0};
    size_t edge = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        size_t first = edge;
        while (edge < bom->dependency_count && bom->dependencies[edge].from == bom->packages[i])
            edge++;
        const struct edges edges = {edge > first ? &bom->dependencies[first] : NULL, edge - first};
        write_package(json, bom, bom->packages[i], WB_STANDING_PRESENT, &edges);
    }
    for (size_t i = 0; i < bom->residue_count; i++)
        write_package(json, bom, bom->residues[i], WB_STANDING_RESIDUE, &none);
    for (size_t i = 0; i < bom->removed_count; i++)
        write_package(json, bom, bom->removed[i], WB_STANDING_REMOVED, &none);
}

/* ---- files ---- */

static void write_file_hashes(struct wb_json_writer *json, const struct wb_file_hashes *hashes)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (hashes == NULL || (hashes->present & (WB_FILE_SHA1 | WB_FILE_SHA256)) == 0)
        return;
    wb_json_key(json, "hashes");
    wb_json_begin_array(json);
    if ((hashes->present & WB_FILE_SHA1) != 0)
        write_hash(json, "SHA-1", wb_hex_format(hashes->sha1, sizeof hashes->sha1, hex));
    if ((hashes->present & WB_FILE_SHA256) != 0)
        write_hash(json, "SHA-256", wb_hex_format(hashes->sha256, sizeof hashes->sha256, hex));
    wb_json_end_array(json);
}

static void begin_file(struct wb_json_writer *json, const char *id, const char *path,
                       const struct wb_file_hashes *hashes, bool present)
{
    wb_json_begin_object(json);
    wb_json_member(json, "type", "file");
    wb_json_member(json, "bom-ref", id);
    wb_json_member(json, "name", path);
    if (!present)
        wb_json_member(json, "scope", "excluded");
    write_file_hashes(json, hashes);
    wb_json_key(json, "properties");
    wb_json_begin_array(json);
}

static void end_file(struct wb_json_writer *json)
{
    wb_json_end_array(json);
    wb_json_end_object(json);
}

static void write_files(struct wb_json_writer *json, const struct wb_bom *bom)
{
    struct wb_property_sink sink = wb_cyclonedx_property_sink(json);
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        begin_file(json, file->id, file->path, file->hashes, true);
        wb_file_properties(&sink, bom, file);
        for (size_t j = 0; j < file->owner_count; j++)
            wb_property_add(&sink, "waybill:file:package", file->owners[j]->id);
        end_file(json);
    }
    for (size_t i = 0; i < bom->removed_file_count; i++) {
        char id[64];
        snprintf(id, sizeof id, "removed-file-%zu", i + 1);
        begin_file(json, id, bom->removed_files[i].path, bom->removed_files[i].hashes, false);
        wb_removed_file_properties(&sink, bom, &bom->removed_files[i]);
        end_file(json);
    }
}

void wb_cyclonedx_components(struct wb_json_writer *json, const struct wb_bom *bom)
{
    wb_json_key(json, "components");
    wb_json_begin_array(json);
    if (wb_distribution_known(&bom->distribution))
        write_system(json, &bom->distribution);
    write_packages(json, bom);
    write_files(json, bom);
    wb_json_end_array(json);
}
