/* SPDX-License-Identifier: Apache-2.0 */
/* From an image to its document: layers, databases, licences, ownership, dependencies, in one pass.
 */
#include "sbom/databases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct generation {
    struct wb_image *image;
    struct wb_bom *bom;
    struct wb_rootfs *rootfs;
    struct wb_databases *databases;
    struct wb_layer **applied; /* the layers so far; belong to wb_image_read_layers */
};

void wb_sbom_layer_options(struct wb_sbom_options *options)
{
    options->layer.keep = wb_sbom_keep;
    options->layer.cache_tag = options->tool_version;
    /* dpkg's databases hold MD5, rpm's SHA-256 or (old) MD5; SPDX 2.3 demands SHA-1. */
    options->layer.file_digests =
        options->files == WB_FILES_NONE
            ? 0
            : WB_FILE_SHA256 | WB_FILE_SHA1 | WB_FILE_MD5 | (options->sha512 ? WB_FILE_SHA512 : 0);
}

/* ---- layers ---- */

static void describe_layer(struct wb_bom *bom, size_t index,
                           const struct wb_layer_descriptor *descriptor,
                           const struct wb_layer *layer)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_layer_information *information = &bom->layers[index];
    *information = (struct wb_layer_information){
        .blob_digest = descriptor->digest,
        .diff_id = descriptor->diff_id,
        .media_type = descriptor->media_type,
        .blob_size = layer->blob_size,
        .tar_size = layer->tar_size,
        .entry_count = layer->entry_count,
        .created_by = descriptor->created_by,
    };
    if (information->blob_digest == NULL && layer->blob_digest.algorithm != WB_DIGEST_NONE)
        information->blob_digest =
            wb_arena_copy(bom->arena, wb_digest_format(&layer->blob_digest, text));
    if (information->diff_id == NULL && layer->diff_id.algorithm != WB_DIGEST_NONE)
        information->diff_id = wb_arena_copy(bom->arena, wb_digest_format(&layer->diff_id, text));
}

static bool apply_layer(void *context, struct wb_layer *layer, size_t index, struct wb_error *err)
{
    struct generation *generation = context;
    struct wb_bom *bom = generation->bom;
    const struct wb_layer_descriptor *descriptor = &bom->image->layers[index];
    describe_layer(bom, index, descriptor, layer);
    generation->applied[index] = layer;
    if (!wb_rootfs_apply(generation->rootfs, layer, (int)index, err)) {
        char label[64];
        return wb_error_context(err, "%s",
                                wb_layer_label(index, bom->layers[index].blob_digest, label));
    }
    wb_databases_observe(generation->databases, generation->rootfs, generation->applied,
                         (int)index);
    return true;
}

/* ---- identity ---- */

/* What stands for the content of an image without manifest and config: a digest over its record. */
static bool directory_digest(struct wb_bom *bom, const struct wb_layer *layer, struct wb_error *err)
{
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(WB_DIGEST_SHA256, err);
    if (hasher == NULL)
        return false;
    for (size_t i = 0; i < layer->entry_count; i++) {
        const struct wb_entry *entry = &layer->entries[i];
        WB_AUTO_STRING line =
            wb_string_format("%d %o %" PRIu32 " %" PRIu32 " %" PRIu32 ":%" PRIu32 " %" PRIu64,
                             (int)entry->kind, entry->mode, entry->uid, entry->gid,
                             entry->device_major, entry->device_minor, entry->size);
        /* The NULs keep fields of different lengths apart. */
        wb_hasher_update(hasher, line, strlen(line) + 1);
        wb_hasher_update(hasher, entry->path, strlen(entry->path) + 1);
        if (entry->link_target != NULL)
            wb_hasher_update(hasher, entry->link_target, strlen(entry->link_target) + 1);
        if (entry->hashes != NULL)
            wb_hasher_update(hasher, entry->hashes->sha256, sizeof entry->hashes->sha256);
    }
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    wb_hasher_finish(hasher, &digest);
    bom->content_digest = wb_arena_copy(bom->arena, wb_digest_format(&digest, text));
    return true;
}

