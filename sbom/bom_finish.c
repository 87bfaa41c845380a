/* SPDX-License-Identifier: Apache-2.0 */
/* The document put in order: sorting, duplicates, identifiers. */
#include "sbom/bom.h"

#define uthash_malloc(size) wb_allocate(size)
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* ---- order: every comparison is total, so that it does not depend on the sort's algorithm ---- */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_span(const struct wb_layer_span *a, const struct wb_layer_span *b)
{
    int order = COMPARE(a->introduced, b->introduced);
    if (order == 0)
        order = COMPARE(a->changed, b->changed);
    return order != 0 ? order : COMPARE(a->deleted, b->deleted);
}

static int compare_hashes(const struct wb_file_hashes *a, const struct wb_file_hashes *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return memcmp(a->sha256, b->sha256, sizeof a->sha256);
}

static bool same_identity(const struct wb_package *a, const struct wb_package *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           compare_text(a->architecture, b->architecture) == 0 && compare_text(a->evr, b->evr) == 0;
}

static int compare_packages(const void *left, const void *right)
{
    const struct wb_package *a = *(struct wb_package *const *)left;
    const struct wb_package *b = *(struct wb_package *const *)right;
    int order = COMPARE(a->kind, b->kind);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = compare_text(a->architecture, b->architecture);
    if (order == 0)
        order = compare_text(a->evr, b->evr);
    if (order == 0)
        order = COMPARE(a->database, b->database);
    if (order == 0)
        order = COMPARE(a->state, b->state);
    if (order == 0)
        order = compare_span(&a->span, &b->span);
    if (order == 0)
        order = memcmp(a->header_sha256.bytes, b->header_sha256.bytes, WB_DIGEST_MAX_SIZE);
    return order != 0 ? order : COMPARE(a->install_time, b->install_time);
}

static int compare_files(const void *left, const void *right)
{
    const struct wb_file *a = *(struct wb_file *const *)left;
    const struct wb_file *b = *(struct wb_file *const *)right;
    int order = strcmp(a->path, b->path);
    if (order == 0)
        order = compare_hashes(a->hashes, b->hashes);
    return order != 0 ? order : compare_span(&a->span, &b->span);
}

static int compare_removed_files(const void *left, const void *right)
{
    const struct wb_removed_file *a = left;
    const struct wb_removed_file *b = right;
    int order = strcmp(a->path, b->path);
    if (order == 0)
        order = compare_span(&a->span, &b->span);
    return order != 0 ? order : compare_hashes(a->hashes, b->hashes);
}

static int compare_dependencies(const void *left, const void *right)
{
    const struct wb_dependency *a = left;
    const struct wb_dependency *b = right;
    int order = COMPARE(a->from->index, b->from->index);
    if (order == 0)
        order = COMPARE(a->to->index, b->to->index);
    return order != 0 ? order : COMPARE(a->kind, b->kind);
}

static int compare_unmet(const void *left, const void *right)
{
    const struct wb_unmet_requirement *a = left;
    const struct wb_unmet_requirement *b = right;
    int order = COMPARE(a->package->index, b->package->index);
    if (order == 0)
        order = strcmp(a->text, b->text);
    return order != 0 ? order : COMPARE(a->kind, b->kind);
}

/* Warnings first. */
static int compare_findings(const void *left, const void *right)
{
    const struct wb_finding *a = left;
    const struct wb_finding *b = right;
    int order = COMPARE(b->severity, a->severity);
    if (order == 0)
        order = strcmp(a->code, b->code);
    if (order == 0)
        order = compare_text(a->path, b->path);
    if (order == 0)
        order = COMPARE(a->layer, b->layer);
    return order != 0 ? order : strcmp(a->message, b->message);
}

static int compare_trusted_keys(const void *left, const void *right)
{
    const struct wb_trusted_key *a = left;
    const struct wb_trusted_key *b = right;
    int order = compare_text(a->key_id, b->key_id);
    if (order == 0)
        order = compare_text(a->summary, b->summary);
    if (order == 0)
        order = compare_text(a->armoured, b->armoured);
    return order != 0 ? order : compare_span(&a->span, &b->span);
}

