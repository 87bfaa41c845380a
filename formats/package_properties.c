/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of packages and files beside what every specification has a field for. */
#include "formats/formats_private.h"

#include <inttypes.h>
#include <string.h>

/* ---- relations as the package states them ---- */

static void append_relation(struct wb_buffer *text, const struct wb_relation *relation)
{
    wb_buffer_append_text(text, relation->name);
    if (relation->architecture != NULL)
        wb_buffer_append_format(text, ":%s", relation->architecture);
    if (relation->comparison != NULL && relation->version != NULL)
        wb_buffer_append_format(text, " (%s %s)", relation->comparison, relation->version);
}

/* In dpkg's notation: `a (>= 1), b | c`. */
static void add_relations(const struct wb_property_sink *sink, const struct wb_package *package,
                          enum wb_relation_kind kind, const char *name)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    const struct wb_relation *before = NULL;
    for (size_t i = 0; i < package->relation_count; i++) {
        const struct wb_relation *relation = &package->relations[i];
        if (relation->kind != kind)
            continue;
        if (before != NULL)
            wb_buffer_append_text(&text, before->group == relation->group ? " | " : ", ");
        append_relation(&text, relation);
        before = relation;
    }
    if (text.size > 0)
        wb_property_add(sink, name, (const char *)text.data);
}

