/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot for the dependency submission API of GitHub, version 0.
 *
 * What only the build knows is left to it: `job` and `ref`, and `sha` where the image does not
 * state the revision it was built from. The environment is not asked, so that an image has one
 * document.
 */
#include "formats/formats_private.h"

#include <stdlib.h>
#include <string.h>

#define REVISION_SIZE 40

static bool is_revision(const char *text)
{
    uint8_t bytes[REVISION_SIZE / 2];
    return text != NULL && strlen(text) == REVISION_SIZE && wb_hex_parse(text, bytes, sizeof bytes);
}

/* ---- head ---- */

static void write_detector(struct wb_json_writer *json, const struct wb_bom *bom)
{
    const char *version = bom->tool_version == NULL ? "unknown" : bom->tool_version;
    WB_AUTO_STRING url = wb_string_format("pkg:generic/waybill@%s", version);
    wb_json_key(json, "detector");
    wb_json_begin_object(json);
    wb_json_member(json, "name", "waybill");
    wb_json_member(json, "version", version);
    wb_json_member(json, "url", url);
    wb_json_end_object(json);
}

/* The API takes at most eight. */
static void write_metadata(struct wb_json_writer *json, const struct wb_bom *bom)
{
    const struct wb_image_description *image = bom->image;
    wb_json_key(json, "metadata");
    wb_json_begin_object(json);
    wb_json_member(json, "waybill:image:name", bom->source_name);
    wb_json_member(json, "waybill:image:version", bom->source_version);
    wb_json_member(json, "waybill:image:purl", bom->image_purl);
    wb_json_member(json, "waybill:image:manifestDigest", image->manifest_digest);
    wb_json_member(json, "waybill:image:configDigest", image->config_digest);
    wb_json_member(json, "waybill:distribution:id", bom->distribution.id);
    wb_json_member(json, "waybill:distribution:versionId", bom->distribution.version_id);
    wb_json_end_object(json);
}

/* ---- packages ---- */

/* What is asked for directly: packages that no other one needs. */
static bool *find_needed(const struct wb_bom *bom)
{
    bool *needed = wb_allocate_array(bom->package_count + 1, sizeof *needed);
    for (size_t i = 0; i < bom->dependency_count; i++)
        if (!wb_dependency_is_weak(&bom->dependencies[i]))
            needed[bom->dependencies[i].to->index] = true;
    return needed;
}

/* The first of the edges that go out from the package; they are sorted as the packages are. */
static size_t first_edge(const struct wb_bom *bom, const struct wb_package *package)
{
    size_t low = 0, high = bom->dependency_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bom->dependencies[middle].from->index < package->index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void write_package(struct wb_json_writer *json, const struct wb_bom *bom,
                          const struct wb_package *package, bool needed)
{
    wb_json_key(json, package->id);
    wb_json_begin_object(json);
    wb_json_member(json, "package_url", package->purl);
    wb_json_member(json, "relationship", needed ? "indirect" : "direct");
    wb_json_member(json, "scope", "runtime");
    wb_json_key(json, "dependencies");
    wb_json_begin_array(json);
    for (size_t i = first_edge(bom, package);
         i < bom->dependency_count && bom->dependencies[i].from == package; i++)
        if (!wb_dependency_is_weak(&bom->dependencies[i]) && bom->dependencies[i].to->purl != NULL)
            wb_json_string(json, bom->dependencies[i].to->purl);
    wb_json_end_array(json);
    wb_json_end_object(json);
}

/* ---- manifests: one for each package database ---- */

static bool belongs(const struct wb_package *package, int database, size_t database_count)
{
    bool known = package->database >= 0 && (size_t)package->database < database_count;
    return package->purl != NULL && (known ? package->database : -1) == database;
}

static bool has_packages(const struct wb_bom *bom, int database)
{
    for (size_t i = 0; i < bom->package_count; i++)
        if (belongs(bom->packages[i], database, bom->database_count))
            return true;
    return false;
}

/* A document that was read may give two databases one path. */
static char *manifest_name(const struct wb_bom *bom, int database)
{
    if (database < 0)
        return wb_string_copy(bom->source_name);
    const char *path = bom->databases[database].path;
    for (int i = 0; i < database; i++)
        if (strcmp(bom->databases[i].path, path) == 0)
            return wb_string_format("%s:/%s#%d", bom->source_name, path, database + 1);
    return wb_string_format("%s:/%s", bom->source_name, path);
}

static void write_manifest(struct wb_json_writer *json, const struct wb_bom *bom, int database,
                           const bool *needed)
{
    if (!has_packages(bom, database))
        return;
    WB_AUTO_STRING name = manifest_name(bom, database);
    wb_json_key(json, name);
    wb_json_begin_object(json);
    wb_json_member(json, "name", name);
    if (database >= 0) {
        wb_json_key(json, "file");
        wb_json_begin_object(json);
        wb_json_member(json, "source_location", name);
        wb_json_end_object(json);
    }
    wb_json_key(json, "resolved");
    wb_json_begin_object(json);
    for (size_t i = 0; i < bom->package_count; i++)
        if (belongs(bom->packages[i], database, bom->database_count))
            write_package(json, bom, bom->packages[i], needed[i]);
    wb_json_end_object(json);
    wb_json_end_object(json);
}

static void write_manifests(struct wb_json_writer *json, const struct wb_bom *bom)
{
    bool *needed = find_needed(bom);
    wb_json_key(json, "manifests");
    wb_json_begin_object(json);
    for (int i = -1; i < (int)bom->database_count; i++)
        write_manifest(json, bom, i, needed);
    wb_json_end_object(json);
    free(needed);
}

bool wb_github_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                          struct wb_error *err)
{
    (void)version;
    (void)err;
    char created[WB_TIME_TEXT_SIZE];
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    const char *revision = wb_image_annotation(bom->image, "revision");
    wb_json_begin_object(json);
    wb_json_key(json, "version");
    wb_json_integer(json, 0);
    if (is_revision(revision))
        wb_json_member(json, "sha", revision);
    write_detector(json, bom);
    write_metadata(json, bom);
    write_manifests(json, bom);
    wb_json_member(json, "scanned", wb_time_format(bom->created, created));
    wb_json_end_object(json);
    wb_json_finish(json);
    return true;
}