static int compare_licence_texts(const void *left, const void *right)
{
    const struct wb_licence_text *a = left;
    const struct wb_licence_text *b = right;
    return strcmp(a->id, b->id);
}

static int compare_references(const void *left, const void *right)
{
    const struct wb_external_reference *a = left;
    const struct wb_external_reference *b = right;
    int order = compare_text(a->category, b->category);
    if (order == 0)
        order = compare_text(a->type, b->type);
    if (order == 0)
        order = compare_text(a->locator, b->locator);
    return order != 0 ? order : compare_text(a->comment, b->comment);
}

static int compare_digests(const void *left, const void *right)
{
    const struct wb_digest *a = left;
    const struct wb_digest *b = right;
    int order = COMPARE(a->algorithm, b->algorithm);
    return order != 0 ? order : memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static int compare_strings(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* An empty list may be a null pointer, which qsort must not be given. */
static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(items, count, size, compare);
}

#define SORT(items, count, compare) sort((items), (count), sizeof *(items), (compare))

static void sort_packages(struct wb_package **packages, size_t count)
{
    SORT(packages, count, compare_packages);
    for (size_t i = 0; i < count; i++) {
        struct wb_package *package = packages[i];
        package->index = i;
        SORT(package->missing_paths, package->missing_path_count, compare_strings);
        size_t kept = 0;
        for (size_t j = 0; j < package->missing_path_count; j++)
            if (kept == 0 ||
                strcmp(package->missing_paths[kept - 1], package->missing_paths[j]) != 0)
                package->missing_paths[kept++] = package->missing_paths[j];
        package->missing_path_count = kept;
    }
}

/* One edge for each pair: of several kinds the firmest, which the enumeration names first. */
static void sort_dependencies(struct wb_bom *bom)
{
    struct wb_dependency *edges = bom->dependencies;
    SORT(edges, bom->dependency_count, compare_dependencies);
    size_t kept = 0;
    for (size_t i = 0; i < bom->dependency_count; i++) {
        if (edges[i].from == edges[i].to)
            continue;
        if (kept > 0 && edges[kept - 1].from == edges[i].from && edges[kept - 1].to == edges[i].to)
            continue;
        edges[kept++] = edges[i];
    }
    bom->dependency_count = kept;
}

/* What is needed in two ways is missing once. */
static void sort_unmet(struct wb_bom *bom)
{
    struct wb_unmet_requirement *unmet = bom->unmet;
    SORT(unmet, bom->unmet_count, compare_unmet);
    size_t kept = 0;
    for (size_t i = 0; i < bom->unmet_count; i++)
        if (kept == 0 || unmet[kept - 1].package != unmet[i].package ||
            strcmp(unmet[kept - 1].text, unmet[i].text) != 0)
            unmet[kept++] = unmet[i];
    bom->unmet_count = kept;
}

static void sort_findings(struct wb_bom *bom)
{
    struct wb_finding *findings = bom->findings;
    SORT(findings, bom->finding_count, compare_findings);
    size_t kept = 0;
    for (size_t i = 0; i < bom->finding_count; i++)
        if (kept == 0 || compare_findings(&findings[kept - 1], &findings[i]) != 0)
            findings[kept++] = findings[i];
    bom->finding_count = kept;
}

/* ---- identifiers ---- */

#define NAME_LENGTH_MAX 96 /* of the readable part: paths and versions may be of any length */

struct taken_id {
    const char *id;
    UT_hash_handle hh;
};

struct naming {
    struct wb_bom *bom;
    struct wb_arena *arena; /* the table of ids is needed only while they are given */
    struct wb_hasher *hasher;
    struct taken_id *taken;
};

/* Appends `text` with each run of other characters than [A-Za-z0-9.] as one `-`; says whether
 * anything was lost. A `-` is kept as such where it stands alone between others. */
static bool append_readable(struct wb_buffer *id, const char *text)
{
    bool lost = false;
    bool after_dash = true;
    size_t length = 0;
    for (; *text != '\0'; text++) {
        bool kept = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                    (*text >= '0' && *text <= '9') || *text == '.';
        lost = lost || !(kept || (*text == '-' && !after_dash));
        if (!kept && after_dash)
            continue;
        if (length++ == NAME_LENGTH_MAX)
            return true;
        wb_buffer_append(id, kept ? text : "-", 1);
        after_dash = !kept;
    }
    return lost;
}

static void append_digest(struct naming *naming, struct wb_buffer *id, const char *text,
                          size_t ordinal, size_t size)
{
    struct wb_digest digest;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hasher_update(naming->hasher, text, strlen(text) + 1);
    wb_hasher_update(naming->hasher, &(uint8_t){(uint8_t)(ordinal & 0xff)}, 1);
    for (size_t rest = ordinal >> 8; rest != 0; rest >>= 8)
        wb_hasher_update(naming->hasher, &(uint8_t){(uint8_t)(rest & 0xff)}, 1);
    wb_hasher_finish(naming->hasher, &digest);
    wb_hex_format(digest.bytes, size, hex);
    wb_buffer_append(id, "-", 1);
    wb_buffer_append_text(id, hex);
}

static bool is_taken(const struct naming *naming, const char *id)
{
    struct taken_id *found;
    HASH_FIND_STR(naming->taken, id, found);
    return found != NULL;
}

static const char *take(struct naming *naming, const char *id)
{
    struct taken_id *taken = wb_arena_allocate(naming->arena, sizeof *taken);
    taken->id = wb_arena_copy(naming->bom->arena, id);
    HASH_ADD_KEYPTR(hh, naming->taken, taken->id, (unsigned)strlen(taken->id), taken);
    return taken->id;
}

/* `readable`, with a short digest over `identity` behind it where something of the identity was
 * lost or another thing has the name. `*ordinal` tells things of one identity apart. */
static const char *name_thing(struct naming *naming, const struct wb_buffer *readable, bool lost,
                              const char *identity, size_t *ordinal, size_t digest_size)
{
    if (!lost && !is_taken(naming, (const char *)readable->data))
        return take(naming, (const char *)readable->data);
    for (;; (*ordinal)++) {
        WB_AUTO_VALUE(wb_buffer) id = {0};
        wb_buffer_append(&id, readable->data, readable->size);
        append_digest(naming, &id, identity, *ordinal, digest_size);
        if (!is_taken(naming, (const char *)id.data))
            return take(naming, (const char *)id.data);
    }
}

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void name_packages(struct naming *naming, struct wb_package **packages, size_t count,
                          const char *prefix)
{
    size_t ordinal = 0;
    for (size_t i = 0; i < count; i++) {
        struct wb_package *package = packages[i];
        const char *architecture = text_or_empty(package->architecture);
        WB_AUTO_VALUE(wb_buffer) readable = {0};
        wb_buffer_append_format(&readable, "%s%s-", prefix, wb_package_kind_name(package->kind));
        WB_AUTO_STRING name =
            wb_string_format("%s%s%s-%s", package->name, *architecture == '\0' ? "" : "-",
                             architecture, text_or_empty(package->evr));
        bool lost = append_readable(&readable, name);
        WB_AUTO_STRING identity =
            wb_string_format("%s %s %s %s", wb_package_kind_name(package->kind), package->name,
                             architecture, text_or_empty(package->evr));
        if (i == 0 || !same_identity(packages[i - 1], package))
            ordinal = 0;
        package->id = name_thing(naming, &readable, lost, identity, &ordinal, 4);
    }
}

static void name_files(struct naming *naming)
{
    struct wb_bom *bom = naming->bom;
    size_t ordinal = 0;
    for (size_t i = 0; i < bom->file_count; i++) {
        struct wb_file *file = bom->files[i];
        const char *slash = strrchr(file->path, '/');
        WB_AUTO_VALUE(wb_buffer) readable = {0};
        wb_buffer_append_text(&readable, "file-");
        append_readable(&readable, slash == NULL ? file->path : slash + 1);
        if (i == 0 || strcmp(bom->files[i - 1]->path, file->path) != 0)
            ordinal = 0;
        /* Base names repeat: the digest over the whole path always stands behind them. */
        file->id = name_thing(naming, &readable, true, file->path, &ordinal, 8);
    }
}

static struct wb_hasher *new_hasher(void)
{
    struct wb_hasher *hasher = wb_hasher_new(WB_DIGEST_SHA256, NULL);
    if (hasher == NULL)
        wb_out_of_memory(0); /* nothing else can be amiss with SHA-256 */
    return hasher;
}

static void give_ids(struct wb_bom *bom)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_hasher) *hasher = new_hasher();
    struct naming naming = {.bom = bom, .arena = arena, .hasher = hasher};
    name_packages(&naming, bom->packages, bom->package_count, "");
    name_packages(&naming, bom->residues, bom->residue_count, "residue-");
    name_packages(&naming, bom->removed, bom->removed_count, "removed-");
    name_files(&naming);
    HASH_CLEAR(hh, naming.taken);
}