static void add_all_relations(const struct wb_property_sink *sink, const struct wb_package *package)
{
    static const struct {
        enum wb_relation_kind kind;
        const char *name;
    } kinds[] = {
        {WB_RELATION_DEPENDS, "waybill:package:depends"},
        {WB_RELATION_PRE_DEPENDS, "waybill:package:preDepends"},
        {WB_RELATION_RECOMMENDS, "waybill:package:recommends"},
        {WB_RELATION_SUGGESTS, "waybill:package:suggests"},
        {WB_RELATION_PROVIDES, "waybill:package:provides"},
        {WB_RELATION_CONFLICTS, "waybill:package:conflicts"},
        {WB_RELATION_BREAKS, "waybill:package:breaks"},
        {WB_RELATION_REPLACES, "waybill:package:replaces"},
        {WB_RELATION_SUPPLEMENTS, "waybill:package:supplements"},
        {WB_RELATION_ENHANCES, "waybill:package:enhances"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        add_relations(sink, package, kinds[i].kind, kinds[i].name);
}

/* ---- packages ---- */

static const char *state_in_document(const struct wb_package *package, enum wb_standing standing)
{
    return standing == WB_STANDING_REMOVED ? "removed" : wb_package_state_name(package->state);
}

static void add_identity(const struct wb_property_sink *sink, const struct wb_bom *bom,
                         const struct wb_package *package, enum wb_standing standing)
{
    wb_property_add(sink, "waybill:package:type", wb_package_kind_name(package->kind));
    wb_property_add(sink, "waybill:package:state", state_in_document(package, standing));
    wb_property_add(sink, "waybill:package:architecture", package->architecture);
    /* Scanners take a component with a purl for one that runs. */
    if (standing != WB_STANDING_PRESENT)
        wb_property_add(sink, "waybill:package:purl", package->purl);
    wb_property_add(sink, "waybill:package:sourceName", package->source_name);
    wb_property_add(sink, "waybill:package:sourceVersion", package->source_version);
    wb_property_add(sink, "waybill:package:sourceRpm", package->source_rpm);
    if (package->database >= 0 && (size_t)package->database < bom->database_count)
        wb_property_add(sink, "waybill:package:database", bom->databases[package->database].path);
    wb_property_span(sink, bom, &package->span, true);
}

static void add_origin(const struct wb_property_sink *sink, const struct wb_package *package)
{
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_field_is_email(package->supplier_email))
        wb_property_add(sink, "waybill:package:supplierContact", package->supplier_email);
    wb_property_add(sink, "waybill:package:packager", package->packager);
    wb_property_add(sink, "waybill:package:licenceDeclared", package->licence_declared);
    wb_property_add(sink, "waybill:package:modularityLabel", package->modularity_label);
    if (package->header_sha256.algorithm != WB_DIGEST_NONE)
        wb_property_add(sink, "waybill:package:headerDigest",
                        wb_digest_format(&package->header_sha256, text));
    if (package->signature_md5.algorithm != WB_DIGEST_NONE)
        wb_property_add(sink, "waybill:package:contentDigest",
                        wb_digest_format(&package->signature_md5, text));
    wb_property_add(sink, "waybill:package:signatureKey", package->signature_key_id);
    wb_property_add(sink, "waybill:package:signature", package->signature_description);
}

static void add_missing(const struct wb_property_sink *sink, const struct wb_bom *bom,
                        const struct wb_package *package)
{
    size_t count = package->missing_path_count > 0 ? package->missing_path_count
                                                   : package->stated_missing_count;
    if (count == 0)
        return;
    wb_property_format(sink, "waybill:package:missingFiles", "%zu", count);
    if (bom->file_selection != WB_FILES_ALL)
        return;
    for (size_t i = 0; i < package->missing_path_count; i++)
        wb_property_add(sink, "waybill:package:missingFile", package->missing_paths[i]);
}

/* The first of bom->unmet that is the package's, which lie together in the packages' order. */
static size_t find_unmet(const struct wb_bom *bom, const struct wb_package *package)
{
    size_t low = 0, high = bom->unmet_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bom->unmet[middle].package->index < package->index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_unmet(const struct wb_property_sink *sink, const struct wb_bom *bom,
                      const struct wb_package *package)
{
    for (size_t i = find_unmet(bom, package); i < bom->unmet_count; i++) {
        const struct wb_unmet_requirement *unmet = &bom->unmet[i];
        if (unmet->package->index != package->index)
            return;
        if (unmet->package == package)
            wb_property_format(sink, "waybill:package:unmet", "%s %s",
                               wb_relation_kind_name(unmet->kind), unmet->text);
    }
}

static void add_own_properties(const struct wb_property_sink *sink,
                               const struct wb_package *package)
{
    for (size_t i = 0; i < package->property_count; i++)
        sink->add(sink->context, package->properties[i].name,
                  package->properties[i].value == NULL ? "" : package->properties[i].value);
}

void wb_package_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                           const struct wb_package *package, enum wb_standing standing)
{
    add_identity(sink, bom, package, standing);
    add_origin(sink, package);
    if (package->has_install_time)
        wb_property_time(sink, "waybill:package:installTime", package->install_time);
    if (package->installed_size >= 0)
        wb_property_format(sink, "waybill:package:installedSize", "%" PRId64,
                           package->installed_size);
    wb_property_add(sink, "waybill:package:section", package->section);
    wb_property_add(sink, "waybill:package:priority", package->priority);
    if (package->essential)
        wb_property_add(sink, "waybill:package:essential", "true");
    wb_property_add(sink, "waybill:package:multiArch", package->multi_arch);
    add_all_relations(sink, package);
    add_missing(sink, bom, package);
    add_unmet(sink, bom, package);
    add_own_properties(sink, package);
}

void wb_package_reference_property(const struct wb_property_sink *sink,
                                   const struct wb_external_reference *reference)
{
    bool commented = reference->comment != NULL && *reference->comment != '\0';
    wb_property_format(sink, "waybill:package:externalReference", "%s %s %s%s%s",
                       reference->category, reference->type == NULL ? "-" : reference->type,
                       reference->locator, commented ? "\n" : "",
                       commented ? reference->comment : "");
}

/* ---- files ---- */

static void add_flags(const struct wb_property_sink *sink, unsigned flags)
{
    static const struct {
        enum wb_owned_flag flag;
        const char *name;
    } names[] = {
        {WB_OWNED_CONFIG, "config"},
        {WB_OWNED_GHOST, "ghost"},
        {WB_OWNED_DOC, "doc"},
        {WB_OWNED_LICENCE, "licence"},
        {WB_OWNED_MISSING_OK, "missing-ok"},
        {WB_OWNED_NOT_INSTALLED, "not-installed"},
        {WB_OWNED_OBSOLETE, "obsolete"},
    };
    WB_AUTO_VALUE(wb_buffer) text = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((flags & names[i].flag) != 0)
            wb_buffer_append_format(&text, "%s%s", text.size > 0 ? " " : "", names[i].name);
    if (text.size > 0)
        wb_property_add(sink, "waybill:file:flags", (const char *)text.data);
}

void wb_file_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                        const struct wb_file *file)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_property_add(sink, "waybill:file:status", wb_file_status_name(file->status));
    wb_property_format(sink, "waybill:file:mode", "%04" PRIo32, file->mode & 07777);
    if (file->uid != 0)
        wb_property_format(sink, "waybill:file:uid", "%" PRIu32, file->uid);
    if (file->gid != 0)
        wb_property_format(sink, "waybill:file:gid", "%" PRIu32, file->gid);
    wb_property_format(sink, "waybill:file:size", "%" PRIu64, file->size);
    if (file->expected.algorithm != WB_DIGEST_NONE)
        wb_property_add(sink, "waybill:file:expectedDigest",
                        wb_digest_format(&file->expected, text));
    add_flags(sink, file->owned_flags);
    wb_property_add(sink, "waybill:file:capabilities", file->capabilities);
    wb_property_span(sink, bom, &file->span, false);
}

void wb_removed_file_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                                const struct wb_removed_file *file)
{
    wb_property_add(sink, "waybill:file:status", "removed");
    wb_property_format(sink, "waybill:file:size", "%" PRIu64, file->size);
    wb_property_span(sink, bom, &file->span, false);
}
