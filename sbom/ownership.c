/* SPDX-License-Identifier: Apache-2.0 */
/* Whose each file is: what the package databases say, held against what the layers really contain.
 */
#include "sbom/sbom.h"

#include <string.h>

/* One package's word about one file. */
struct claim {
    struct wb_package *package;
    const struct wb_owned_file *owned;
    struct claim *next;
};

struct claims {
    struct claim *first, *last;
};

struct ownership {
    struct wb_bom *bom;
    struct wb_arena *arena; /* lives as long as the claims are needed */
};

/* The document outlives the layer records. */
static const struct wb_file_hashes *copy_hashes(struct wb_arena *arena,
                                                const struct wb_file_hashes *hashes)
{
    if (hashes == NULL)
        return NULL;
    struct wb_file_hashes *copy = wb_file_hashes_new(arena, hashes->present);
    memcpy(copy, hashes, wb_file_hashes_size(hashes->present));
    return copy;
}

static const char *printable(struct wb_arena *arena, const char *path)
{
    return wb_utf8_escape(arena, path, strlen(path));
}

/* rpm lists ghosts and files it was told not to install; they may be missing in good order. */
static bool may_be_missing(const struct wb_owned_file *owned)
{
    return (owned->flags & (WB_OWNED_GHOST | WB_OWNED_MISSING_OK | WB_OWNED_NOT_INSTALLED |
                            WB_OWNED_OBSOLETE)) != 0;
}

static void claim_file(struct ownership *ownership, const struct wb_rootfs *rootfs,
                       struct wb_package *package, const struct wb_owned_file *owned)
{
    struct wb_bom *bom = ownership->bom;
    /* Parents are followed (`/lib` is `/usr/lib` on merged systems), a symlink at the end is what
     * the package owns. */
    struct wb_node *node = wb_rootfs_lookup(rootfs, owned->path, false);
    if (node == NULL) {
        if (may_be_missing(owned))
            return;
        WB_APPEND(package->missing_paths, package->missing_path_count,
                  package->missing_path_capacity, printable(bom->arena, owned->path));
        bom->total_missing++;
        return;
    }
    if (node->entry == NULL || node->entry->kind == WB_ENTRY_DIRECTORY)
        return;
    if (node->user == NULL)
        node->user = wb_arena_allocate(ownership->arena, sizeof(struct claims));
    struct claims *claims = node->user;
    for (struct claim *claim = claims->first; claim != NULL; claim = claim->next)
        if (claim->package == package) {
            /* Listed twice, as by its old and its new name: the word with a digest counts. */
            if (claim->owned->digest.algorithm == WB_DIGEST_NONE)
                claim->owned = owned;
            return;
        }
    struct claim *claim = wb_arena_allocate(ownership->arena, sizeof *claim);
    *claim = (struct claim){.package = package, .owned = owned};
    if (claims->last == NULL)
        claims->first = claim;
    else
        claims->last->next = claim;
    claims->last = claim;
}

/* -1: there is nothing to compare. */
static int content_matches(const struct wb_entry *entry, const struct wb_digest *expected)
{
    const struct wb_file_hashes *hashes = entry->hashes;
    if (hashes == NULL)
        return -1;
    switch (expected->algorithm) {
    case WB_DIGEST_MD5:
        if ((hashes->present & WB_FILE_MD5) != 0)
            return memcmp(hashes->md5, expected->bytes, sizeof hashes->md5) == 0;
        return -1;
    case WB_DIGEST_SHA1:
        if ((hashes->present & WB_FILE_SHA1) != 0)
            return memcmp(hashes->sha1, expected->bytes, sizeof hashes->sha1) == 0;
        return -1;
    case WB_DIGEST_SHA256:
        if ((hashes->present & WB_FILE_SHA256) != 0)
            return memcmp(hashes->sha256, expected->bytes, sizeof hashes->sha256) == 0;
        return -1;
    case WB_DIGEST_SHA512:
        if ((hashes->present & WB_FILE_SHA512) != 0)
            return memcmp(hashes->sha512, expected->bytes, wb_digest_size(WB_DIGEST_SHA512)) == 0;
        return -1;
    default:
        return -1;
    }
}

/* A file is as installed when one owner's digest says so: of packages that share a file, or divert
 * each other's, not all can be right. */
