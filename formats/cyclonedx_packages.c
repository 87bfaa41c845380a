/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: packages as components. */
#include "formats/cyclonedx.h"

#include <stdlib.h>
#include <string.h>

/* ---- kinds ---- */

/* The version that brought a type of components; 0: none has it. */
static int version_of_type(const char *type)
{
    static const struct {
        const char *type;
        int minor;
    } types[] = {
        {"application", 1},
        {"container", 1},
        {"cryptographic-asset", 6},
        {"data", 5},
        {"device", 1},
        {"device-driver", 5},
        {"file", 1},
        {"firmware", 2},
        {"framework", 1},
        {"library", 1},
        {"machine-learning-model", 5},
        {"operating-system", 1},
        {"platform", 5},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, type) == 0)
            return types[i].minor;
    return 0;
}

static bool takes_type(const struct wb_cyclonedx *out, const char *type)
{
    int since = type == NULL ? 0 : version_of_type(type);
    return since > 0 && since <= out->minor;
}

/* ---- fields ---- */

static void write_description(struct wb_cyclonedx *out, const struct wb_package *package)
{
    const char *summary = package->summary;
    const char *description = package->description;
    if (summary == NULL || *summary == '\0' || description == NULL || *description == '\0' ||
        wb_text_starts_with(description, summary)) {
        bool has_description = description != NULL && *description != '\0';
        wb_cyclonedx_member(out, "description", has_description ? description : summary);
        return;
    }
    WB_AUTO_STRING both = wb_string_format("%s\n%s", summary, description);
    wb_cyclonedx_member(out, "description", both);
}

void wb_cyclonedx_checksums(struct wb_cyclonedx *out, const struct wb_package *package)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    bool any = false;
    for (size_t i = 0; i < package->checksum_count; i++) {
        const struct wb_digest *digest = &package->checksums[i];
        if (wb_field_cyclonedx_algorithm(digest->algorithm) == NULL)
            continue;
        if (!any)
            wb_cyclonedx_begin_list(out, "hashes");
        any = true;
        wb_cyclonedx_hash(out, digest->algorithm,
                          wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex));
    }
    if (any)
        wb_cyclonedx_end_list(out);
}

static bool is_stated(const char *text)
{
    return text != NULL && *text != '\0';
}

/* Only one expression may stand there: what the package declares, else what somebody concluded, as
 * which it can be marked since 1.6. */
static bool licence_is_concluded(const struct wb_cyclonedx *out, const struct wb_package *package)
{
    return out->minor >= 6 && !is_stated(package->licence) && is_stated(package->licence_concluded);
}

/* An expression in every case: it may name licences that are newer than the schema's list. */
static void write_licence(struct wb_cyclonedx *out, const struct wb_package *package)
{
    bool concluded = licence_is_concluded(out, package);
    const char *acknowledgement = concluded ? "concluded" : "declared";
    wb_cyclonedx_licence(out, concluded ? package->licence_concluded : package->licence,
                         out->minor >= 6 ? acknowledgement : NULL);
}

static bool has_cpe(const struct wb_package *package)
{
    return package->cpe_count > 0 && wb_field_cpe_type(package->cpes[0]) != NULL;
}

static void write_evidence(struct wb_cyclonedx *out, const struct wb_package *package)
{
    const struct wb_bom *bom = out->bom;
    if (out->minor < 5 || package->database < 0 || (size_t)package->database >= bom->database_count)
        return;
    wb_cyclonedx_begin(out, "evidence");
    wb_cyclonedx_begin_list(out, "occurrences");
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "location", bom->databases[package->database].path);
    wb_cyclonedx_end(out);
    wb_cyclonedx_end_list(out);
    wb_cyclonedx_end(out);
}

/* ---- links ---- */

static struct wb_cyclonedx_link link_to(const struct wb_external_reference *reference)
{
    const char *type = reference->type == NULL ? reference->category : reference->type;
    return (struct wb_cyclonedx_link){
        .type = type, .url = reference->locator, .comment = reference->comment};
}

/* CycloneDX has no second name for the type, and SPDX calls `OTHER` what has a type in CycloneDX. A
 * website or a distribution would be read as the package's home page or download location. */
static bool has_one_type(const struct wb_external_reference *reference)
{
    return reference->type == NULL ||
           (strcmp(reference->category, "OTHER") == 0 && strcmp(reference->type, "website") != 0 &&
            strcmp(reference->type, "distribution") != 0);
}

static bool takes_reference(const struct wb_cyclonedx *out,
                            const struct wb_external_reference *reference)
{
    struct wb_cyclonedx_link link = link_to(reference);
    return has_one_type(reference) && wb_cyclonedx_takes_link(out->minor, &link);
}

/* Where BSI TR-03183-2 looks for the digest of what is deployed: at the name of its file. */
static const char *deployed_file(const struct wb_package *package)
{
    for (size_t i = 0; package->checksum_count > 0 && i < package->property_count; i++)
        if (strcmp(package->properties[i].name, "bsi:component:filename") == 0)
            return package->properties[i].value;
    return NULL;
}

static void write_links(struct wb_cyclonedx *out, const struct wb_package *package)
{
    struct wb_cyclonedx_link *links =
        wb_allocate_array(package->external_reference_count + 3, sizeof *links);
    size_t count = 0;
    links[count++] = (struct wb_cyclonedx_link){.type = "website", .url = package->homepage};
    links[count++] =
        (struct wb_cyclonedx_link){.type = "distribution", .url = package->download_location};
    links[count++] = (struct wb_cyclonedx_link){
        .type = "distribution", .url = deployed_file(package), .file_of = package};
    for (size_t i = 0; i < package->external_reference_count; i++)
        if (takes_reference(out, &package->external_references[i]))
            links[count++] = link_to(&package->external_references[i]);
    wb_cyclonedx_links(out, links, count);
    free(links);
}

