/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX properties of other tools: what scanners look for in documents, and nowhere else.
 *
 * grype and trivy match distribution packages by their source package, whose name and version they
 * take from properties of syft's and trivy's own; the purl's `upstream` they read in SPDX only.
 * For files, the properties of BSI's taxonomy (TR-03183-2, version 2.1.0, 8.1.4). */
#include "formats/cyclonedx.h"

#include <string.h>

/* ---- source packages ---------------------------------------------------------------------------
 */

static const char *const scanner_names[] = {
    "aquasecurity:trivy:LayerDiffID",
    "aquasecurity:trivy:LayerDigest",
    "aquasecurity:trivy:Modularitylabel",
    "aquasecurity:trivy:SrcEpoch",
    "aquasecurity:trivy:SrcName",
    "aquasecurity:trivy:SrcRelease",
    "aquasecurity:trivy:SrcVersion",
    "syft:metadata:epoch",
    "syft:metadata:modularityLabel",
    "syft:metadata:source",
    "syft:metadata:sourceRpm",
    "syft:metadata:sourceVersion",
    "syft:package:metadataType",
};

static bool is_scanner_name(const char *name)
{
    for (size_t i = 0; i < sizeof scanner_names / sizeof scanner_names[0]; i++)
        if (strcmp(scanner_names[i], name) == 0)
            return true;
    return false;
}

/* A document of such a tool brings its own. */
static bool has_scanner_property(const struct wb_package *package)
{
    for (size_t i = 0; i < package->property_count; i++)
        if (is_scanner_name(package->properties[i].name))
            return true;
    return false;
}

/* `[epoch:]version[-release]` in three; syft's fields take it whole. */
static void add_trivy_version(const struct wb_property_sink *sink, const char *version)
{
    const char *colon = strchr(version, ':');
    const char *start = colon == NULL ? version : colon + 1;
    const char *dash = strrchr(start, '-');
    size_t size = dash == NULL ? strlen(start) : (size_t)(dash - start);
    if (colon != NULL && colon - version < 12)
        wb_property_format(sink, "aquasecurity:trivy:SrcEpoch", "%.*s", (int)(colon - version),
                           version);
    wb_property_format(sink, "aquasecurity:trivy:SrcVersion", "%.*s", (int)size, start);
    if (dash != NULL)
        wb_property_add(sink, "aquasecurity:trivy:SrcRelease", dash + 1);
}

static void add_layer(const struct wb_property_sink *sink, const struct wb_bom *bom,
                      const struct wb_package *package)
{
    int layer = package->span.introduced;
    if (layer < 0 || (size_t)layer >= bom->layer_count)
        return;
    wb_property_add(sink, "aquasecurity:trivy:LayerDigest", bom->layers[layer].blob_digest);
    wb_property_add(sink, "aquasecurity:trivy:LayerDiffID", bom->layers[layer].diff_id);
}

/* As dpkg's status has it: nothing where the source package is called and numbered as the package.
 */
static void add_syft_source(const struct wb_property_sink *sink, const struct wb_package *package)
{
    bool same_version =
        package->source_version == NULL ||
        (package->evr != NULL && strcmp(package->source_version, package->evr) == 0);
    if (!same_version || strcmp(package->source_name, package->name) != 0)
        wb_property_add(sink, "syft:metadata:source", package->source_name);
    if (!same_version)
        wb_property_add(sink, "syft:metadata:sourceVersion", package->source_version);
}

static void add_syft_metadata(const struct wb_property_sink *sink, const struct wb_package *package)
{
    if (package->kind == WB_PACKAGE_DEB) {
        wb_property_add(sink, "syft:package:metadataType", "dpkg-db-entry");
        add_syft_source(sink, package);
        return;
    }
    wb_property_add(sink, "syft:package:metadataType", "rpm-db-entry");
    if (package->epoch >= 0)
        wb_property_format(sink, "syft:metadata:epoch", "%lld", (long long)package->epoch);
    wb_property_add(sink, "syft:metadata:sourceRpm", package->source_rpm);
    /* Without it grype takes the package for one of any module, and reports each module's
     * vulnerabilities. Of what no database says nothing is known. */
    if (package->modularity_label == NULL && package->database >= 0)
        sink->add(sink->context, "syft:metadata:modularityLabel", "");
    wb_property_add(sink, "syft:metadata:modularityLabel", package->modularity_label);
}

void wb_scanner_properties(const struct wb_property_sink *sink, const struct wb_bom *bom,
                           const struct wb_package *package)
{
    if (package->kind == WB_PACKAGE_OTHER || package->purl == NULL ||
        package->source_name == NULL || has_scanner_property(package))
        return;
    wb_property_add(sink, "aquasecurity:trivy:SrcName", package->source_name);
    if (package->source_version != NULL)
        add_trivy_version(sink, package->source_version);
    /* rpm does not say of which epoch the source package is; trivy takes the package's. */
    if (package->kind == WB_PACKAGE_RPM && package->epoch > 0)
        wb_property_format(sink, "aquasecurity:trivy:SrcEpoch", "%lld", (long long)package->epoch);
    wb_property_add(sink, "aquasecurity:trivy:Modularitylabel", package->modularity_label);
    add_layer(sink, bom, package);
    add_syft_metadata(sink, package);
}

bool wb_scanner_property_is_known(const struct wb_package *package, const char *name)
{
    return package->source_name != NULL && package->kind != WB_PACKAGE_OTHER &&
           is_scanner_name(name) && !has_scanner_property(package);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static const char *file_name(const struct wb_file *file)
{
    const char *slash = strrchr(file->path, '/');
    return slash == NULL ? file->path : slash + 1;
}

static bool is_archive(const char *name)
{
    static const char *const endings[] = {".tar",     ".tgz",    ".tbz2",    ".txz",  ".tar.gz",
                                          ".tar.bz2", ".tar.xz", ".tar.zst", ".zip",  ".jar",
                                          ".war",     ".ear",    ".whl",     ".egg",  ".deb",
                                          ".rpm",     ".apk",    ".gem",     ".cpio", ".7z"};
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (size > ending && strcmp(name + size - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

void wb_file_deployable_properties(const struct wb_property_sink *sink, const struct wb_file *file)
{
    const char *name = file_name(file);
    bool archive = is_archive(name);
    wb_property_add(sink, "bsi:component:filename", name);
    wb_property_add(sink, "bsi:component:executable",
                    (file->mode & 0111) != 0 ? "executable" : "non-executable");
    wb_property_add(sink, "bsi:component:archive", archive ? "archive" : "no archive");
    wb_property_add(sink, "bsi:component:structured", archive ? "structured" : "unstructured");
}

struct wanted {
    const char *name;
    const char *value;
    bool found;
};

static void compare(void *context, const char *name, const char *value)
{
    struct wanted *wanted = context;
    wanted->found =
        wanted->found || (strcmp(name, wanted->name) == 0 && strcmp(value, wanted->value) == 0);
}

bool wb_file_deployable_property_read(const struct wb_file *file, const char *name,
                                      const char *value)
{
    struct wanted wanted = {name, value, false};
    const struct wb_property_sink sink = {compare, &wanted};
    if (file->path != NULL && wb_text_starts_with(name, "bsi:component:"))
        wb_file_deployable_properties(&sink, file);
    return wanted.found;
}
