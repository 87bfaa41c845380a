/* SPDX-License-Identifier: Apache-2.0 */
/* Every file that an SBOM names against the file in the merged layers. */
#include "verify/deep_private.h"

#include <stdlib.h>
#include <string.h>

/* More of one kind are counted, not listed. */
#define LISTED_MAX 50
/* A path has some dozens of components at most; only hostile symlinks need more on average. */
#define STEPS_BASE UINT64_C(10000000)
#define STEPS_PER_FILE UINT64_C(256)

struct comparison {
    struct wb_deep_image *image;
    struct wb_outcomes *outcomes;
    size_t missing, changed, uncompared;
    uint64_t steps_left;
};

/* ---- which layer it was ---- */

static const char *layer_name(const struct wb_deep_image *image, int layer, char text[64])
{
    char digest[WB_DIGEST_TEXT_SIZE];
    if (layer < 0 || (size_t)layer >= image->layer_count)
        return "no layer";
    wb_digest_format(&image->digests[layer], digest);
    return wb_layer_label((size_t)layer, digest, text);
}

static int compare_deleted(const void *left, const void *right)
{
    const struct wb_deleted_node *const *a = left, *const *b = right;
    int order = strcmp((*a)->path, (*b)->path);
    /* The last deletion first. */
    return order != 0 ? order : (*b)->span.deleted - (*a)->span.deleted;
}

static const struct wb_deleted_node *find_deleted(struct wb_deep_image *image, const char *path)
{
    size_t count, low = 0;
    const struct wb_deleted_node *all = wb_rootfs_deleted(image->rootfs, &count);
    if (image->deleted == NULL) {
        image->deleted = wb_allocate_array(count + 1, sizeof *image->deleted);
        for (size_t i = 0; i < count; i++)
            image->deleted[i] = &all[i];
        qsort(image->deleted, count, sizeof *image->deleted, compare_deleted);
    }
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(image->deleted[middle]->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && strcmp(image->deleted[low]->path, path) == 0 ? image->deleted[low] : NULL;
}

/* ---- one file ---- */

/* The SBOM has escapes where a name is not UTF-8 (wb_utf8_escape), if it is ours. */
static struct wb_node *find(struct comparison *comparison, struct wb_arena *arena, const char *path,
                            bool follow)
{
    const struct wb_rootfs *rootfs = comparison->image->rootfs;
    struct wb_node *node = NULL;
    if (strchr(path, '\\') != NULL)
        node = wb_rootfs_lookup_within(rootfs, wb_utf8_unescape(arena, path), follow,
                                       &comparison->steps_left);
    return node != NULL ? node
                        : wb_rootfs_lookup_within(rootfs, path, follow, &comparison->steps_left);
}

static void report_missing(struct comparison *comparison, struct wb_arena *arena, const char *path)
{
    char label[64];
    if (comparison->missing++ >= LISTED_MAX)
        return;
    const char *object = wb_arena_format(arena, "/%s", path);
    const struct wb_deleted_node *deleted =
        find_deleted(comparison->image, wb_utf8_unescape(arena, path));
    if (deleted != NULL)
        wb_outcome_add(comparison->outcomes, "E-SBOM-FILE-MISSING", object,
                       "the SBOM names this file, which the image does not have: %s removed it",
                       layer_name(comparison->image, deleted->span.deleted, label));
    else
        wb_outcome_add(comparison->outcomes, "E-SBOM-FILE-MISSING", object,
                       "the SBOM names this file, which no layer of the image has");
}

static const char *kind_name(const struct wb_entry *entry)
{
    if (entry == NULL || entry->kind == WB_ENTRY_DIRECTORY)
        return "a directory";
    return entry->kind == WB_ENTRY_SYMLINK ? "a symlink to nothing" : "a device or FIFO";
}

static void report_changed(struct comparison *comparison, struct wb_arena *arena, const char *path,
                           const struct wb_node *node, const char *algorithm,
                           const char *claimed_digest, const char *found)
{
    char label[64];
    if (comparison->changed++ >= LISTED_MAX)
        return;
    const struct wb_layer_span *span = &node->span;
    int layer = span->changed >= 0 ? span->changed : span->introduced;
    wb_outcome_add(comparison->outcomes, "E-SBOM-FILE-CHANGED", wb_arena_format(arena, "/%s", path),
                   "the SBOM says that this file is %s %s; %s made it %s", algorithm,
                   claimed_digest, layer_name(comparison->image, layer, label), found);
}

/* Every digest that is stated must be right. */
static void compare_digests(struct comparison *comparison, struct wb_arena *arena,
                            const struct wb_file_claim *claim, const struct wb_node *node)
{
    const struct wb_entry *entry = node->entry;
    static const struct wb_file_hashes none = {0};
    const struct wb_file_hashes *found =
        entry != NULL && entry->kind == WB_ENTRY_REGULAR ? entry->hashes : &none;
    const struct {
        enum wb_file_digests flag;
        const char *name;
        const uint8_t *stated, *found;
        size_t size;
    } rows[] = {
        {WB_FILE_SHA256, "SHA-256", claim->hashes.sha256, found->sha256,
         sizeof claim->hashes.sha256},
        {WB_FILE_SHA1, "SHA-1", claim->hashes.sha1, found->sha1, sizeof claim->hashes.sha1},
        {WB_FILE_MD5, "MD5", claim->hashes.md5, found->md5, sizeof claim->hashes.md5},
        {WB_FILE_SHA512, "SHA-512", claim->hashes.sha512, found->sha512,
         sizeof claim->hashes.sha512},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char claimed[2 * WB_DIGEST_MAX_SIZE + 1], actual[2 * WB_DIGEST_MAX_SIZE + 1];
        if ((claim->hashes.present & rows[i].flag) == 0)
            continue;
        bool computed = (found->present & rows[i].flag) != 0;
        if (computed && memcmp(rows[i].stated, rows[i].found, rows[i].size) == 0)
            continue;
        wb_hex_format(rows[i].stated, rows[i].size, claimed);
        if (computed)
            wb_hex_format(rows[i].found, rows[i].size, actual);
        report_changed(comparison, arena, claim->path, node, rows[i].name, claimed,
                       computed ? actual : kind_name(entry));
        return;
    }
}

static void compare_file(struct comparison *comparison, const struct wb_file_claim *claim)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_node *node = find(comparison, arena, claim->path, false);
    if (node == NULL) {
        report_missing(comparison, arena, claim->path);
        return;
    }
    comparison->uncompared += claim->other_digest ? 1 : 0;
    if (claim->hashes.present == 0)
        return;
    /* Some programs list a symlink with the content of what it leads to. */
    struct wb_node *target = NULL;
    if (node->entry != NULL && node->entry->kind == WB_ENTRY_SYMLINK)
        target = find(comparison, arena, claim->path, true);
    compare_digests(comparison, arena, claim, target != NULL ? target : node);
}