/* What the user says the image is called may be any bytes. */
static const char *stated(struct wb_bom *bom, const char *text, const char *otherwise)
{
    return text == NULL ? otherwise : wb_utf8_escape(bom->arena, text, strlen(text));
}

static struct wb_party stated_party(struct wb_bom *bom, const struct wb_party *party)
{
    return (struct wb_party){.name = stated(bom, party->name, NULL),
                             .email = stated(bom, party->email, NULL),
                             .url = stated(bom, party->url, NULL),
                             .is_person = party->is_person};
}

static bool identify(struct wb_bom *bom, const struct wb_sbom_options *options,
                     struct wb_layer **layers, struct wb_error *err)
{
    const struct wb_image_description *image = bom->image;
    if (image->manifest_digest != NULL)
        bom->content_digest = image->manifest_digest;
    else if (image->config_digest != NULL)
        bom->content_digest = image->config_digest;
    else if (!directory_digest(bom, layers[0], err))
        return false;
    bom->source_name = stated(bom, options->source_name, image->name);
    bom->source_version = stated(bom, options->source_version, image->tag);
    if (bom->source_version == NULL)
        bom->source_version = bom->content_digest;
    bom->creator = stated_party(bom, &options->creator);
    bom->supplier = stated_party(bom, &options->supplier);
    bom->image_purl = wb_purl_image(bom->arena, image, bom->source_name);
    bool has_epoch;
    if (!wb_time_source_date_epoch(&has_epoch, &bom->created, err))
        return false;
    if (!has_epoch)
        bom->created = image->has_created ? image->created : 0;
    return true;
}

/* ---- packages ---- */

static const struct wb_bytes *content_of(const struct wb_rootfs *rootfs, const char *path)
{
    const struct wb_node *node = wb_rootfs_lookup(rootfs, path, true);
    if (node == NULL || node->entry == NULL || node->entry->kind != WB_ENTRY_REGULAR)
        return NULL;
    return node->entry->content;
}

/* os-release(5): /etc first, then /usr/lib. */
static void read_distribution(const struct wb_rootfs *rootfs, struct wb_bom *bom)
{
    static const char *const paths[] = {"etc/os-release", "usr/lib/os-release"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct wb_bytes *content = content_of(rootfs, paths[i]);
        if (content == NULL || content->size == 0)
            continue;
        wb_os_release_read(*content, bom->arena, &bom->distribution);
        bom->distribution.path = paths[i];
        return;
    }
}

static void read_copyright(const struct wb_rootfs *rootfs, const struct wb_rootfs *before,
                           struct wb_bom *bom, struct wb_package *package)
{
    if (package->kind != WB_PACKAGE_DEB)
        return;
    WB_AUTO_STRING path = wb_string_format("usr/share/doc/%s/copyright", package->name);
    const struct wb_bytes *content = content_of(rootfs, path);
    if (content == NULL && before != NULL)
        content = content_of(before, path);
    if (content != NULL)
        wb_copyright_read(*content, bom, package);
}

/* dpkg's file lists, database by database. */
static bool read_dpkg_files(const struct wb_rootfs *rootfs, struct wb_bom *bom,
                            struct wb_package **packages, size_t count, struct wb_error *err)
{
    struct wb_package **own = wb_allocate_array(count + 1, sizeof *own);
    bool good = true;
    for (size_t i = 0; i < bom->database_count && good; i++) {
        if (bom->databases[i].kind != WB_PACKAGE_DEB)
            continue;
        size_t own_count = 0;
        for (size_t j = 0; j < count; j++)
            if (packages[j]->database == (int)i)
                own[own_count++] = packages[j];
        good = wb_dpkg_files_read(rootfs, bom->databases[i].path, bom, own, own_count, err);
    }
    free(own);
    return good;
}

