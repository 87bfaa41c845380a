/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the package databases after each layer, and reads them when they changed. */
#include "sbom/databases.h"

#include <stdlib.h>
#include <string.h>

enum database_shape {
    SHAPE_RPM,
    SHAPE_RPM_MANIFEST,
    SHAPE_DPKG_STATUS,
    SHAPE_DPKG_STATUS_D,
};

struct database_kind {
    enum wb_package_kind package_kind;
    enum database_shape shape;
    const char *path;
};

/* rpm's own default places (macros `_dbpath` of the distributions), Azure Linux's manifest, dpkg's
 * admin directory, and distroless's form of it. */
static const struct database_kind database_kinds[] = {
    {WB_PACKAGE_RPM, SHAPE_RPM, "usr/lib/sysimage/rpm/rpmdb.sqlite"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "usr/lib/sysimage/rpm/Packages.db"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "usr/lib/sysimage/rpm/Packages"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "var/lib/rpm/rpmdb.sqlite"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "var/lib/rpm/Packages.db"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "var/lib/rpm/Packages"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "usr/share/rpm/rpmdb.sqlite"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "usr/share/rpm/Packages.db"},
    {WB_PACKAGE_RPM, SHAPE_RPM, "usr/share/rpm/Packages"},
    {WB_PACKAGE_RPM, SHAPE_RPM_MANIFEST, "var/lib/rpmmanifest/container-manifest-2"},
    {WB_PACKAGE_DEB, SHAPE_DPKG_STATUS, "var/lib/dpkg/status"},
    {WB_PACKAGE_DEB, SHAPE_DPKG_STATUS_D, "var/lib/dpkg/status.d"},
};
#define PLACE_COUNT (sizeof database_kinds / sizeof database_kinds[0])

struct wb_databases {
    struct database_place places[PLACE_COUNT];
    struct wb_attribution *attribution;
};

struct wb_databases *wb_databases_new(void)
{
    struct wb_databases *databases = wb_allocate(sizeof *databases);
    databases->attribution = wb_attribution_new();
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        databases->places[i].kind = &database_kinds[i];
        databases->places[i].span = (struct wb_layer_span){-1, -1, -1};
    }
    return databases;
}

static void clear_files(struct database_files *files)
{
    free(files->names);
    free(files->entries);
    *files = (struct database_files){0};
}

void wb_databases_free(struct wb_databases *databases)
{
    if (databases == NULL)
        return;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        struct database_place *place = &databases->places[i];
        clear_files(&place->files);
        clear_files(&place->good_files);
        free(place->path);
        wb_package_list_clear(&place->identities);
        wb_bom_free(place->identity_bom);
    }
    wb_attribution_free(databases->attribution);
    free(databases);
}

/* ---- finding ---- */

static void add_file(struct database_files *files, const char *name, const struct wb_entry *entry)
{
    WB_APPEND(files->names, files->name_count, files->name_capacity, name);
    WB_APPEND(files->entries, files->count, files->capacity, entry);
}

static bool is_content(const struct wb_node *node)
{
    return node != NULL && node->entry != NULL && node->entry->kind == WB_ENTRY_REGULAR;
}

/* rpm's sqlite database keeps its newest transactions in a file beside it until a checkpoint. */
static void add_write_ahead_log(struct database_files *files, const struct wb_node *database)
{
    if (strcmp(database->name, "rpmdb.sqlite") != 0)
        return;
    size_t count;
    struct wb_node **siblings = wb_node_children(database->parent, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(siblings[i]->name, "rpmdb.sqlite-wal") == 0 && is_content(siblings[i]))
            add_file(files, NULL, siblings[i]->entry);
    free(siblings);
}