/* ---- all of them ---- */

static void report_rest(struct comparison *comparison, const char *code, size_t count,
                        const char *what)
{
    if (count > LISTED_MAX)
        wb_outcome_add(comparison->outcomes, code, comparison->image->name,
                       "%zu more files that %s", count - LISTED_MAX, what);
}

void wb_deep_compare(struct wb_deep_image *image, const struct wb_sbom_claims *claims,
                     struct wb_outcomes *outcomes, size_t *checked)
{
    struct comparison comparison = {
        .image = image,
        .outcomes = outcomes,
        .steps_left = STEPS_BASE + STEPS_PER_FILE * claims->file_count,
    };
    for (size_t i = 0; i < claims->file_count && comparison.steps_left > 0; i++)
        compare_file(&comparison, &claims->files[i]);
    if (comparison.steps_left == 0)
        wb_outcome_add(outcomes, "E-SBOM", image->name,
                       "the image's symlinks make the paths of the SBOM too long to follow");
    report_rest(&comparison, "E-SBOM-FILE-MISSING", comparison.missing,
                "the SBOM names and the image does not have");
    report_rest(&comparison, "E-SBOM-FILE-CHANGED", comparison.changed,
                "are not what the SBOM says");
    if (comparison.uncompared > 0)
        wb_outcome_add(outcomes, "W-UNSUPPORTED", image->name,
                       "%zu files are there, but the SBOM has only digests of them that are not "
                       "computed here",
                       comparison.uncompared);
    *checked += claims->file_count - comparison.uncompared;
}