/* Formats keep some of these in one place and some in another. */
static void sort_lists_of_packages(struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->made_count; i++) {
        struct wb_package *package = bom->made[i];
        SORT(package->external_references, package->external_reference_count, compare_references);
        SORT(package->checksums, package->checksum_count, compare_digests);
    }
}

void wb_bom_finish(struct wb_bom *bom)
{
    sort_lists_of_packages(bom);
    sort_packages(bom->packages, bom->package_count);
    sort_packages(bom->residues, bom->residue_count);
    sort_packages(bom->removed, bom->removed_count);
    SORT(bom->files, bom->file_count, compare_files);
    for (size_t i = 0; i < bom->file_count; i++)
        SORT(bom->files[i]->owners, bom->files[i]->owner_count, compare_packages);
    SORT(bom->removed_files, bom->removed_file_count, compare_removed_files);
    sort_dependencies(bom);
    sort_unmet(bom);
    sort_findings(bom);
    SORT(bom->trusted_keys, bom->trusted_key_count, compare_trusted_keys);
    SORT(bom->licence_texts, bom->licence_text_count, compare_licence_texts);
    give_ids(bom);
}

/* ---- the seed ---- */

static void add_to_seed(struct wb_hasher *hasher, const char *text)
{
    /* Not known and empty differ; the NUL keeps neighbours apart. */
    wb_hasher_update(hasher, text == NULL ? "-" : "+", 1);
    wb_hasher_update(hasher, text_or_empty(text), strlen(text_or_empty(text)) + 1);
}