/* Distroless images put what else dpkg keeps of a package beside its stanza. */
static bool is_stanza_name(const char *name)
{
    static const char *const others[] = {".md5sums",   ".list",   ".conffiles", ".preinst",
                                         ".postinst",  ".prerm",  ".postrm",    ".config",
                                         ".templates", ".shlibs", ".symbols",   ".triggers"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (wb_text_ends_with(name, others[i]))
            return false;
    return true;
}

static void find_status_d(const struct wb_node *directory, struct database_files *files)
{
    size_t count;
    struct wb_node **children = wb_node_children(directory, &count);
    for (size_t i = 0; i < count; i++)
        if (is_content(children[i]) && is_stanza_name(children[i]->name))
            add_file(files, children[i]->name, children[i]->entry);
    free(children);
}

/* The node of the place, or NULL; fills `files`. */
static const struct wb_node *find_files(const struct wb_rootfs *rootfs,
                                        const struct database_kind *kind,
                                        struct database_files *files)
{
    const struct wb_node *node = wb_rootfs_lookup(rootfs, kind->path, true);
    if (node == NULL)
        return NULL;
    if (kind->shape == SHAPE_DPKG_STATUS_D) {
        find_status_d(node, files);
        return files->count > 0 ? node : NULL;
    }
    if (!is_content(node))
        return NULL;
    add_file(files, NULL, node->entry);
    add_write_ahead_log(files, node);
    return node;
}

static bool same_files(const struct database_files *a, const struct database_files *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->entries, b->entries, a->count * sizeof *a->entries) == 0);
}

/* The same database reached by two paths, as `/var/lib/rpm -> ../../usr/lib/sysimage/rpm` makes it.
 */
static bool is_alias(const struct wb_databases *databases, size_t index, const char *path)
{
    for (size_t i = 0; i < index; i++)
        if (databases->places[i].present && strcmp(databases->places[i].path, path) == 0)
            return true;
    return false;
}

/* ---- reading ---- */

static bool read_files(const struct database_place *place, const struct database_files *files,
                       enum wb_read_depth depth, int layer, struct wb_bom *bom,
                       struct wb_database *database, struct wb_package_list *list,
                       struct wb_error *err)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->entries[i]->content == NULL)
            return wb_error_set(err, WB_BAD_INPUT,
                                "/%s: a package database stored as /%s, where none is expected",
                                database->path, files->entries[i]->path);
    const struct wb_bytes first = *files->entries[0]->content;
    switch (place->kind->shape) {
    case SHAPE_RPM:
        return wb_rpm_database_read(
            first, files->count > 1 ? *files->entries[1]->content : (struct wb_bytes){NULL, 0},
            depth, layer, bom, database, list, err);
    case SHAPE_RPM_MANIFEST:
        return wb_rpm_manifest_read(first, depth, layer, bom, database, list, err);
    case SHAPE_DPKG_STATUS:
        return wb_dpkg_status_read(first, false, depth, layer, bom, database, list, err);
    case SHAPE_DPKG_STATUS_D:
        for (size_t i = 0; i < files->count; i++)
            if (!wb_dpkg_status_read(*files->entries[i]->content, true, depth, layer, bom, database,
                                     list, err))
                return wb_error_context(err, "%s", files->names[i]);
        break;
    }
    return true;
}

static bool read_place(const struct database_place *place, const struct database_files *files,
                       enum wb_read_depth depth, int layer, struct wb_bom *bom,
                       struct wb_database *database, struct wb_package_list *list,
                       struct wb_error *err)
{
    *database = (struct wb_database){
        .kind = place->kind->package_kind,
        .path = wb_arena_copy(bom->arena, place->path),
        .format = "",
        .span = {-1, -1, -1},
    };
    if (!read_files(place, files, depth, layer, bom, database, list, err))
        return wb_error_context(err, "/%s", place->path);
    if (place->kind->shape == SHAPE_DPKG_STATUS_D)
        database->format = "dpkg-status.d";
    return true;
}

/* ---- observing ---- */

static int compare_entries(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t) * (const struct wb_entry *const *)a;
    uintptr_t right = (uintptr_t) * (const struct wb_entry *const *)b;
    return (left > right) - (left < right);
}

static void release_file(struct wb_layer **layers, int layer, const struct wb_entry *entry)
{
    for (int i = 0; i <= layer; i++) {
        const struct wb_entry *entries = layers[i]->entries;
        if (entry >= entries && entry < entries + layers[i]->entry_count)
            wb_layer_release_content(layers[i], entry);
    }
}

static void release_files(struct wb_layer **layers, int layer, const struct database_files *old,
                          const struct database_files *kept)
{
    const struct wb_entry **in_use = wb_allocate_array(kept->count + 1, sizeof *in_use);
    for (size_t i = 0; i < kept->count; i++)
        in_use[i] = kept->entries[i];
    qsort(in_use, kept->count, sizeof *in_use, compare_entries);
    for (size_t i = 0; i < old->count; i++)
        if (bsearch(&old->entries[i], in_use, kept->count, sizeof *in_use, compare_entries) == NULL)
            release_file(layers, layer, old->entries[i]);
    free(in_use);
}