static enum wb_file_status judge(const struct wb_entry *entry, const struct claims *claims,
                                 const struct wb_owned_file **witness)
{
    *witness = claims->first->owned;
    bool differs = false;
    for (const struct claim *claim = claims->first; claim != NULL; claim = claim->next) {
        int match = content_matches(entry, &claim->owned->digest);
        if (match == 1) {
            *witness = claim->owned;
            return WB_FILE_OWNED;
        }
        if (match == 0 && !differs) {
            differs = true;
            *witness = claim->owned;
        }
    }
    return differs ? WB_FILE_MODIFIED : WB_FILE_OWNED;
}

static bool is_selected(const struct wb_bom *bom, enum wb_file_status status)
{
    switch (bom->file_selection) {
    case WB_FILES_NONE:
        return false;
    case WB_FILES_ALL:
        return true;
    case WB_FILES_UNOWNED:
        break;
    }
    return status == WB_FILE_UNOWNED || status == WB_FILE_MODIFIED;
}

static void add_owners(struct wb_bom *bom, struct wb_file *file, const struct claims *claims)
{
    for (const struct claim *claim = claims->first; claim != NULL; claim = claim->next)
        file->owner_count++;
    file->owners = wb_arena_allocate(bom->arena, file->owner_count * sizeof(struct wb_package *));
    size_t count = 0;
    for (const struct claim *claim = claims->first; claim != NULL; claim = claim->next)
        file->owners[count++] = claim->package;
}

static void count_status(struct wb_bom *bom, enum wb_file_status status)
{
    bom->total_files++;
    if (status == WB_FILE_UNOWNED)
        bom->total_unowned++;
    else
        bom->total_owned++;
    if (status == WB_FILE_MODIFIED)
        bom->total_modified++;
}

static bool visit_node(void *context, struct wb_node *node, const char *path)
{
    struct wb_bom *bom = context;
    const struct wb_entry *entry = node->entry;
    if (entry == NULL || entry->kind != WB_ENTRY_REGULAR)
        return true;
    const struct claims *claims = node->user;
    const struct wb_owned_file *witness = NULL;
    enum wb_file_status status = claims == NULL ? WB_FILE_UNOWNED : judge(entry, claims, &witness);
    count_status(bom, status);
    if (!is_selected(bom, status))
        return true;
    struct wb_file *file = wb_arena_allocate(bom->arena, sizeof *file);
    const char *shown = printable(bom->arena, path);
    *file = (struct wb_file){
        .path = wb_arena_format(bom->arena, "/%s", shown),
        .status = status,
        .mode = entry->mode,
        .uid = entry->uid,
        .gid = entry->gid,
        .size = entry->size,
        .hashes = copy_hashes(bom->arena, entry->hashes),
        .span = node->span,
    };
    if (witness != NULL) {
        file->owned_flags = witness->flags;
        file->capabilities = witness->capabilities;
        if (status == WB_FILE_MODIFIED)
            file->expected = witness->digest;
        add_owners(bom, file, claims);
    }
    WB_APPEND(bom->files, bom->file_count, bom->file_capacity, file);
    return true;
}

static void list_removed(const struct wb_rootfs *rootfs, struct wb_bom *bom)
{
    size_t count;
    const struct wb_deleted_node *deleted = wb_rootfs_deleted(rootfs, &count);
    for (size_t i = 0; i < count; i++) {
        if (deleted[i].entry->kind != WB_ENTRY_REGULAR)
            continue;
        struct wb_removed_file removed = {
            .path = wb_arena_format(bom->arena, "/%s", printable(bom->arena, deleted[i].path)),
            .size = deleted[i].entry->size,
            .hashes = copy_hashes(bom->arena, deleted[i].entry->hashes),
            .span = deleted[i].span,
        };
        WB_APPEND(bom->removed_files, bom->removed_file_count, bom->removed_file_capacity, removed);
    }
}

bool wb_ownership_read(const struct wb_rootfs *rootfs, struct wb_bom *bom, struct wb_error *err)
{
    (void)err;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct ownership ownership = {.bom = bom, .arena = arena};
    for (size_t i = 0; i < bom->package_count; i++)
        for (size_t j = 0; j < bom->packages[i]->owned_file_count; j++)
            claim_file(&ownership, rootfs, bom->packages[i], &bom->packages[i]->owned_files[j]);
    /* A removed package's configuration is still its own. */
    for (size_t i = 0; i < bom->residue_count; i++)
        for (size_t j = 0; j < bom->residues[i]->owned_file_count; j++)
            claim_file(&ownership, rootfs, bom->residues[i], &bom->residues[i]->owned_files[j]);
    wb_rootfs_walk(rootfs, visit_node, bom);
    if (bom->file_selection == WB_FILES_ALL)
        list_removed(rootfs, bom);
    return true;
}