static void add_party_to_seed(struct wb_hasher *hasher, const char *role,
                              const struct wb_party *party)
{
    if (party->name == NULL)
        return;
    add_to_seed(hasher, role);
    add_to_seed(hasher, party->is_person ? "person" : "organisation");
    add_to_seed(hasher, party->name);
    add_to_seed(hasher, party->email);
    add_to_seed(hasher, party->url);
}

char *wb_bom_seed(const struct wb_bom *bom, const char *format_name, char text[65])
{
    WB_AUTO(wb_hasher) *hasher = new_hasher();
    WB_AUTO_STRING numbers = wb_string_format("%d %" PRId64 " %zu", (int)bom->file_selection,
                                              bom->created, bom->layer_count);
    add_to_seed(hasher, "waybill document 1");
    add_to_seed(hasher, format_name);
    add_to_seed(hasher, bom->content_digest);
    add_to_seed(hasher, bom->source_name);
    add_to_seed(hasher, bom->source_version);
    add_to_seed(hasher, bom->image_purl);
    add_to_seed(hasher, bom->image == NULL ? NULL : bom->image->index_digest);
    add_to_seed(hasher, bom->tool_version);
    add_to_seed(hasher, numbers);
    add_party_to_seed(hasher, "creator", &bom->creator);
    add_party_to_seed(hasher, "supplier", &bom->supplier);
    /* One config may come with layers compressed in different ways. */
    for (size_t i = 0; i < bom->layer_count; i++)
        add_to_seed(hasher, bom->layers[i].blob_digest);
    struct wb_digest digest;
    wb_hasher_finish(hasher, &digest);
    return wb_hex_format(digest.bytes, 32, text);
}