static void copy_files(struct database_files *to, const struct database_files *from)
{
    clear_files(to);
    for (size_t i = 0; i < from->count; i++)
        add_file(to, from->names[i], from->entries[i]);
}

static void read_identities(struct database_place *place, struct wb_layer **layers, int layer)
{
    struct wb_bom *bom = wb_bom_new();
    struct wb_package_list list = {0};
    struct wb_database database;
    place->failure = (struct wb_error)WB_ERROR_INIT;
    place->unreadable = !read_place(place, &place->files, WB_READ_IDENTITY, layer, bom, &database,
                                    &list, &place->failure);
    if (place->unreadable || list.count == 0) {
        wb_package_list_clear(&list);
        wb_bom_free(bom);
        return;
    }
    if (place->had_packages)
        release_files(layers, layer, &place->good_files, &place->files);
    place->had_packages = true;
    copy_files(&place->good_files, &place->files);
    wb_package_list_clear(&place->identities);
    wb_bom_free(place->identity_bom);
    place->identity_bom = bom;
    place->identities = list;
}

/* Returns whether the place is in another state than after the layer before. */
static bool observe_place(struct wb_databases *databases, size_t index,
                          const struct wb_rootfs *rootfs, struct wb_layer **layers, int layer)
{
    struct database_place *place = &databases->places[index];
    struct database_files files = {0};
    const struct wb_node *node = find_files(rootfs, place->kind, &files);
    struct wb_buffer path = {0};
    if (node != NULL)
        wb_node_path(node, &path);
    WB_AUTO_STRING text = wb_buffer_steal_text(&path);
    bool present = node != NULL && !is_alias(databases, index, text);
    bool changed = present != place->present || (present && !same_files(&files, &place->files));
    if (changed && !present) {
        place->span.deleted = layer;
    } else if (changed) {
        if (place->span.introduced < 0)
            place->span.introduced = layer;
        else
            place->span.changed = layer;
        place->span.deleted = -1;
    }
    place->present = present;
    if (changed && present) {
        clear_files(&place->files);
        place->files = files;
        free(place->path);
        place->path = WB_STEAL(text);
        read_identities(place, layers, layer);
    } else {
        clear_files(&files);
    }
    if (present && !place->unreadable && same_files(&place->files, &place->good_files))
        place->good_layer = layer;
    return changed;
}

/* Whether the place shows packages in the state last looked at. */
static bool is_live(const struct database_place *place)
{
    return place->present && place->had_packages && !place->unreadable &&
           same_files(&place->files, &place->good_files);
}

static bool kind_is_live(const struct wb_databases *databases, enum wb_package_kind kind)
{
    for (size_t i = 0; i < PLACE_COUNT; i++)
        if (databases->places[i].kind->package_kind == kind && is_live(&databases->places[i]))
            return true;
    return false;
}

/* Where every database of its kind is gone or empty, the one that went last speaks on: its packages
 * are still there as files. */
static const struct database_place *last_of_kind(const struct wb_databases *databases,
                                                 enum wb_package_kind kind)
{
    const struct database_place *last = NULL;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        const struct database_place *place = &databases->places[i];
        if (place->kind->package_kind == kind && place->had_packages &&
            (last == NULL || place->good_layer > last->good_layer))
            last = place;
    }
    return last;
}

static bool speaks(const struct wb_databases *databases, const struct database_place *place)
{
    enum wb_package_kind kind = place->kind->package_kind;
    if (kind_is_live(databases, kind))
        return is_live(place);
    return last_of_kind(databases, kind) == place;
}

void wb_databases_observe(struct wb_databases *databases, const struct wb_rootfs *rootfs,
                          struct wb_layer **layers, int layer)
{
    bool changed = false;
    for (size_t i = 0; i < PLACE_COUNT; i++)
        changed = observe_place(databases, i, rootfs, layers, layer) || changed;
    if (!changed)
        return;
    wb_attribution_begin(databases->attribution);
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        const struct database_place *place = &databases->places[i];
        if (!speaks(databases, place))
            continue;
        for (size_t j = 0; j < place->identities.count; j++)
            wb_attribution_add(databases->attribution, place->identities.packages[j]);
    }
    wb_attribution_end(databases->attribution, layer);
}

/* ---- the final state ---- */