static bool read_package_details(const struct wb_rootfs *rootfs, const struct wb_rootfs *before,
                                 struct wb_bom *bom, struct wb_error *err)
{
    const struct wb_rootfs *lists = before == NULL ? rootfs : before;
    if (!read_dpkg_files(lists, bom, bom->packages, bom->package_count, err) ||
        !read_dpkg_files(lists, bom, bom->residues, bom->residue_count, err))
        return false;
    for (size_t i = 0; i < bom->package_count; i++) {
        struct wb_package *package = bom->packages[i];
        read_copyright(rootfs, before, bom, package);
        package->purl = wb_purl_package(bom->arena, package, &bom->distribution);
        wb_cpe_package(bom->arena, package);
    }
    for (size_t i = 0; i < bom->residue_count; i++)
        bom->residues[i]->purl = wb_purl_package(bom->arena, bom->residues[i], &bom->distribution);
    for (size_t i = 0; i < bom->removed_count; i++)
        bom->removed[i]->purl = wb_purl_package(bom->arena, bom->removed[i], &bom->distribution);
    return true;
}

static void report_unfinished(const struct wb_rootfs *rootfs, struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->database_count; i++)
        if (strcmp(bom->databases[i].format, "dpkg-status") == 0)
            wb_dpkg_report_unfinished(rootfs, bom->databases[i].path, bom);
}

/* The file system as it was after layer `last`, when the database was still there. */
static struct wb_rootfs *rebuild(struct wb_layer **layers, int last, struct wb_error *err)
{
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    for (int i = 0; i <= last; i++)
        if (!wb_rootfs_apply(rootfs, layers[i], i, err))
            return NULL;
    return WB_STEAL(rootfs);
}

static bool fill_document(struct generation *generation, const struct wb_sbom_options *options,
                          struct wb_layer **layers, struct wb_error *err)
{
    struct wb_bom *bom = generation->bom;
    int before_deletion;
    if (!identify(bom, options, layers, err) ||
        !wb_databases_read(generation->databases, bom, &before_deletion, err))
        return false;
    WB_AUTO(wb_rootfs) *before = NULL;
    if (before_deletion >= 0) {
        before = rebuild(layers, before_deletion, err);
        if (before == NULL)
            return false;
    }
    report_unfinished(before == NULL ? generation->rootfs : before, bom);
    read_distribution(generation->rootfs, bom);
    if (!read_package_details(generation->rootfs, before, bom, err) ||
        !wb_ownership_read(generation->rootfs, bom, err) ||
        !wb_dependencies_resolve(bom, generation->rootfs, err))
        return false;
    wb_package_files_describe(bom);
    if (options->package_digests.size > 0 &&
        !wb_package_digests_read(bom, options->package_digests, err))
        return false;
    wb_bom_finish(bom);
    struct wb_sbom_view view = {.bom = bom, .rootfs = generation->rootfs, .layers = layers};
    return options->inspect == NULL || options->inspect(options->inspect_context, &view, err);
}

struct wb_bom *wb_sbom_generate(struct wb_image *image, const struct wb_sbom_options *options,
                                struct wb_error *err)
{
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    WB_AUTO(wb_databases) *databases = wb_databases_new();
    bom->image = wb_image_describe(image);
    bom->tool_version = wb_arena_copy(bom->arena, options->tool_version);
    bom->file_selection = options->files;
    bom->layer_count = bom->image->layer_count;
    bom->layers = wb_arena_allocate(bom->arena, bom->layer_count * sizeof *bom->layers + 1);
    struct generation generation = {
        .image = image, .bom = bom, .rootfs = rootfs, .databases = databases};
    generation.applied = wb_allocate_array(bom->layer_count + 1, sizeof(struct wb_layer *));
    struct wb_layer_options layer_options = options->layer;
    /* Without a manifest only the files themselves can stand for the content. */
    if (bom->image->manifest_digest == NULL && bom->image->config_digest == NULL)
        layer_options.file_digests |= WB_FILE_SHA256;
    struct wb_layer **layers = NULL;
    bool good =
        wb_image_read_layers(image, &layer_options, apply_layer, &generation, &layers, err) &&
        fill_document(&generation, options, layers, err);
    free(generation.applied);
    wb_layers_free(layers, bom->layer_count);
    return good ? WB_STEAL(bom) : NULL;
}