/* ---- properties ---- */

/* Edges of one package, which have their place in the order of bom->dependencies. */
struct edges {
    const struct wb_dependency *first;
    size_t count;
};

/* What its field does not take. */
static void add_refused_fields(const struct wb_property_sink *sink, const struct wb_cyclonedx *out,
                               const struct wb_package *package, bool present)
{
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_field_is_iri(package->homepage))
        wb_property_add(sink, "waybill:package:homepage", package->homepage);
    if (package->evr != NULL && strlen(package->evr) > WB_CYCLONEDX_VERSION_SIZE_MAX)
        wb_property_add(sink, "waybill:package:version", package->evr);
    for (size_t i = present && has_cpe(package) ? 1 : 0; i < package->cpe_count; i++)
        wb_property_add(sink, "waybill:package:cpe", package->cpes[i]);
    if (!licence_is_concluded(out, package))
        wb_property_add(sink, "waybill:package:licenceConcluded", package->licence_concluded);
    if (!wb_field_is_iri(package->download_location))
        wb_property_add(sink, "waybill:package:downloadLocation", package->download_location);
    if (package->component_type != NULL && !takes_type(out, package->component_type))
        wb_property_add(sink, "waybill:package:componentType", package->component_type);
    for (size_t i = 0; i < package->checksum_count; i++)
        if (wb_field_cyclonedx_algorithm(package->checksums[i].algorithm) == NULL)
            wb_property_add(sink, "waybill:package:checksum",
                            wb_digest_format(&package->checksums[i], text));
}

static void add_refused_references(const struct wb_property_sink *sink,
                                   const struct wb_cyclonedx *out, const struct wb_package *package)
{
    for (size_t i = 0; i < package->external_reference_count; i++) {
        const struct wb_external_reference *reference = &package->external_references[i];
        if (!takes_reference(out, reference))
            wb_property_format(sink, "waybill:package:externalReference", "%s %s %s%s%s",
                               reference->category, reference->type == NULL ? "-" : reference->type,
                               reference->locator, reference->comment == NULL ? "" : "\n",
                               reference->comment == NULL ? "" : reference->comment);
    }
}

/* The dependencies list holds what a package needs, without saying how. */
static const char *property_of_edge(const struct wb_dependency *edge)
{
    switch (edge->kind) {
    case WB_RELATION_PRE_DEPENDS:
        return "waybill:package:preDependsOn";
    case WB_RELATION_RECOMMENDS:
        return "waybill:package:recommended";
    case WB_RELATION_SUGGESTS:
        return "waybill:package:suggested";
    default:
        return NULL;
    }
}

static void write_properties(struct wb_cyclonedx *out, const struct wb_package *package,
                             enum wb_standing standing, const struct edges *edges)
{
    struct wb_property_sink sink = wb_cyclonedx_property_sink(out);
    wb_cyclonedx_begin_list(out, "properties");
    wb_package_properties(&sink, out->bom, package, standing);
    add_refused_fields(&sink, out, package, standing == WB_STANDING_PRESENT);
    add_refused_references(&sink, out, package);
    if (standing == WB_STANDING_PRESENT)
        wb_scanner_properties(&sink, out->bom, package);
    for (size_t i = 0; i < edges->count; i++)
        if (property_of_edge(&edges->first[i]) != NULL)
            wb_property_add(&sink, property_of_edge(&edges->first[i]), edges->first[i].to->id);
    wb_cyclonedx_end_list(out);
}

/* ---- packages ---- */

static void write_package(struct wb_cyclonedx *out, const struct wb_package *package,
                          enum wb_standing standing, const struct edges *edges)
{
    struct wb_actor supplier = wb_package_supplier(package);
    bool present = standing == WB_STANDING_PRESENT;
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "type",
                        takes_type(out, package->component_type) ? package->component_type
                                                                 : "library");
    wb_cyclonedx_member(out, "bom-ref", package->id);
    wb_cyclonedx_actor(out, "supplier", &supplier, NULL);
    wb_cyclonedx_member(out, "publisher", package->packager);
    wb_cyclonedx_required(out, "name", package->name);
    wb_cyclonedx_version(out, package->evr);
    write_description(out, package);
    wb_cyclonedx_member(out, "scope", present ? "required" : "excluded");
    wb_cyclonedx_checksums(out, package);
    write_licence(out, package);
    wb_cyclonedx_member(out, "copyright", package->copyright);
    if (present && has_cpe(package))
        wb_cyclonedx_member(out, "cpe", package->cpes[0]);
    if (present)
        wb_cyclonedx_member(out, "purl", package->purl);
    write_links(out, package);
    write_properties(out, package, standing, edges);
    write_evidence(out, package);
    wb_cyclonedx_end(out);
}

void wb_cyclonedx_packages(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    const struct edges none = {0};
    size_t edge = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        size_t first = edge;
        while (edge < bom->dependency_count && bom->dependencies[edge].from == bom->packages[i])
            edge++;
        const struct edges edges = {edge > first ? &bom->dependencies[first] : NULL, edge - first};
        write_package(out, bom->packages[i], WB_STANDING_PRESENT, &edges);
    }
    for (size_t i = 0; i < bom->residue_count; i++)
        write_package(out, bom->residues[i], WB_STANDING_RESIDUE, &none);
    for (size_t i = 0; i < bom->removed_count; i++)
        write_package(out, bom->removed[i], WB_STANDING_REMOVED, &none);
}