static void take_packages(struct wb_databases *databases, struct wb_bom *bom,
                          const struct wb_package_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct wb_package *package = list->packages[i];
        package->database = (int)bom->database_count;
        wb_attribution_apply(databases->attribution, package);
        if (package->state == WB_STATE_NOT_INSTALLED)
            continue;
        if (package->state == WB_STATE_CONFIG_FILES)
            WB_APPEND(bom->residues, bom->residue_count, bom->residue_capacity, package);
        else
            WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    }
}

static int last_change(const struct database_place *place)
{
    return place->span.changed >= 0 ? place->span.changed : place->span.introduced;
}

/* Always false, as wb_error_context. */
static bool in_layer(const struct wb_bom *bom, int layer, struct wb_error *err)
{
    char label[64];
    const char *digest = (size_t)layer < bom->layer_count ? bom->layers[layer].blob_digest : NULL;
    return wb_error_context(err, "%s", wb_layer_label((size_t)layer, digest, label));
}

static bool read_in_full(struct wb_databases *databases, const struct database_place *place,
                         const struct database_files *files, struct wb_bom *bom,
                         struct wb_error *err)
{
    struct wb_database database;
    struct wb_package_list list = {0};
    bool good =
        read_place(place, files, WB_READ_ALL, last_change(place), bom, &database, &list, err) ||
        in_layer(bom, last_change(place), err);
    if (good) {
        take_packages(databases, bom, &list);
        database.package_count = list.count;
        database.span = place->span;
        WB_APPEND(bom->databases, bom->database_count, bom->database_capacity, database);
    }
    wb_package_list_clear(&list);
    return good;
}

static void report_gone(const struct database_place *place, struct wb_bom *bom)
{
    bool deleted = !place->present;
    wb_bom_add_finding(
        bom, WB_SEVERITY_WARNING, deleted ? "package-database-deleted" : "package-database-emptied",
        deleted ? place->span.deleted : place->span.changed, place->path,
        "the package database /%s was %s by layer %d; its packages are read from "
        "layer %d, the last that had them",
        place->path, deleted ? "deleted" : "emptied",
        (deleted ? place->span.deleted : place->span.changed) + 1, place->good_layer + 1);
}

/* A database that gave way to another of its kind, as when an image moves to /usr/lib/sysimage. */
static void report_left(const struct database_place *place, struct wb_bom *bom)
{
    wb_bom_add_finding(bom, WB_SEVERITY_NOTE, "package-database-replaced", place->span.deleted,
                       place->path,
                       "the package database /%s of a lower layer is gone, another stands in its "
                       "place",
                       place->path);
}

static void report_several(struct wb_bom *bom)
{
    for (int kind = WB_PACKAGE_RPM; kind <= WB_PACKAGE_DEB; kind++) {
        struct wb_buffer paths = {0};
        size_t count = 0;
        for (size_t i = 0; i < bom->database_count; i++) {
            if ((int)bom->databases[i].kind != kind || bom->databases[i].package_count == 0)
                continue;
            wb_buffer_append_format(&paths, "%s/%s", count++ == 0 ? "" : ", ",
                                    bom->databases[i].path);
        }
        WB_AUTO_STRING text = wb_buffer_steal_text(&paths);
        if (count > 1)
            wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "several-package-databases", -1, NULL,
                               "the image has %zu %s databases, all of which are listed: %s", count,
                               wb_package_kind_name((enum wb_package_kind)kind), text);
    }
}

bool wb_databases_read(struct wb_databases *databases, struct wb_bom *bom, int *before_deletion,
                       struct wb_error *err)
{
    *before_deletion = -1;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        const struct database_place *place = &databases->places[i];
        bool speaking = speaks(databases, place);
        if (place->present && place->unreadable) {
            *err = place->failure;
            return in_layer(bom, last_change(place), err);
        }
        if (speaking && !is_live(place)) {
            report_gone(place, bom);
            if (place->kind->package_kind == WB_PACKAGE_DEB)
                *before_deletion = place->good_layer;
            if (!read_in_full(databases, place, &place->good_files, bom, err))
                return false;
        } else if (place->present) {
            if (!read_in_full(databases, place, &place->files, bom, err))
                return false;
        } else if (place->had_packages) {
            report_left(place, bom);
        }
    }
    report_several(bom);
    wb_attribution_list_removed(databases->attribution, bom);
    if (bom->database_count == 0)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "no-package-database", -1, NULL,
                           "the image holds no rpm or dpkg database: its packages are not known");
    else if (bom->package_count == 0)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "no-packages", -1, NULL,
                           "the package databases of the image list no package");
    return true;
}
